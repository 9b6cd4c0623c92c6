"""An actor whose journal is slow: nothing is told or shown before it is committed, nothing is lost."""

from collections import Counter

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import Call, Halted, NotRunning, OutcomeUnknown
from goquant.actors.journal_writer import JournalFailed
from goquant.actors.symbol import BATCH_MAX, SymbolActor
from goquant.book.commands import Command, Sequenced
from goquant.book.market import Market
from running import Gate, SlowJournal, answer_to, sequence_of

BUY = order("buy 1 @ 100")
CANCEL_AT = range(90)


class Slow:
    """An actor, its journal, and what became of a run that was cancelled or failed."""

    def __init__(self, nursery: trio.Nursery, gate: Gate | None = None) -> None:
        self.gate = gate or Gate.within(nursery)
        self.journal = SlowJournal(self.gate)
        self.actor = SymbolActor(Market.empty(instrument()), lambda: 7, self.journal)
        self.stop = trio.CancelScope()
        self.failure: JournalFailed | None = None
        self.is_over = False
        nursery.start_soon(self._run)

    async def _run(self) -> None:
        """Run as a supervisor runs it."""
        closing: NotRunning | Halted = NotRunning("stopped")
        try:
            with self.stop:
                await self.actor.run()
        except JournalFailed as failure:
            self.failure = failure
            closing = Halted(str(failure))
        self.actor.close(closing)
        self.is_over = True

    def sizes(self) -> list[int]:
        """How many commands each batch had."""
        return [len(batch) for batch in self.journal.batches]


async def test_nothing_is_answered_or_shown_before_it_is_committed(nursery: trio.Nursery) -> None:
    slow = Slow(nursery)
    for sequence in (1, 2, 3):
        call = slow.actor.post(BUY)
        await wait_all_tasks_blocked()
        assert slow.actor.engine.sequence == sequence, "it was carried out"
        assert (slow.actor.sequence, call.is_over) == (sequence - 1, False)
        with trio.move_on_after(0):
            pytest.fail(f"{await slow.actor.view.read(sequence_of)} was shown")
        await slow.gate.let_through()
        assert (slow.actor.sequence, call.is_over) == (sequence, True)
        assert await slow.actor.view.read(sequence_of) == sequence
        assert (await answer_to(call)).sequenced == slow.journal.kept[-1]


async def test_what_arrives_during_a_commit_forms_the_next_batch(nursery: trio.Nursery) -> None:
    slow = Slow(nursery)
    calls = [slow.actor.post(BUY)]
    await wait_all_tasks_blocked()
    for count in (3, 1, 5):
        calls += [slow.actor.post(BUY) for _ in range(count)]
        await slow.gate.let_through()
    await slow.gate.let_through()
    assert slow.sizes() == [1, 3, 1, 5]
    answers = [(await answer_to(call)).sequenced for call in calls]
    assert answers == slow.journal.kept == [Sequenced(n, 7, BUY) for n in range(1, 11)]


async def test_a_batch_has_a_bound(nursery: trio.Nursery) -> None:
    slow = Slow(nursery)
    calls = [slow.actor.post(BUY) for _ in range(2 * BATCH_MAX + 1)]
    await slow.gate.let_through()
    assert [call.is_over for call in calls].count(True) == BATCH_MAX
    await slow.gate.let_through(2)
    assert slow.sizes() == [BATCH_MAX, BATCH_MAX, 1]
    assert all(call.is_over for call in calls)


async def test_a_cancellation_in_the_middle_of_a_commit_loses_nothing(
    nursery: trio.Nursery,
) -> None:
    slow = Slow(nursery)
    calls = [slow.actor.post(BUY)]
    await wait_all_tasks_blocked()
    slow.stop.cancel()
    calls += [slow.actor.post(BUY) for _ in range(BATCH_MAX + 1)]
    await wait_all_tasks_blocked()
    assert not any(call.is_over for call in calls)
    await slow.gate.let_through()
    with pytest.raises(NotRunning):
        slow.actor.post(BUY)
    await slow.gate.let_through(2)
    assert (slow.is_over, slow.stop.cancelled_caught) == (True, True)
    answers = [(await answer_to(call)).sequenced for call in calls]
    assert answers == slow.journal.kept == [Sequenced(n, 7, BUY) for n in range(1, len(calls) + 1)]


async def test_a_failed_commit_leaves_its_batch_in_doubt_and_refuses_the_rest(
    nursery: trio.Nursery,
) -> None:
    slow = Slow(nursery)
    kept = slow.actor.post(BUY)
    await slow.gate.let_through()
    batch = [slow.actor.post(BUY) for _ in range(3)]
    await wait_all_tasks_blocked()
    waiting = [slow.actor.post(BUY) for _ in range(3)]
    slow.journal.problem = "the disk is gone"
    await slow.gate.let_through()
    assert (slow.failure is not None, slow.actor.sequence) == (True, 1)
    assert (await answer_to(kept)).sequenced.sequence == 1
    for call in batch:
        with pytest.raises(OutcomeUnknown, match="the disk is gone"):
            await answer_to(call)
    for call in waiting:
        with pytest.raises(Halted, match="the disk is gone"):
            await answer_to(call)
    with pytest.raises(Halted):
        await slow.actor.view.read(sequence_of)
    with pytest.raises(Halted):
        slow.actor.post(BUY)


class Load:
    """Clients that go on to send orders until they are refused, and all that they sent."""

    def __init__(self, actor: SymbolActor) -> None:
        self.actor = actor
        self.sent: list[Call] = []

    async def client(self, number: int) -> None:
        for lots in range(1, 1_000):
            command: Command = order(f"buy {lots} @ {100 - number}")
            try:
                self.sent.append(self.actor.post(command))
                # Every other one goes on without waiting for its answer.
                if number % 2:
                    await self.sent[-1].wait()
                await trio.lowlevel.checkpoint()
            except (NotRunning, Halted, OutcomeUnknown):
                return

    async def outcomes(self) -> dict[str, list[Command]]:
        """What became of all that was sent. No wait may last."""
        found: dict[str, list[Command]] = {"answered": [], "refused": [], "in doubt": []}
        for call in self.sent:
            assert call.is_over, f"{call.command} hangs"
            try:
                found["answered"].append((await call.wait()).sequenced.command)
            except OutcomeUnknown:
                found["in doubt"].append(call.command)
            except (NotRunning, Halted):
                found["refused"].append(call.command)
        return found


@pytest.mark.parametrize("at", CANCEL_AT)
async def test_wherever_it_is_cancelled_every_call_is_answered_or_refused(at: int) -> None:
    """After so many turns of the scheduler, with and without a commit under way."""
    async with trio.open_nursery() as nursery:
        slow = Slow(nursery, Gate(is_open=True))
        load = Load(slow.actor)
        for number in range(4):
            nursery.start_soon(load.client, number)
        for _ in range(at):
            await trio.lowlevel.checkpoint()
        slow.stop.cancel()
    found = await load.outcomes()
    kept = [each.command for each in slow.journal.kept]
    assert Counter(map(repr, found["answered"])) == Counter(map(repr, kept))
    assert found["in doubt"] == []
    assert slow.actor.engine.sequence == slow.actor.sequence == len(kept)


@pytest.mark.parametrize("at", range(1, 12))
@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_whichever_commit_fails_every_call_is_answered_or_refused(
    at: int, is_cancelled: bool
) -> None:
    """In a stop, too. Of what was answered nothing is missing, and what is in doubt was not kept."""
    gate = Gate()
    async with trio.open_nursery() as nursery:
        slow = Slow(nursery, gate)
        load = Load(slow.actor)
        for number in range(4):
            nursery.start_soon(load.client, number)
        await slow_commits(slow, gate, at, is_cancelled)
    found = await load.outcomes()
    kept = [each.command for each in slow.journal.kept]
    assert Counter(map(repr, found["answered"])) == Counter(map(repr, kept))
    assert found["in doubt"] == [each.command for each in slow.journal.batches[-1]]


async def slow_commits(slow: Slow, gate: Gate, at: int, is_cancelled: bool) -> None:
    """The commit `at` fails."""
    for number in range(1, at + 1):
        while not gate.waiting:
            await trio.lowlevel.checkpoint()
        if number == at:
            slow.journal.problem = "the disk is gone"
            if is_cancelled:
                slow.stop.cancel()
        gate.let_one_through()
    while not slow.is_over:
        await trio.lowlevel.checkpoint()
