"""What others may see of a market: only what is committed, and never half of a batch."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import trio
from outcome import Error, Outcome, capture

from ..book.market import Market
from .calls import Refused

T = TypeVar("T")


class _Reader(Generic[T]):
    """Somebody who waits to look."""

    def __init__(self, look: Callable[[Market], T]) -> None:
        self._look = look
        self._done = trio.Event()
        self._outcome: Outcome[T]

    def run(self, market: Market) -> None:
        """Look. What goes wrong goes wrong for the reader, not for the actor."""
        self._outcome = capture(self._look, market)
        self._done.set()

    def fail(self, problem: Exception) -> None:
        self._outcome = Error(problem)
        self._done.set()

    async def wait(self) -> T:
        await self._done.wait()
        return self._outcome.unwrap()


class View:
    """A market between two batches of its actor."""

    def __init__(self, market: Market) -> None:
        self._market: Market | None = market
        self._refusal: Refused | None = None
        self._readers: list[_Reader[Any]] = []  # each for a type of its own

    async def read(self, look: Callable[[Market], T]) -> T:
        """What a function finds in the market. It must not change it nor keep what may change.

        At once if nothing is under way, else right after the commit, before the next command.

        Raises:
            Refused: the market cannot be seen any more.
        """
        if self._market is not None:
            return look(self._market)
        if self._refusal is not None:
            raise self._refusal
        reader = _Reader(look)
        self._readers.append(reader)
        return await reader.wait()

    def cover(self) -> None:
        """The market is about to change: nobody may look until it is shown again."""
        self._market = None

    def show(self, market: Market) -> None:
        """The market is what is committed. Serves whoever waits."""
        self._market = market
        self._refusal = None
        readers, self._readers = self._readers, []
        for reader in readers:
            reader.run(market)

    def close(self, refusal: Refused) -> None:
        """Unless it is shown, the market is not known to be right, and will not be shown soon."""
        if self._market is None:
            self._refusal = refusal
            readers, self._readers = self._readers, []
            for reader in readers:
                reader.fail(refusal)
