"""Who keeps the history written, and asks it: restarts, what is logged, and reads that wait."""

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import trio
import trio.lowlevel
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from following import FakeProcess
from goquant.actors.historian import (
    BACKOFF_FIRST_S,
    BACKOFF_MAX_S,
    READERS_MAX,
    STEADY_S,
    WAIT_MAX_S,
    WAITING_MAX,
    Historian,
)
from goquant.persistence.history_errors import HistoryUnavailable
from goquant.persistence.history_reader import Moment
from histories import traded_in, written
from running import PATIENCE_S

POSITION = 42


@pytest.fixture
def process() -> FakeProcess:
    return FakeProcess()


@pytest.fixture
def historian(process: FakeProcess, nursery: trio.Nursery, tmp_path: Path) -> Historian:
    """Of a folder with a history, which nobody has held against the journal yet."""
    written(tmp_path, traded_in(tmp_path, 40).acknowledged)
    historian = Historian(tmp_path, lambda: POSITION, process.follow)
    nursery.start_soon(historian.run)
    return historian


async def reached_by(process: FakeProcess) -> None:
    """The process has found that the history is of this journal."""
    await wait_all_tasks_blocked()
    process.reached(POSITION)


def position_of(moment: Moment) -> int:
    return moment.progress().position


async def fail(process: FakeProcess, problem: str, times: int = 1, *, after_s: float = 0) -> None:
    """Let it end so often, each time so long after its start, and be started again."""
    await wait_all_tasks_blocked()
    for _ in range(times):
        await trio.sleep(after_s)
        await process.end(problem)


async def test_nobody_reads_what_is_not_known_to_be_of_this_journal(
    historian: Historian, process: FakeProcess
) -> None:
    with pytest.raises(HistoryUnavailable, match="it has to be held against the journal first"):
        await historian.read(position_of)
    assert historian.status().position is None
    await reached_by(process)
    assert await historian.read(position_of) == POSITION
    assert historian.status().position == POSITION


async def test_what_was_checked_can_be_read_although_nobody_writes_it(
    historian: Historian, process: FakeProcess
) -> None:
    await reached_by(process)
    await fail(process, "a defect")
    assert await historian.read(position_of) == POSITION
    assert historian.status().problem == "a defect"


async def test_the_pause_before_a_restart_doubles_up_to_a_bound(
    autojump_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    await fail(process, "a defect", times=12)
    pauses = [after - before for before, after in pairwise(process.starts)]
    assert pauses == [pytest.approx(min(BACKOFF_FIRST_S * 2**n, BACKOFF_MAX_S)) for n in range(12)]
    assert historian.status().restarts == 12


async def test_the_pause_is_short_again_after_a_process_that_lasted_and_after_no_other(
    autojump_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    def last_pause() -> float:
        return process.starts[-1] - process.starts[-2]

    await fail(process, "a defect", times=12)
    await fail(process, "a defect", after_s=STEADY_S - 1)
    assert last_pause() == pytest.approx(STEADY_S - 1 + BACKOFF_MAX_S)
    await fail(process, "a defect", after_s=STEADY_S)
    assert last_pause() == pytest.approx(STEADY_S + BACKOFF_FIRST_S)


async def test_a_problem_is_logged_once_and_again_when_it_is_another(
    autojump_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    with capture_logs() as logs:
        await fail(process, "Traceback\nValueError: a defect", times=5)
        await fail(process, "disk full", times=5)
        assert historian.status().problem == "disk full"
        await fail(process, "disk full", after_s=STEADY_S)
    assert [entry["problem"] for entry in logs] == [
        "Traceback\nValueError: a defect",
        "disk full",
        "disk full",
    ]
    assert {entry["log_level"] for entry in logs} == {"warning"}


async def test_a_problem_is_over_when_something_is_written(
    autojump_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    await fail(process, "disk full")
    assert historian.status().problem == "disk full"
    process.reached(POSITION)
    assert historian.status().problem is None


async def test_what_the_process_has_to_say_is_logged(
    historian: Historian, process: FakeProcess
) -> None:
    await wait_all_tasks_blocked()
    with capture_logs() as logs:
        process.note("it is made anew")
    assert [entry["said"] for entry in logs] == ["it is made anew"]


async def test_a_defect_of_ours_is_no_harm_to_the_exchange(
    autojump_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    await wait_all_tasks_blocked()
    with capture_logs() as logs:
        await process.end(ZeroDivisionError("a defect"))
    assert historian.status().problem == "ZeroDivisionError('a defect')"
    assert [entry["log_level"] for entry in logs] == ["error", "warning"]


class Slow:
    """Questions that take until the test lets them end."""

    def __init__(self) -> None:
        self.asked = 0
        self._end = threading.Event()

    def ask(self, moment: Moment) -> int:
        self.asked += 1
        assert self._end.wait(PATIENCE_S)
        return moment.progress().position

    def answer(self) -> None:
        self._end.set()


async def ask(
    historian: Historian, question: Callable[[Moment], int], answers: list[object]
) -> None:
    try:
        answers.append(await historian.read(question))
    except HistoryUnavailable as problem:
        answers.append(str(problem))


TOO_MANY = "no history now: too many others ask it"


async def test_only_so_many_questions_wait_and_the_others_are_refused_at_once(
    mock_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    await reached_by(process)
    slow, answers = Slow(), list[object]()
    async with trio.open_nursery() as clients:
        for _ in range(READERS_MAX + WAITING_MAX):
            clients.start_soon(ask, historian, slow.ask, answers)
        await wait_all_tasks_blocked()
        with pytest.raises(HistoryUnavailable, match=TOO_MANY):
            await historian.read(position_of)
        assert answers == []
        slow.answer()
    assert answers == [POSITION] * (READERS_MAX + WAITING_MAX)


async def test_a_question_does_not_wait_for_its_turn_for_ever(
    mock_clock: MockClock, historian: Historian, process: FakeProcess
) -> None:
    await reached_by(process)
    slow, answers, late = Slow(), list[object](), list[object]()
    async with trio.open_nursery() as clients:
        for _ in range(READERS_MAX):
            clients.start_soon(ask, historian, slow.ask, answers)
        await wait_all_tasks_blocked()
        clients.start_soon(ask, historian, position_of, late)
        await wait_all_tasks_blocked()
        mock_clock.jump(WAIT_MAX_S)
        await wait_all_tasks_blocked()
        assert (answers, late) == ([], [TOO_MANY])
        slow.answer()
    assert await historian.read(position_of) == POSITION
