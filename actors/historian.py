"""The history beside a running exchange: a process that writes it, and threads that read it.

The process follows the journal, see docs/history.md. It may be slow, end or never start: the
exchange does not wait for it, and tells whoever asks that the history is behind.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog
import trio
from msgspec import Struct

from ..persistence.history_errors import HistoryUnavailable
from ..persistence.history_folder import FILE
from ..persistence.history_reader import TIME_MAX_S, HistoryReader, Moment
from .history_process import HistoryProcess

T = TypeVar("T")

log = structlog.get_logger()

# The pause before a process that has ended is started again doubles from the first to the last.
# A start costs half a second of a processor, so that one that never succeeds must be seldom.
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 30.0

# A process that has lasted so long was well: what happens next is a new problem.
STEADY_S = 60.0

# Questions that are answered at the same time. Those that wait, no more than this and no longer,
# are refused at once, or then: while the file is locked each of the two takes half a second.
READERS_MAX = 2
WAITING_MAX = 100
WAIT_MAX_S = 1.0

# Follows the journal until it ends, and returns why. Tells which journal sequence is reached, and
# whatever else it has to say.
Follow = Callable[[Callable[[int], None], Callable[[str], None]], Awaitable[str]]


class HistoryStatus(Struct, frozen=True):
    """How the history is.

    `position` is the journal sequence up to which it is written; null until a process has held what
    is there against the journal. `problem` is why it is not written now, or null.
    """

    position: int | None
    restarts: int
    problem: str | None


class Historian:
    """Keeps the history of a data folder written, and asks it."""

    def __init__(
        self,
        folder: Path,
        committed: Callable[[], int],
        follow: Follow | None = None,
        *,
        time_max_s: float = TIME_MAX_S,
    ) -> None:
        """`committed` gives the journal sequence that is committed.

        `follow` is a process of its own unless given; no answer takes longer than `time_max_s`.
        """
        self._follow = follow or HistoryProcess(folder, committed).follow
        self._reader = HistoryReader(folder / FILE, time_max_s=time_max_s)
        self._turns = trio.Semaphore(READERS_MAX)
        self._position: int | None = None
        self._restarts = 0
        self._problem: str | None = None
        self._logged: str | None = None

    def status(self) -> HistoryStatus:
        """How it is now."""
        return HistoryStatus(self._position, self._restarts, self._problem)

    async def read(self, question: Callable[[Moment], T]) -> T:
        """What the history says, all of it at one moment. A cancellation waits for the answer.

        Raises:
            HistoryUnavailable: it cannot be asked now, or it is not known yet to be of this
                journal: after a power cut it may hold what the journal has lost.
        """
        if self._position is None:
            raise HistoryUnavailable("no history yet: it has to be held against the journal first")
        await self._take_turn()
        try:
            return await trio.to_thread.run_sync(self._answer, question)
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        problem = "no history now: too many others ask it"
        if self._turns.statistics().tasks_waiting >= WAITING_MAX:
            raise HistoryUnavailable(problem)
        with trio.move_on_after(WAIT_MAX_S) as patience:
            await self._turns.acquire()
        if patience.cancelled_caught:
            raise HistoryUnavailable(problem)

    def _answer(self, question: Callable[[Moment], T]) -> T:
        """In a worker thread."""
        with self._reader.moment() as moment:
            return question(moment)

    async def run(self) -> None:
        """Keep it written until cancelled. Raises nothing else: nothing depends on it."""
        backoff_s = BACKOFF_FIRST_S
        while True:
            began_at = trio.current_time()
            try:
                ended = await self._follow(self._reached, self._note)
            except Exception as error:
                log.error("the history's process cannot be run", exc_info=error)
                ended = repr(error)
            if trio.current_time() - began_at >= STEADY_S:
                backoff_s = BACKOFF_FIRST_S
                self._logged = None
            self._failed(ended)
            await trio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
            self._restarts += 1

    def _reached(self, position: int) -> None:
        self._position = position
        self._problem = None

    def _note(self, said: str) -> None:
        # It has nothing else to say.
        log.warning("the history is made anew", said=said)

    def _failed(self, ended: str) -> None:
        """Log a problem once, however often the process then meets it again."""
        self._problem = ended.splitlines()[-1]
        if self._problem != self._logged:
            self._logged = self._problem
            log.warning("the history is not written", problem=ended)
