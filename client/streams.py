"""A stream that is mended by itself, and never goes on past something that it has missed."""

import math
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from random import Random

import trio

from .connections import SILENCE_S, Connect, Connection, Since
from .errors import ApiError, ClientError, Disconnected
from .events import (
    BookSnapshot,
    BookUpdate,
    Event,
    Heartbeat,
    Interrupted,
    Reset,
    Told,
    TradeEvent,
    TradesSnapshot,
)
from .patience import Patience, Waits, may_pass, persist
from .sockets import ungrouped


class Stream:
    """The events of one channel, in order, each once. Iterate over it; it never ends by itself.

    When the connection breaks, or something is missing, it yields `Interrupted`, connects again
    with the sequences that it has reached, and goes on: with what was missed, or with `Reset` and a
    snapshot if the exchange does not hold that any more.

    Raises, while iterated over:
        ApiError: the exchange refuses the subscription; trying again would not help.
        Unreadable: what it tells is nothing that this client can read.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        connect: Connect,
        symbols: Sequence[str],
        *,
        since: Since,
        patience: Patience,
        random: Random,
    ) -> None:
        self._nursery = nursery
        self._connect = connect
        self._waits = Waits(patience, random)
        self._mending = trio.Lock()
        self._connection: Connection | None = None
        self._due: deque[Event] = deque()
        self._reached = dict(since)
        self._last_trades: dict[str, int] = {}
        self.symbols = tuple(dict.fromkeys(symbols))
        self.sequences = dict(since)
        """Up to where you have got everything, by symbol: the `since` to go on from later."""
        self.interruptions = 0

    async def connect(self) -> None:
        """Return when it is connected, however long that takes. Raises as iterating does."""
        async with self._mending:
            if self._connection is None:
                await self._open()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Event:
        while not self._due:
            if self._connection is None:
                await self.connect()
            else:
                await self._receive(self._connection)
        event = self._due.popleft()
        self._note_given(event)
        return event

    async def subscribe(self, symbols: Collection[str], *, since: Since | None = None) -> None:
        """Read more symbols from now on, from a snapshot or after what is known.

        Raises:
            ApiError: the exchange refuses, and nothing has changed; Unreadable.
        """
        async with self._mending:
            new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self.symbols]
            known = {symbol: at for symbol, at in (since or {}).items() if symbol in new}
            self._reached |= known
            self.sequences |= known
            try:
                await self._change((*self.symbols, *new))
            except ApiError:
                self._forget(new)
                raise

    async def unsubscribe(self, symbols: Collection[str]) -> None:
        """Read some symbols no more. Nothing comes of them after this, not even what was due.

        Raises:
            ValueError: no symbol would be left.
        """
        async with self._mending:
            left = tuple(symbol for symbol in self.symbols if symbol not in symbols)
            if not left:
                raise ValueError("a stream reads at least one symbol: leave its block to end it")
            await self._change(left)
            self._forget(symbols)

    async def aclose(self) -> None:
        """Say goodbye to the exchange, if it is connected."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    async def _open(self) -> None:
        self._connection = await persist(
            lambda: self._connect(self._nursery, self.symbols, self._reached), self._waits
        )

    async def _change(self, symbols: tuple[str, ...]) -> None:
        before, self.symbols = self.symbols, symbols
        connection = self._connection
        try:
            if connection is None:
                await self._open()
            else:
                with trio.fail_after(SILENCE_S):
                    await connection.change(symbols, self._reached)
        except ApiError:
            self.symbols = before
            raise
        except ClientError as problem:
            if connection is None:
                raise
            # The next connection begins with these symbols.
            await self._break(connection, problem)
        except trio.TooSlowError:
            await self._break(connection, Disconnected(f"no answer came for {SILENCE_S:g} s"))

    def _forget(self, symbols: Collection[str]) -> None:
        for known in (self._reached, self.sequences, self._last_trades):
            for symbol in symbols:
                known.pop(symbol, None)
        due = [each for each in self._due if getattr(each, "symbol", None) not in symbols]
        self._due = deque(due)

    async def _receive(self, connection: Connection) -> None:
        try:
            with trio.fail_after(SILENCE_S):
                events = await connection.receive()
        except ClientError as problem:
            await self._break(connection, problem)
        except trio.TooSlowError:
            await self._break(connection, Disconnected(f"nothing came for {SILENCE_S:g} s"))
        else:
            # Only what has told us something is worth coming back to at once.
            self._waits.went_well()
            for event in events:
                if event.symbol in self.symbols and not self._take(event):
                    gap = Disconnected(f"events of {event.symbol} are missing")
                    await self._break(connection, gap)
                    return

    def _take(self, event: Told) -> bool:
        """Take an event in. False if something is missing before it."""
        symbol = event.symbol
        if isinstance(event, TradesSnapshot):
            self._last_trades[symbol] = event.last_trade_id
        elif not isinstance(event, BookSnapshot | Reset):
            known = self._reached.get(symbol, math.inf)
            if self._is_known(event, known):
                return True
            # The trades of one command share its sequence.
            if event.prev_sequence > known and event.sequence != known:
                return False
            if isinstance(event, TradeEvent):
                self._last_trades[symbol] = event.trade_id
        _advance(self._reached, event)
        self._due.append(event)
        return True

    def _is_known(self, event: BookUpdate | TradeEvent | Heartbeat, known: float) -> bool:
        if isinstance(event, TradeEvent):
            return event.trade_id <= self._last_trades.get(event.symbol, 0)
        return isinstance(event, BookUpdate) and event.sequence <= known < math.inf

    def _note_given(self, event: Event) -> None:
        if isinstance(event, Interrupted):
            return
        after = self._due[0] if self._due else None
        if not (
            # Whoever has got some of the trades of a command does not have the command.
            isinstance(event, TradeEvent)
            and isinstance(after, TradeEvent)
            and (after.symbol, after.sequence) == (event.symbol, event.sequence)
        ):
            _advance(self.sequences, event)

    async def _break(self, connection: Connection | None, problem: ClientError) -> None:
        """Part from a broken connection, unless somebody else has. Raises it if it cannot be mended."""
        if self._connection is not connection:
            return
        if may_pass(problem):
            self.interruptions += 1
            self._due.append(Interrupted(str(problem)))
        if problem.retry_after_s is not None:
            self._waits.failed(problem)
        await self.aclose()
        if not may_pass(problem):
            raise problem


def _advance(sequences: dict[str, int], event: Told) -> None:
    """Note up to where everything is known after an event."""
    if isinstance(event, Reset):
        sequences.pop(event.symbol, None)
    elif isinstance(event, Heartbeat):
        # It names the newest event of its channel, which may lie before what is known.
        sequences[event.symbol] = max(event.sequence, sequences.get(event.symbol, 0))
    else:
        sequences[event.symbol] = event.sequence


@asynccontextmanager
async def open_stream(
    connect: Connect,
    symbols: Sequence[str],
    *,
    since: Since | None = None,
    patience: Patience,
    random: Random,
) -> AsyncIterator[Stream]:
    """A stream, and the tasks that it needs, for as long as the block runs."""
    with ungrouped():
        async with trio.open_nursery() as nursery:
            stream = Stream(
                nursery, connect, symbols, since=since or {}, patience=patience, random=random
            )
            try:
                await stream.connect()
                yield stream
            finally:
                await stream.aclose()
            nursery.cancel_scope.cancel()
