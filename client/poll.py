"""Streams by asking again and again."""

from collections.abc import Sequence

import trio

from .answers import read, shown
from .connections import Connection, Fed, Since
from .errors import Unreadable
from .events import Channel, Frame, Heartbeat, Told
from .rest import Rest, path_of

# As long as the exchange may take to answer that nothing has happened: as often as it tells others so.
POLL_S = 10


class Polls:
    """The connections of one stream: requests, the next of which follows the answer to the last."""

    def __init__(self, rest: Rest, channel: Channel, depth: int | None) -> None:
        self._rest = rest
        self._channel = channel
        self._depth = {} if depth is None else {"depth": depth}

    async def connect(
        self, nursery: trio.Nursery, symbols: Sequence[str], since: Since
    ) -> Connection:
        return await _Polls(self).begin(nursery, symbols, since)

    async def ask(self, symbol: str, since: int | None, timeout_s: int) -> Frame:
        """What has happened after a sequence."""
        path = path_of("poll", symbol)
        query = {"channels": self._channel.name, "timeout": timeout_s, **self._depth}
        if since is not None:
            query["since"] = since
        answer = await self._rest.poll(path, query, timeout_s)
        frame = read(self._channel.frame, answer, path)
        if frame.since is None:
            raise Unreadable(f"{path}: an answer without since: {shown(answer)}")
        return frame

    def heartbeat(self, symbol: str, sequence: int) -> Heartbeat:
        """What the exchange would say on another transport, had it nothing to tell."""
        return Heartbeat(
            channel=self._channel.name, symbol=symbol, sequence=sequence, prev_sequence=sequence
        )


class _Polls(Fed):
    """A task for each symbol."""

    def __init__(self, stream: Polls) -> None:
        super().__init__()
        self._stream = stream
        self._symbols: dict[str, trio.CancelScope] = {}

    async def change(self, symbols: Sequence[str], since: Since) -> None:
        new = [symbol for symbol in symbols if symbol not in self._symbols]
        # Who is refused shall hear of it here; the first answers are given at once.
        answers = [(each, await self._stream.ask(each, since.get(each), 0)) for each in new]
        for symbol in [each for each in self._symbols if each not in symbols]:
            self._symbols.pop(symbol).cancel()
        for symbol, answer in answers:
            scope = self._symbols[symbol] = trio.CancelScope()
            self._start(self._follow, symbol, answer, since.get(symbol, 0), scope)

    async def _follow(
        self, symbol: str, answer: Frame, known: int, scope: trio.CancelScope
    ) -> None:
        with scope:
            while True:
                events: Sequence[Told] = answer.events or [self._stream.heartbeat(symbol, known)]
                # The sequence of the answer may be of a command that this channel does not tell of.
                known = events[-1].sequence
                await self._tell.send(events)
                answer = await self._stream.ask(symbol, answer.since, POLL_S)
