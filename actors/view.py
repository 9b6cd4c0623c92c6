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
        self.done = trio.Event()
        self.outcome: Outcome[T]

    def run(self, market: Market) -> None:
        """Look. What goes wrong goes wrong for the reader, not for the actor."""
        self.outcome = capture(self._look, market)
        self.done.set()

    def fail(self, problem: Exception) -> None:
        self.outcome = Error(problem)
        self.done.set()


class View:
    """A market between two batches of its actor."""

    def __init__(self, market: Market) -> None:
        self._market: Market | None = market
        self._refusal: Refused | None = None
        # In the order of their coming, each for a type of its own.
        self._readers: dict[_Reader[Any], None] = {}

    @property
    def committed(self) -> Market | None:
        """The market, unless a batch is under way or it cannot be seen any more."""
        return self._market

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
        self._readers[reader] = None
        try:
            await reader.done.wait()
        except trio.Cancelled:
            # Whoever goes away looks no more, and whoever has looked is told, even if it was to go
            # away at the same time: a look may begin what its reader has to end.
            if reader in self._readers:
                del self._readers[reader]
                raise
        return reader.outcome.unwrap()

    def cover(self) -> None:
        """The market is about to change: nobody may look until it is shown again."""
        self._market = None

    def show(self, market: Market) -> None:
        """The market is what is committed. Serves whoever waits."""
        self._market = market
        self._refusal = None
        readers, self._readers = self._readers, {}
        for reader in readers:
            reader.run(market)

    def close(self, refusal: Refused) -> None:
        """Unless it is shown, the market is not known to be right, and will not be shown soon."""
        if self._market is None:
            self._refusal = refusal
            readers, self._readers = self._readers, {}
            for reader in readers:
                reader.fail(refusal)
