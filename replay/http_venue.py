"""An exchange behind a URL, by way of its REST API."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from ..book.enums import OrderStatus
from .venue import (
    FORGOTTEN,
    Accepted,
    Cancel,
    Done,
    Entry,
    OrderState,
    Place,
    Refused,
    Replace,
    Result,
    VenueError,
    VenueTrade,
)

# A page of trades; the API gives no more at a time.
PAGE = 500

TIMEOUT_S = 30.0

# Of an answer that makes no sense this much is shown.
SHOWN_CHARS_MAX = 200

T = TypeVar("T")


# What we read of the answers; the API says more than this.
class _Fill(Struct):
    trade_id: int


class _Order(Struct):
    order_id: str
    status: OrderStatus
    filled_quantity: Decimal
    remaining_quantity: Decimal
    fills: list[_Fill]


class _Error(Struct):
    code: str


class _Result(Struct):
    order: _Order | None = None
    error: _Error | None = None


class _Results(Struct):
    results: list[_Result]


class _Trades(Struct):
    trades: list[VenueTrade]
    next: int | None


class _Symbol(Struct):
    symbol: str
    tick_size: Decimal


class _Symbols(Struct):
    symbols: list[_Symbol]


class HttpVenue:
    """One symbol of an exchange that answers at the base URL of `client`."""

    def __init__(self, client: httpx.AsyncClient, symbol: str, tick_size: Decimal) -> None:
        self._client = client
        self._symbol = symbol
        self._tick_size = tick_size

    @classmethod
    async def connect(cls, client: httpx.AsyncClient, symbol: str) -> "HttpVenue":
        """Ask the exchange for the symbol's rules.

        Raises:
            VenueError: there is no exchange, or it does not trade the symbol.
        """
        listed = (await _ask(client, _Symbols, "GET", "/symbols")).symbols
        for each in listed:
            if each.symbol == symbol:
                return cls(client, symbol, each.tick_size)
        known = ", ".join(each.symbol for each in listed)
        raise VenueError(f"{client.base_url} does not trade {symbol!r}, only {known}")

    @property
    def tick_size(self) -> Decimal:
        """Prices are multiples of this."""
        return self._tick_size

    async def submit(self, batch: Sequence[Entry]) -> list[Result]:
        """Have a batch carried out, in its order, and return the result of each entry."""
        body = msgspec.json.encode({"orders": [self._operation(entry) for entry in batch]})
        answer = await _ask(self._client, _Results, "POST", "/orders/batch", body)
        if len(answer.results) != len(batch):
            raise VenueError(f"{len(batch)} entries of a batch got {len(answer.results)} results")
        return [_result(entry, each) for entry, each in zip(batch, answer.results, strict=True)]

    async def order(self, order_id: str) -> OrderState:
        """How an order stands."""
        response = await _send(self._client, "GET", f"/orders/{order_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return FORGOTTEN
        order = _read(response, _Order)
        return OrderState(order.status.is_open, order.filled_quantity, order.remaining_quantity)

    async def trades_since(self, trade_id: int) -> list[VenueTrade]:
        """That trade and all later ones, as far as the exchange remembers them."""
        found: list[VenueTrade] = []
        path = f"/trades/{self._symbol}?limit={PAGE}"
        page = await _ask(self._client, _Trades, "GET", path)
        while True:
            found += [trade for trade in page.trades if trade.trade_id >= trade_id]
            if page.next is None or page.next <= trade_id:
                return found
            page = await _ask(self._client, _Trades, "GET", f"{path}&before={page.next}")

    def _operation(self, entry: Entry) -> dict[str, object]:
        match entry:
            case Cancel(order_id=order_id):
                return {"op": "cancel", "order_id": order_id}
            case Replace(order_id=order_id, quantity=quantity):
                return {"op": "replace", "order_id": order_id, "quantity": _text(quantity)}
            case Place():
                return {
                    "symbol": self._symbol,
                    "side": entry.side,
                    "type": "limit",
                    "price": _text(entry.price),
                    "quantity": _text(entry.quantity),
                    "post_only": entry.post_only,
                }


async def _ask(
    client: httpx.AsyncClient, shape: type[T], method: str, path: str, body: bytes | None = None
) -> T:
    return _read(await _send(client, method, path, body), shape)


async def _send(
    client: httpx.AsyncClient, method: str, path: str, body: bytes | None = None
) -> httpx.Response:
    headers = {} if body is None else {"content-type": "application/json"}
    try:
        return await client.request(method, path, content=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        url = str(client.base_url).rstrip("/") + path
        raise VenueError(f"{method} {url}: {reason}") from error


def _read(response: httpx.Response, shape: type[T]) -> T:
    where = f"{response.request.method} {response.url}"
    shown = response.text[:SHOWN_CHARS_MAX]
    if response.status_code != httpx.codes.OK:
        raise VenueError(f"{where} answered {response.status_code}: {shown}")
    try:
        return msgspec.json.decode(response.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VenueError(f"{where} answered as no exchange does, {error}: {shown}") from error


def _result(entry: Entry, result: _Result) -> Result:
    if result.error is not None:
        return Refused(result.error.code)
    if result.order is None:
        raise VenueError("a result of a batch is neither an order nor an error")
    if not isinstance(entry, Place):
        return Done()
    order = result.order
    trade_ids = [fill.trade_id for fill in order.fills]
    return Accepted(order.order_id, order.status.is_open, trade_ids)


def _text(value: Decimal) -> str:
    """Plain notation: the API takes no exponents."""
    return f"{value:f}"
