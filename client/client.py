"""The client: one object for all that an exchange can be asked."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from random import Random, SystemRandom
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx
import msgspec
from msgspec.structs import replace

from ..book.enums import OrderStatus, OrderType, Side
from .errors import ApiError
from .events import decode_marketdata, decode_trades
from .orders import Entry, Number, Place, Replace, fields_of, message_of
from .patience import Patience
from .records import Candle, Depth, Instrument, Order, Results, Ticker, Trade
from .rest import Rest
from .sockets import Dial
from .streams import Stream, open_stream
from .trading import Session, open_session

# Orders or trades asked for at a time while leafing through pages.
PAGE = 500


class _Orders(msgspec.Struct):
    orders: list[Order]
    next: str | None = None


class _Trades(msgspec.Struct):
    trades: list[Trade]
    next: int | None


class _Symbols(msgspec.Struct):
    symbols: list[Instrument]


class _Candles(msgspec.Struct):
    candles: list[Candle]


class Client:
    """An exchange, to a program. Use it as an async context manager.

    Requests are tried again when the exchange cannot be reached or says that it is busy, each new
    order under a client order id of its own, so that it is placed once however often it is sent.

    All methods raise:
        ApiError: the exchange refused, and says why.
        Disconnected: it could not be reached for as long as `patience` lasts.
        OutcomeUnknown: the connection broke each time before the answer came.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        account: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        dial: Dial | None = None,
        random: Random | None = None,
    ) -> None:
        """`account` is that of orders that name none. `transport` and `dial` reach an exchange by
        other ways than its address; `random` is what waits and order ids are drawn from.
        """
        self.url = url.rstrip("/")
        self.account = account
        self._patience = patience or Patience()
        self._random = random or SystemRandom()
        self._rest = Rest(self.url, self._patience, self._random, transport)
        self._dial = dial
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._rest)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def place(
        self,
        symbol: str,
        side: Side | str,
        type: OrderType | str,
        *,
        quantity: Number,
        price: Number | None = None,
        trigger_price: Number | None = None,
        time_in_force: str | None = None,
        expires_at: str | None = None,
        post_only: bool = False,
        self_trade_prevention: str | None = None,
        account: str | None = None,
        client_order_id: str | None = None,
    ) -> Order:
        """Place an order. It is on disk when this returns. The fields are those of docs/api.md."""
        entry = Place(
            symbol=symbol,
            side=side,
            type=type,
            quantity=quantity,
            price=price,
            trigger_price=trigger_price,
            time_in_force=time_in_force,
            expires_at=expires_at,
            post_only=post_only or None,
            self_trade_prevention=self_trade_prevention,
            account=account,
            client_order_id=client_order_id,
        )
        return await self._rest.send("POST", "/orders", Order, body=fields_of(self._stamped(entry)))

    async def batch(self, entries: Iterable[Entry]) -> list[Order | ApiError]:
        """Do up to 100 things in order. Each has a result of its own: an order, or why there is none."""
        orders = [
            message_of(self._stamped(entry) if isinstance(entry, Place) else entry)
            for entry in entries
        ]
        answer = await self._rest.send("POST", "/orders/batch", Results, body={"orders": orders})
        return [each.outcome(200) for each in answer.results]

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order. One that a try with an unknown outcome has canceled is canceled."""
        tries: list[Exception] = []
        try:
            return await self._rest.send("DELETE", _order(order_id), Order, tries=tries)
        except ApiError as error:
            if error.code == "order_final" and tries:
                order = await self.order(order_id)
                if order.status is OrderStatus.CANCELED:
                    return order
            raise

    async def replace(
        self, order_id: str, *, price: Number | None = None, quantity: Number | None = None
    ) -> Order:
        """Give an order another price, another quantity, or both."""
        body = fields_of(Replace(order_id=order_id, price=price, quantity=quantity))
        del body["order_id"]
        return await self._rest.send("PATCH", _order(order_id), Order, body=body)

    async def cancel_all(
        self, *, symbol: str | None = None, account: str | None = None
    ) -> list[Order]:
        """Cancel all open orders of an account (of the client's own by default), of a symbol, of both."""
        chosen = {"symbol": symbol, "account": account or self.account}
        answer = await self._rest.send("DELETE", "/orders", _Orders, query=_given(chosen))
        return answer.orders

    async def order(self, order_id: str) -> Order:
        """An order, live or past."""
        return await self._rest.send("GET", _order(order_id), Order)

    async def orders(
        self,
        *,
        symbol: str | None = None,
        status: str | None = None,
        account: str | None = None,
    ) -> AsyncIterator[Order]:
        """Orders, newest first, to the first one ever. `status` may be `open`."""
        query = _given({"symbol": symbol, "status": status, "account": account or self.account})
        page = await self._rest.send("GET", "/orders", _Orders, query={**query, "limit": PAGE})
        while True:
            for order in page.orders:
                yield order
            if page.next is None:
                return
            query = {**query, "limit": PAGE, "cursor": page.next}
            page = await self._rest.send("GET", "/orders", _Orders, query=query)

    async def orderbook(self, symbol: str, depth: int = 20) -> Depth:
        """The best levels of a book."""
        path = f"/orderbook/{quote(symbol, safe='')}"
        return await self._rest.send("GET", path, Depth, query={"depth": depth})

    async def trades(self, symbol: str) -> AsyncIterator[Trade]:
        """Trades, newest first, to the first one ever."""
        path, query = f"/trades/{quote(symbol, safe='')}", {"limit": PAGE}
        page = await self._rest.send("GET", path, _Trades, query=query)
        while True:
            for trade in page.trades:
                yield trade
            if page.next is None:
                return
            query = {"limit": PAGE, "before": page.next}
            page = await self._rest.send("GET", path, _Trades, query=query)

    async def symbols(self) -> list[Instrument]:
        """What is traded, and its rules."""
        return (await self._rest.send("GET", "/symbols", _Symbols)).symbols

    async def ticker(self, symbol: str) -> Ticker:
        """Last price, best bid and ask, and the last 24 hours."""
        return await self._rest.send("GET", f"/ticker/{quote(symbol, safe='')}", Ticker)

    async def candles(self, symbol: str, interval: str = "1m", limit: int = 100) -> list[Candle]:
        """The newest candles, oldest first; where nothing traded there is none."""
        path, query = f"/candles/{quote(symbol, safe='')}", {"interval": interval, "limit": limit}
        return (await self._rest.send("GET", path, _Candles, query=query)).candles

    def marketdata(
        self,
        symbols: Sequence[str],
        *,
        depth: int | None = None,
        since: Mapping[str, int] | None = None,
    ) -> AbstractAsyncContextManager[Stream]:
        """The books of some symbols as they change, see `LocalBook`. `since` goes on from there."""
        return open_stream(
            f"{self._socket_url}/ws/marketdata",
            symbols,
            decode_marketdata,
            depth=depth,
            since=dict(since or {}),
            dial=self._dial,
            patience=self._patience,
            random=self._random,
        )

    def tape(
        self, symbols: Sequence[str], *, since: Mapping[str, int] | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        """The trades of some symbols as they happen."""
        return open_stream(
            f"{self._socket_url}/ws/trades",
            symbols,
            decode_trades,
            since=dict(since or {}),
            dial=self._dial,
            patience=self._patience,
            random=self._random,
        )

    def trading(
        self,
        *,
        account: str | None = None,
        symbols: Sequence[str] = (),
        reports: bool = True,
        cancel_on_disconnect: bool = False,
        cancel_after_s: int | None = None,
    ) -> AbstractAsyncContextManager[Session]:
        """Orders over one connection, and what becomes of them.

        With `cancel_on_disconnect` the orders that a connection has placed go with it. With `cancel_after_s`
        all orders of the account go when we have not been heard of for so long; it is renewed by itself.
        """
        query = {
            "account": account or self.account,
            "symbols": ",".join(symbols) or None,
            "reports": None if reports else "false",
            "cancel_on_disconnect": "true" if cancel_on_disconnect else None,
        }
        return open_session(
            f"{self._socket_url}/ws/orders",
            {name: value for name, value in query.items() if value is not None},
            cancel_after_s=cancel_after_s,
            dial=self._dial,
            patience=self._patience,
            random=self._random,
        )

    @property
    def _socket_url(self) -> str:
        return "ws" + self.url.removeprefix("http")

    def _stamped(self, entry: Place) -> Place:
        """An order under an account, and an id of its own, unless it has them."""
        own_id = entry.client_order_id or f"{self._random.getrandbits(128):032x}"
        return replace(entry, account=entry.account or self.account, client_order_id=own_id)


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _order(order_id: str) -> str:
    return f"/orders/{quote(order_id, safe='')}"
