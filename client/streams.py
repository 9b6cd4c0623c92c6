"""A stream that is mended by itself, and never goes on past something that it has missed."""

import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from urllib.parse import urlencode

import msgspec
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError, WebSocketConnection

from .errors import ApiError, Disconnected, ErrorBody
from .events import (
    BookSnapshot,
    BookUpdate,
    Event,
    Frame,
    Heartbeat,
    Interrupted,
    Reset,
    TradeEvent,
    TradesSnapshot,
)
from .patience import Patience
from .sockets import Dial, close_socket, dial_of, open_socket, ungrouped

# The exchange gives a sign of life every 10 s. After two that did not come the connection is dead.
SILENCE_S = 25.0


class Stream:
    """The events of one channel, in order, each once. Iterate over it; it never ends by itself.

    When the connection breaks, or something is missing, it yields `Interrupted`, connects again
    with the sequences that it has reached, and goes on: with what was missed, or with `Reset` and a
    snapshot if the exchange does not hold that any more.

    Raises, while iterated over:
        ApiError: the exchange refuses the subscription; trying again would not help.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        url: str,
        symbols: Sequence[str],
        decode: Callable[[bytes], Frame],
        *,
        depth: int | None,
        since: dict[str, int],
        dial: Dial | None,
        patience: Patience,
        random: Random,
    ) -> None:
        self._nursery = nursery
        self._url = url
        self._symbols = symbols
        self._decode = decode
        self._depth = depth
        self._dial = dial or dial_of(url)
        self._patience = patience
        self._random = random
        self._waits = patience.waits(random)
        self._socket: WebSocketConnection | None = None
        self._due: deque[Event] = deque()
        self.sequences = dict(since)
        """Up to where everything is known, by symbol: the `since` to go on from later."""
        self._last_trades: dict[str, int] = {}
        self.interruptions = 0

    async def connect(self) -> None:
        """Return when it is connected, however long that takes. Raises ApiError, as iterating does."""
        while self._socket is None:
            await self._connect()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Event:
        while not self._due:
            if self._socket is None:
                await self._connect()
            else:
                await self._receive(self._socket)
        return self._due.popleft()

    async def aclose(self) -> None:
        """Say goodbye to the exchange, if it is connected."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await close_socket(socket)

    async def _connect(self) -> None:
        """Connect, or wait a while before the next try."""
        try:
            self._socket = await open_socket(self._nursery, self._address(), self._dial)
        except ConnectionRejected as rejected:
            if rejected.status_code < 500 and rejected.status_code != 429:
                raise refusal(rejected) from None
        except (HandshakeError, OSError, trio.BrokenResourceError, trio.TooSlowError):
            pass
        if self._socket is None:
            await trio.sleep(next(self._waits))

    def _address(self) -> str:
        query = {"symbols": ",".join(self._symbols)}
        if self._depth is not None:
            query["depth"] = str(self._depth)
        if self.sequences:
            query["since"] = ",".join(f"{name}:{at}" for name, at in self.sequences.items())
        return f"{self._url}?{urlencode(query, safe=',:')}"

    async def _receive(self, socket: WebSocketConnection) -> None:
        try:
            with trio.fail_after(SILENCE_S):
                message = await socket.get_message()
        except ConnectionClosed as closed:
            await self._break(str(closed.reason))
        except trio.TooSlowError:
            await self._break(f"nothing came for {SILENCE_S:g} s")
        else:
            # Only what has told us something is worth coming back to at once.
            self._waits = self._patience.waits(self._random)
            text = message.encode() if isinstance(message, str) else message
            for event in self._decode(text).events:
                if not self._take(event):
                    await self._break(f"events of {event.symbol} are missing")
                    return

    def _take(self, event: Event) -> bool:
        """Take an event in. False if something is missing before it."""
        assert not isinstance(event, Interrupted), "those are made here"
        symbol = event.symbol
        if isinstance(event, TradesSnapshot):
            self._last_trades[symbol] = event.last_trade_id
        elif not isinstance(event, BookSnapshot | Reset):
            known = self.sequences.get(symbol, math.inf)
            if self._is_known(event, known):
                return True
            # The trades of one command share its sequence.
            if event.prev_sequence > known and event.sequence != known:
                return False
        # A heartbeat names the newest event of its channel, which may lie before what is known.
        floor = self.sequences.get(symbol, 0) if isinstance(event, Heartbeat) else 0
        self.sequences[symbol] = max(event.sequence, floor)
        self._due.append(event)
        return True

    def _is_known(self, event: BookUpdate | TradeEvent | Heartbeat, known: float) -> bool:
        """Whether an event has come before; note the trade if it has not."""
        if isinstance(event, TradeEvent):
            if event.trade_id <= self._last_trades.get(event.symbol, 0):
                return True
            self._last_trades[event.symbol] = event.trade_id
        return isinstance(event, BookUpdate) and event.sequence <= known < math.inf

    async def _break(self, reason: str) -> None:
        self.interruptions += 1
        self._due.append(Interrupted(reason))
        await self.aclose()


@asynccontextmanager
async def open_stream(
    url: str,
    symbols: Sequence[str],
    decode: Callable[[bytes], Frame],
    *,
    depth: int | None = None,
    since: dict[str, int] | None = None,
    dial: Dial | None = None,
    patience: Patience,
    random: Random,
) -> AsyncIterator[Stream]:
    """A stream, and the tasks that it needs, for as long as the block runs."""
    with ungrouped():
        async with trio.open_nursery() as nursery:
            stream = Stream(
                nursery,
                url,
                symbols,
                decode,
                depth=depth,
                since=since or {},
                dial=dial,
                patience=patience,
                random=random,
            )
            try:
                await stream.connect()
                yield stream
            finally:
                await stream.aclose()
            nursery.cancel_scope.cancel()


def refusal(rejected: ConnectionRejected) -> ApiError | Disconnected:
    """Why a handshake was refused."""
    try:
        detail = msgspec.json.decode(rejected.body or b"", type=ErrorBody).error
    except msgspec.DecodeError:
        return Disconnected(f"the handshake was refused with status {rejected.status_code}")
    return ApiError(rejected.status_code, detail)
