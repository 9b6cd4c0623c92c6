"""A disk that fails: whoever waits is told that nobody knows, and nothing follows.

Rows of the fault table: fsync EIO, ENOSPC / short write.
"""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from errno import EIO, ENOSPC

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.actors.journal_writer import IDLE_S, Fsync, JournalFailed, JournalWriter
from goquant.book.commands import ExpireOrders, Sequenced
from goquant.persistence.journal import Journal
from running import Gate, problem_of, run_until
from simdisk import SimDisk

COMMANDS = [Sequenced(1, 0, ExpireOrders())]
NO_SPACE = OSError(ENOSPC, "No space left on device")
NO_SYNC = OSError(EIO, "Input/output error")


class Failing:
    """A writer, what has become of it, and of those who waited for it."""

    def __init__(self, nursery: trio.Nursery, fsync: Fsync = Fsync.ALWAYS) -> None:
        self.disk, self.gate = SimDisk(), Gate.within(nursery)
        self.writer = JournalWriter(Journal(self.disk), fsync, nullcontext(self.gate.run))
        self.outcomes: list[str] = []
        self.end: Exception | None = None
        self.nursery = nursery
        nursery.start_soon(self._run)
        nursery.start_soon(self._stop)

    async def _stop(self) -> None:
        """At the end of the test, whatever came of it: a cancellation alone does not end it."""
        try:
            await trio.sleep_forever()
        finally:
            self.writer.stop()

    async def _run(self) -> None:
        self.end = await problem_of(self.writer.run)

    async def open(self) -> None:
        """Let the disk do what it is asked for."""
        self.gate.open()
        await wait_all_tasks_blocked()

    def wait_for(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Somebody waits, and says how it ended."""
        self.nursery.start_soon(self._outcome, work, name)

    def commit(self, symbol: str) -> None:
        """Somebody has a command."""
        self.wait_for(lambda: self.writer.commit(symbol, COMMANDS), symbol)

    async def _outcome(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        problem = await problem_of(work)
        assert problem is None or isinstance(problem, JournalFailed)
        assert problem is None or str(problem) == self.writer.failure
        self.outcomes.append(f"{name} failed" if problem else f"{name} done")


@pytest.mark.parametrize(
    ("kind", "error", "short"),
    [("sync", NO_SYNC, 0), ("write", NO_SPACE, 0), ("write", NO_SPACE, 30), ("write", NO_SYNC, 0)],
)
@pytest.mark.parametrize("at", [1, 2])
async def test_who_waits_is_told_and_nothing_is_written_afterwards(
    nursery: trio.Nursery, kind: str, error: OSError, short: int, at: int
) -> None:
    """A fails, or A is written and B and C fail; the disk would work again right after it."""
    failing = Failing(nursery)
    failing.disk.fail(at, error, kind, short=short)
    for symbol in "ABC":
        failing.commit(symbol)
        await wait_all_tasks_blocked()
    await failing.open()
    expected = {1: ["A failed", "B failed", "C failed"], 2: ["A done", "B failed", "C failed"]}
    assert sorted(failing.outcomes) == expected[at]
    assert isinstance(failing.end, JournalFailed)
    assert failing.writer.failure is not None
    assert error.strerror is not None
    assert error.strerror in failing.writer.failure
    assert failing.writer.committed == at - 1
    await nothing_follows(failing, failing.writer.failure)


async def test_a_failing_marker_ends_it_too(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """Who hands something in while the marker is written is told."""
    failing = Failing(nursery)
    failing.commit("A")
    await failing.gate.let_through()
    failing.disk.fail(2, NO_SYNC, "sync")
    await run_until(mock_clock, 2 * IDLE_S)
    failing.commit("B")
    await wait_all_tasks_blocked()
    assert (failing.outcomes, failing.gate.waiting) == (["A done"], 1)
    await failing.open()
    assert failing.outcomes == ["A done", "B failed"]
    assert failing.writer.failure is not None
    await nothing_follows(failing, failing.writer.failure)


@pytest.mark.parametrize("fsync", [Fsync.INTERVAL, Fsync.NEVER])
async def test_a_flush_that_fails_is_told(nursery: trio.Nursery, fsync: Fsync) -> None:
    failing = Failing(nursery, fsync)
    failing.disk.fail(1, NO_SYNC, "sync")
    failing.commit("A")
    await wait_all_tasks_blocked()
    failing.wait_for(failing.writer.flush, "flush")
    await failing.open()
    assert failing.outcomes == ["A done", "flush failed"]


async def test_a_defect_in_the_writer_leaves_nobody_waiting(nursery: trio.Nursery) -> None:
    failing = Failing(nursery)
    failing.writer._write = lambda group: 1 // 0  # type: ignore[assignment, method-assign]
    for symbol in "AB":
        failing.commit(symbol)
        await wait_all_tasks_blocked()
    await failing.open()
    assert sorted(failing.outcomes) == ["A failed", "B failed"]
    assert isinstance(failing.end, ZeroDivisionError)


@pytest.mark.parametrize("is_late", [True, False])
async def test_after_the_end_a_commit_fails_and_never_hangs(
    nursery: trio.Nursery, is_late: bool
) -> None:
    """Too late is also what comes while the last marker is written."""
    failing = Failing(nursery)
    failing.commit("A")
    await failing.gate.let_through()
    failing.writer.stop()
    await wait_all_tasks_blocked()
    assert failing.gate.waiting == 1
    if is_late:
        await failing.open()
    failing.commit("B")
    await wait_all_tasks_blocked()
    await failing.open()
    assert (failing.outcomes, failing.end) == (["A done", "B failed"], None)
    await nothing_follows(failing, "the exchange has stopped")


async def nothing_follows(failing: Failing, problem: str) -> None:
    """Later commands are refused for the same reason, and the disk is left alone."""
    before = len(failing.disk.log), len(failing.outcomes)
    for symbol in "XY":
        failing.commit(symbol)
    await wait_all_tasks_blocked()
    assert sorted(failing.outcomes[before[1] :]) == ["X failed", "Y failed"]
    assert (failing.writer.failure, len(failing.disk.log)) == (problem, before[0])
