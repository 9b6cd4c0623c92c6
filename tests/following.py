"""A stand-in for the process that writes the history: the test says what it does, and when."""

from collections.abc import Callable

import trio


class FakeProcess:
    """Counts its starts, and ends when it is told to."""

    def __init__(self) -> None:
        self.starts: list[float] = []
        self.reached: Callable[[int], None]
        self.note: Callable[[str], None]
        self._started = trio.Event()
        self._end = trio.Event()
        self._problem: str | Exception

    async def follow(self, reached: Callable[[int], None], note: Callable[[str], None]) -> str:
        """What a `Historian` runs."""
        self.starts.append(trio.current_time())
        self.reached, self.note = reached, note
        self._end = trio.Event()
        self._started.set()
        self._started = trio.Event()
        await self._end.wait()
        if isinstance(self._problem, Exception):
            raise self._problem
        return self._problem

    async def end(self, problem: str | Exception) -> None:
        """Let it end, and wait until it is started again."""
        started = self._started
        self._problem = problem
        self._end.set()
        await started.wait()
