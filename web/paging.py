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
from ..persistence.history_reader import Moment
from .desk import Desk
from .errors import BEHIND, ApiError, Malformed
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
        ApiError: unknown_symbol, or malformed: the cursor is not one of this query.
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
    """The matching orders of one symbol, newest first, as far as one look at the blotter goes."""
    units = desk.wire.units(symbol)

    def matches(status: OrderStatus, account: str | None) -> bool:
        return (wanted.status is None or status in wanted.status) and (
            wanted.account is None or account == wanted.account
        )

    def look(market: Market) -> tuple[list[_Item], int]:
        blotter = market.blotter
        found, stopped = blotter.orders(matches=matches, limit=wanted.limit, before=before)
        items = [_Item(units, record.order_id, record.created_ns, record) for record in found]
        if stopped is not None:
            last = blotter.order(stopped)
            assert last is not None, "the last order that was looked at is on record"
            items.append(_Item(units, stopped, last.created_ns, None))
        return items, blotter.known_from

    items, known_from = await desk.read(symbol, look)
    if desk.history is None or not known_from:
        return items
    past = await _past(desk, symbol, wanted, before, known_from)
    older = [_Item(units, record.order_id, record.created_ns, record) for record in past]
    return sorted([*items, *older], key=lambda item: -item.number)


async def _past(
    desk: Desk, symbol: str, wanted: OrdersQuery, before: int, known_from: int
) -> list[OrderRecord]:
    """The matching orders that the market has forgotten, newest first.

    What the market has forgotten was last changed before `known_from`, so a history that is as
    far as that has it as it is.
    """

    def ask(moment: Moment) -> tuple[list[OrderRecord], int]:
        found = moment.orders(
            symbol,
            statuses=wanted.status,
            account=wanted.account,
            limit=wanted.limit,
            before=before,
        )
        return found, moment.sequence(symbol)

    answer = await desk.past(ask)
    if answer is None or answer[1] < known_from:
        raise ApiError("history_unavailable", problem=BEHIND)
    found, _ = answer

    def forgotten(market: Market) -> list[OrderRecord]:
        return [record for record in found if market.blotter.order(record.order_id) is None]

    return await desk.read(symbol, forgotten)


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
