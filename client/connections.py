"""What a stream needs of a transport: a connection, which breaks some day, and then another one."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, Self

import trio

from .errors import ClientError, Disconnected
from .events import Told
from .sockets import MESSAGES_MAX, leaf

# The exchange gives a sign of life every 10 s. After two that did not come a connection is dead.
SILENCE_S = 25.0

# Up to where somebody knows everything, by symbol.
Since = Mapping[str, int]


class Connection(Protocol):
    """Some events of one channel, until it breaks. All its methods may be cancelled.

    All raise Disconnected, OutcomeUnknown or Unreadable when it is broken, ApiError when the exchange
    refuses.
    """

    async def receive(self) -> Sequence[Told]:
        """What came together. The events of one command are never apart."""

    async def change(self, symbols: Sequence[str], since: Since) -> None:
        """Read these symbols from now on. ApiError: it goes on as before."""

    async def aclose(self) -> None:
        """Part from the exchange; a `receive` that waits fails."""


# Opens a connection for some symbols, whose tasks run in the nursery and cannot fail there.
Connect = Callable[[trio.Nursery, Sequence[str], Since], Awaitable[Connection]]


def query_of(symbols: Sequence[str], depth: int | None, since: Since) -> dict[str, str]:
    """What to ask a stream for."""
    query = {"symbols": ",".join(symbols)}
    if depth is not None:
        query["depth"] = str(depth)
    # The exchange wants to hear of no other symbols.
    known = {symbol: since[symbol] for symbol in symbols if symbol in since}
    if known:
        query["since"] = since_text(known)
    return query


def since_text(since: Since) -> str:
    """Sequences as the exchange reads them."""
    return ",".join(f"{symbol}:{sequence}" for symbol, sequence in since.items())


class Fed(ABC):
    """A connection at whose end events come out that its own tasks have read."""

    def __init__(self) -> None:
        self._tell, self._told = trio.open_memory_channel[Sequence[Told]](MESSAGES_MAX)
        self._problem: ClientError = Disconnected("it was closed")
        self._is_over = False

    async def begin(self, nursery: trio.Nursery, symbols: Sequence[str], since: Since) -> Self:
        """Read these symbols, in tasks in the nursery, which cannot fail there. Raises as `change`."""
        await nursery.start(self._run)
        try:
            await self.change(symbols, since)
        except BaseException:
            self._tasks.cancel_scope.cancel()
            raise
        return self

    @abstractmethod
    async def change(self, symbols: Sequence[str], since: Since) -> None:
        """See `Connection`."""

    async def receive(self) -> Sequence[Told]:
        """What came together. Raises what the tasks failed with."""
        with suppress(trio.EndOfChannel):
            return await self._told.receive()
        raise self._problem

    async def aclose(self) -> None:
        """End all tasks."""
        self._tasks.cancel_scope.cancel()
        await trio.lowlevel.checkpoint()

    def _start(self, work: Callable[..., Awaitable[None]], *args: object) -> None:
        """Let a task run. Raises what the tasks failed with, if they have."""
        if self._is_over:
            raise self._problem
        self._tasks.start_soon(work, *args)

    async def _run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Let the tasks run until one of them fails, or all is over."""
        try:
            async with trio.open_nursery() as self._tasks:
                task_status.started()
                await trio.sleep_forever()
        except* ClientError as group:
            problem = leaf(group)
            assert isinstance(problem, ClientError), "it is what is caught here"
            self._problem = problem
        finally:
            self._is_over = True
            self._tell.close()
