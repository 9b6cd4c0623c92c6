"""The client: one object for all that an exchange can be asked."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from random import Random, SystemRandom
from types import TracebackType
from typing import Literal, Self

import httpx

from .connections import Connect, Since
from .events import MARKETDATA, TRADES, Channel
from .market_routes import MarketRoutes
from .operation_routes import OperationRoutes
from .order_routes import OrderRoutes
from .patience import Patience
from .poll import Polls
from .rest import Rest
from .sockets import Dial, dial_of
from .sse import ServerSentEvents
from .streams import Stream, open_stream
from .trading import Session, open_session
from .websocket import Sockets

# How the events of a stream come. All tell the same; a WebSocket costs the least.
Transport = Literal["websocket", "sse", "poll"]


class Client(OrderRoutes, MarketRoutes, OperationRoutes):
    """An exchange, to a program. Use it as an async context manager.

    Requests are tried again when the exchange cannot be reached or says that it is busy, each new
    order under a client order id of its own, so that it is placed once however often it is sent.

    All methods raise:
        ApiError: the exchange refused, and says why.
        Disconnected: it could not be reached for as long as `patience` lasts.
        OutcomeUnknown: the connection broke each time before the answer came.
        Unreadable: it answered, but not as an exchange of this version does.
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
        self._dial = dial or dial_of(self._socket_url)
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

    def marketdata(
        self,
        symbols: Sequence[str],
        *,
        depth: int | None = None,
        since: Since | None = None,
        transport: Transport = "websocket",
    ) -> AbstractAsyncContextManager[Stream]:
        """The books of some symbols as they change, see `LocalBook`. `since` goes on from there."""
        return self._stream(MARKETDATA, symbols, depth, since, transport)

    def tape(
        self,
        symbols: Sequence[str],
        *,
        since: Since | None = None,
        transport: Transport = "websocket",
    ) -> AbstractAsyncContextManager[Stream]:
        """The trades of some symbols as they happen."""
        return self._stream(TRADES, symbols, None, since, transport)

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

    def _stream(
        self,
        channel: Channel,
        symbols: Sequence[str],
        depth: int | None,
        since: Since | None,
        transport: str,
    ) -> AbstractAsyncContextManager[Stream]:
        ways: Mapping[str, Callable[[], Connect]] = {
            "websocket": lambda: Sockets(self._socket_url, channel, depth, self._dial).connect,
            "sse": lambda: ServerSentEvents(self._rest, channel, depth).connect,
            "poll": lambda: Polls(self._rest, channel, depth).connect,
        }
        if transport not in ways:
            raise ValueError(f"{transport!r} is no transport: choose of {', '.join(ways)}")
        return open_stream(
            ways[transport](),
            symbols,
            since=since,
            patience=self._patience,
            random=self._random,
        )
