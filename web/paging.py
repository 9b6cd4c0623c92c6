"""Pages of orders, newest first, over all symbols."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from heapq import merge
from typing import Annotated, NamedTuple

import msgspec

from ..book.enums import OrderStatus
from ..book.market import Market
from ..book.records import OrderRecord
from .desk import Desk
from .errors import Malformed
from .requests import OrdersQuery
from .responses import OrdersPage, OrderView, order_view
from .units import Units

# Where a page ends: in each symbol, all orders with a lower number than this come after it.
Cursor = dict[str, Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]]
_DECODER = msgspec.json.Decoder(Cursor)


class _Item(NamedTuple):
    """An order of one symbol's part; or, without a record, where that part stops unfinished."""

    units: Units
    number: int
    created_ns: int
    record: OrderRecord | None


async def orders_page(desk: Desk, wanted: OrdersQuery) -> OrdersPage:
    """The page that a query asks for. It may be short of its limit although more follow.

    Raises:
        ApiError: unknown_symbol, halted, history_unavailable, or malformed: the cursor is not one
            of this query.
    """
    markets = desk.wire.markets
    chosen = list(markets) if wanted.symbol is None else [wanted.symbol]
    # Orders that come in while a client leafs through are newer than all that it wants to see.
    cursor: Cursor = {symbol: desk.sequence(symbol) + 1 for symbol in chosen}
    if wanted.cursor is not None:
        cursor = _decode(wanted.cursor, chosen)
    parts = [await _part(desk, symbol, wanted, before) for symbol, before in cursor.items()]
    orders: list[OrderView] = []
    for item in merge(*parts, key=lambda item: -item.created_ns):
        if len(orders) == wanted.limit:
            return OrdersPage(orders, _encode(cursor))
        cursor[item.units.instrument.symbol] = item.number
        if item.record is None:
            return OrdersPage(orders, _encode(cursor))
        orders.append(order_view(item.units, item.record))
    return OrdersPage(orders, None)


async def _part(desk: Desk, symbol: str, wanted: OrdersQuery, before: int) -> list[_Item]:
    """The matching orders of one symbol, newest first, as far as a page and one look go."""
    units = desk.wire.units(symbol)

    def matches(status: OrderStatus, account: str | None) -> bool:
        return (wanted.status is None or status in wanted.status) and (
            wanted.account is None or account == wanted.account
        )

    def look(market: Market) -> tuple[list[_Item], int]:
        blotter = market.blotter
        found, stopped = blotter.orders(matches=matches, limit=wanted.limit, before=before)
        if stopped is None and blotter.known_from and len(found) == wanted.limit:
            # Nothing older is in memory, and perhaps in the history.
            stopped = found[-1].order_id
        items = [_Item(units, record.order_id, record.created_ns, record) for record in found]
        if stopped is not None:
            last = blotter.order(stopped)
            assert last is not None, "the last order that was looked at is on record"
            items.append(_Item(units, stopped, last.created_ns, None))
        return items, blotter.known_from

    items, known_from = await desk.read(symbol, look)
    # Of later orders the market has forgotten none.
    end = min(before, known_from + 1)
    if items and items[-1].record is None and items[-1].number >= end:
        return items
    seen = {item.number for item in items}
    older = [
        _Item(units, record.order_id, record.created_ns, record)
        for record in await _past(desk, symbol, wanted, end, known_from)
        # It may have been finished, forgotten and written since the look.
        if record.order_id not in seen
    ]
    return sorted([*items, *older], key=lambda item: -item.number)


async def _past(
    desk: Desk, symbol: str, wanted: OrdersQuery, before: int, known_from: int
) -> list[OrderRecord]:
    """The matching orders that are final, newest first: no others are ever forgotten.

    What is final cannot change, so whatever the history has of that is true. One more than fits on
    the page says that another page follows.
    """
    final = [
        status
        for status in OrderStatus
        if not status.is_open and (wanted.status is None or status in wanted.status)
    ]
    if before == 1 or not final:
        return []
    found = await desk.past_of(
        symbol,
        known_from,
        lambda moment: moment.orders(
            symbol, final, wanted.account, limit=wanted.limit + 1, before=before
        ),
    )
    return found or []


def _encode(cursor: Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _decode(text: str, symbols: Sequence[str]) -> Cursor:
    try:
        cursor = _DECODER.decode(urlsafe_b64decode(text))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        cursor = {}
    if list(cursor) != list(symbols):
        raise Malformed("cursor", "cursor must be the `next` of a page of the same query")
    return cursor
