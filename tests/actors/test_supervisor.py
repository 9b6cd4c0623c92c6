"""One crash costs one restart, too many halt the symbol, and what waits is carried out or refused.

Row of the fault table: actor crash (poison command).
"""

from collections.abc import Iterator

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import Call, Halted, NotRunning
from goquant.actors.journal_writer import JournalFailed
from goquant.actors.supervisor import (
    BACKOFF_FIRST_S,
    BACKOFF_MAX_S,
    PERIOD_S,
    RESTARTS_MAX,
    Supervisor,
)
from goquant.actors.symbol import SymbolActor
from goquant.book.market import Market
from running import Gate, SlowJournal, problem_of, run_until, sequence_of
from storing import POISON, poisonous_engines

BUY = order("buy 1 @ 100")
POISONED = order(f"buy 1 @ 100 by {POISON}")


@pytest.fixture(autouse=True)
def _poisonous() -> Iterator[None]:
    with poisonous_engines():
        yield


class Supervised:
    """A symbol with a journal in memory, from which it is rebuilt."""

    def __init__(self, nursery: trio.Nursery, *, is_durable: bool = True) -> None:
        self.gate = Gate.within(nursery)
        self.gate.open()
        self.journal = SlowJournal(self.gate)
        self.actor = SymbolActor(Market.empty(instrument()), lambda: 7, self.journal)
        self.rebuilt_at: list[float] = []
        self.problem: Exception | None = None
        self.supervisor = Supervisor(self.actor, self.rebuild if is_durable else None)
        self.stop = trio.CancelScope()
        self.end: Exception | None = None
        nursery.start_soon(self._run)

    async def _run(self) -> None:
        with self.stop:
            self.end = await problem_of(self.supervisor.run)

    async def rebuild(self, symbol: str) -> Market:
        assert symbol == self.actor.symbol
        self.rebuilt_at.append(trio.current_time())
        if self.problem is not None:
            raise self.problem
        market = Market.empty(instrument())
        for sequenced in self.journal.kept:
            market.apply(sequenced)
            await trio.lowlevel.checkpoint()
        return market

    @property
    def state(self) -> str:
        return self.supervisor.status().state


async def supervised(nursery: trio.Nursery) -> Supervised:
    run = Supervised(nursery)
    await wait_all_tasks_blocked()
    return run


def outcome(call: Call) -> str:
    """What became of a command by now."""
    if call._error is not None:
        return type(call._error).__name__
    return "waits" if call._answer is None else f"{call._answer.sequenced.sequence}"


async def crash(run: Supervised, clock: MockClock, count: int) -> None:
    """So many commands that each crash a symbol that runs."""
    for _ in range(count):
        call = run.actor.post(POISONED)
        await wait_all_tasks_blocked()
        await run_until(clock, trio.current_time() + BACKOFF_MAX_S)
        assert outcome(call) == "Crashed"


async def test_commands_wait_for_the_restart_and_are_carried_out(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    calls = [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    await wait_all_tasks_blocked()
    assert [outcome(call) for call in calls] == ["waits", "Crashed", "waits"]
    assert (run.state, run.rebuilt_at) == ("restarting", [])
    calls += [run.actor.post(BUY) for _ in range(2)]
    assert run.supervisor.status().inbox_depth == 4
    await run_until(mock_clock, BACKOFF_FIRST_S * 0.99)
    assert [outcome(call) for call in calls[2:]] == ["waits"] * 3
    await run_until(mock_clock, BACKOFF_FIRST_S)
    assert [outcome(call) for call in calls] == ["1", "Crashed", "2", "3", "4"]
    assert (run.state, run.rebuilt_at) == ("running", [BACKOFF_FIRST_S])
    status = run.supervisor.status()
    assert (status.restarts, status.sequence, status.reason, status.inbox_depth) == (1, 4, None, 0)


async def test_what_was_committed_is_there_and_what_was_not_is_gone(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    """The engine had changed its book before it failed; readers never see that."""
    run = await supervised(nursery)
    run.actor.post(BUY)
    await wait_all_tasks_blocked()
    run.actor.post(POISONED)
    found: list[int] = []

    async def look() -> None:
        found.append(await run.actor.view.read(sequence_of))

    await wait_all_tasks_blocked()
    assert run.actor.engine.sequence == 2
    nursery.start_soon(look)
    await wait_all_tasks_blocked()
    assert found == [], "whoever looks waits for the restart"
    await run_until(mock_clock, BACKOFF_FIRST_S)
    assert (found, list(run.actor.engine.book.orders)) == ([1], [1])


async def test_the_log_names_the_command_that_crashed(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    """Whoever looks after the exchange has to find out who sends it."""
    run = await supervised(nursery)
    with capture_logs() as logged:
        await crash(run, mock_clock, 1)
    (entry,) = (each for each in logged if each["event"] == "symbol crashed")
    assert (entry["log_level"], entry["command"]) == ("error", repr(POISONED))


async def test_a_crash_between_the_commit_and_the_answers_loses_and_doubles_nothing(
    nursery: trio.Nursery, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed is told, whatever fails then, and is not carried out again."""
    run = await supervised(nursery)

    def fail(market: Market) -> None:
        monkeypatch.undo()
        raise ZeroDivisionError("a defect in what follows a commit")

    monkeypatch.setattr(run.actor.view, "show", fail)
    calls = [run.actor.post(BUY) for _ in range(2)]
    await wait_all_tasks_blocked()
    assert ([outcome(call) for call in calls], run.state) == (["1", "2"], "restarting")
    calls.append(run.actor.post(BUY))
    await run_until(mock_clock, BACKOFF_FIRST_S)
    assert [outcome(call) for call in calls] == ["1", "2", "3"]
    assert [each.sequence for each in run.journal.kept] == [1, 2, 3]


async def test_the_pause_doubles_with_each_restart_within_the_period(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    for restarts, crashed_at in ((1, 0.0), (2, 1.0), (3, 2.0), (3, PERIOD_S + 0.5), (1, 20.0)):
        await run_until(mock_clock, crashed_at)
        before = len(run.rebuilt_at)
        run.actor.post(POISONED)
        await wait_all_tasks_blocked()
        pause_s = BACKOFF_FIRST_S * 2 ** (restarts - 1)
        await run_until(mock_clock, crashed_at + 0.99 * pause_s)
        assert len(run.rebuilt_at) == before
        await run_until(mock_clock, crashed_at + 1.01 * pause_s)
        assert len(run.rebuilt_at) == before + 1


async def test_too_many_crashes_halt_the_symbol_until_it_is_resumed(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    run.actor.post(BUY)
    await wait_all_tasks_blocked()
    assert run.supervisor.resume() is False
    await crash(run, mock_clock, RESTARTS_MAX)
    assert (run.state, run.supervisor.restarts) == ("running", RESTARTS_MAX)
    assert run.supervisor.resume() is False
    last = [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    await wait_all_tasks_blocked()
    await run_until(mock_clock, trio.current_time() + BACKOFF_MAX_S)
    assert [outcome(call) for call in last] == ["Halted", "Crashed", "Halted"]
    await expect_halted(run, "4 crashes within 5 s")
    assert await run.actor.view.read(sequence_of) == 1, "its book stays readable"
    await run_until(mock_clock, 10 * PERIOD_S)
    await expect_halted(run, "4 crashes within 5 s")
    assert run.supervisor.resume() is True
    await wait_all_tasks_blocked()
    call = run.actor.post(BUY)
    await wait_all_tasks_blocked()
    assert (outcome(call), run.state, run.supervisor.resume()) == ("2", "running", False)
    await crash(run, mock_clock, RESTARTS_MAX)
    assert run.state == "running", "it was forgiven what was before"


async def test_crashes_that_are_far_apart_halt_nobody(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    for number in range(4 * RESTARTS_MAX):
        await run_until(mock_clock, number * 1.001 * PERIOD_S / RESTARTS_MAX)
        await crash(run, mock_clock, 1)
    assert (run.state, run.supervisor.restarts) == ("running", 4 * RESTARTS_MAX)


async def test_a_market_that_cannot_be_rebuilt_halts_and_a_resume_tries_again(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    run.problem = ValueError("the journal cannot be read")
    calls = [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    await wait_all_tasks_blocked()
    await run_until(mock_clock, 1)
    assert [outcome(call) for call in calls] == ["Halted", "Crashed", "Halted"]
    for attempt in (1, 2):
        await expect_halted(run, "the journal cannot be read")
        assert len(run.rebuilt_at) == attempt
        with pytest.raises(Halted):
            await run.actor.view.read(sequence_of)
        if attempt == 2:
            run.problem = None
        assert run.supervisor.resume() is True
        await wait_all_tasks_blocked()
    call = run.actor.post(BUY)
    await wait_all_tasks_blocked()
    assert (outcome(call), run.state) == ("1", "running")


async def test_a_stop_ends_a_restart_and_a_halt_and_refuses_what_waits(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    calls = [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    await wait_all_tasks_blocked()
    run.stop.cancel()
    await wait_all_tasks_blocked()
    assert [outcome(call) for call in calls] == ["NotRunning", "Crashed", "NotRunning"]
    assert (run.state, run.end) == ("stopped", None)
    with pytest.raises(NotRunning):
        run.actor.post(BUY)


async def test_a_crash_while_it_stops_answers_everybody(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = await supervised(nursery)
    run.gate.is_open = False
    calls = [run.actor.post(BUY)]
    await wait_all_tasks_blocked()
    calls += [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    run.stop.cancel()
    run.gate.open()
    await wait_all_tasks_blocked()
    assert [outcome(call) for call in calls] == ["1", "NotRunning", "Crashed", "NotRunning"]
    assert [each.sequence for each in run.journal.kept] == [1]


async def test_a_crash_in_memory_ends_the_run_and_leaves_nobody_waiting(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    run = Supervised(nursery, is_durable=False)
    await wait_all_tasks_blocked()
    calls = [run.actor.post(command) for command in (BUY, POISONED, BUY)]
    await wait_all_tasks_blocked()
    assert [outcome(call) for call in calls] == ["NotRunning", "Crashed", "NotRunning"]
    assert (type(run.end).__name__, run.state) == ("Defect", "stopped")


async def test_a_journal_that_fails_ends_the_run_and_halts(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    """A crash is one thing, this another: no restart helps."""
    run = await supervised(nursery)
    run.gate.is_open = False
    first = run.actor.post(BUY)
    await wait_all_tasks_blocked()
    second = run.actor.post(BUY)
    run.journal.problem = "the disk is gone"
    run.gate.open()
    await wait_all_tasks_blocked()
    assert (outcome(first), outcome(second)) == ("OutcomeUnknown", "Halted")
    assert isinstance(run.end, JournalFailed)
    assert (run.supervisor.restarts, run.rebuilt_at, run.state) == (0, [], "stopped")
    with pytest.raises(Halted, match="the disk is gone"):
        run.actor.post(BUY)


async def expect_halted(run: Supervised, why: str) -> None:
    assert run.state == "halted"
    with pytest.raises(Halted, match=why):
        run.actor.post(BUY)
