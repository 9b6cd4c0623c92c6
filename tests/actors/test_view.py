"""Readers see what is committed, never half of a batch, and harm nobody but themselves."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import Halted, NotRunning
from goquant.actors.symbol import SymbolActor
from goquant.actors.view import View
from goquant.book.market import Market
from running import Gate, SlowJournal, problem_of, sequence_of

BUY = order("buy 1 @ 100")


class Reader:
    """Somebody who looks at a market, and what came of it."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.scope = trio.CancelScope()
        self.found: int | None = None
        self.problem: Exception | None = None
        self.looks = 0

    async def look(self) -> None:
        with self.scope:
            self.problem = await problem_of(self._read)

    async def _read(self) -> None:
        self.found = await self.view.read(self.sequence)

    def sequence(self, market: Market) -> int:
        self.looks += 1
        return sequence_of(market)


async def test_readers_see_the_market_in_between_two_batches(nursery: trio.Nursery) -> None:
    """Whoever looks while a commit is under way sees all of it, and nothing of the next batch."""
    gate = Gate.within(nursery)
    journal = SlowJournal(gate)
    actor = SymbolActor(Market.empty(instrument()), lambda: 7, journal)
    nursery.start_soon(actor.run)
    actor.post(BUY)
    await wait_all_tasks_blocked()
    for done in (0, 1, 4, 7):
        reader = Reader(actor.view)
        nursery.start_soon(reader.look)
        for _ in range(3):
            actor.post(BUY)
        await wait_all_tasks_blocked()
        carried_out = sequence_of(actor.market)
        assert (carried_out, actor.sequence) == (1 if done == 0 else done + 3, done)
        assert reader.found is None
        await gate.let_through()
        assert reader.found == carried_out
        assert sequence_of(actor.market) > carried_out, "the next batch is under way"


async def test_a_look_that_fails_harms_only_its_reader(nursery: trio.Nursery) -> None:
    market = Market.empty(instrument())
    view = View(market)
    with pytest.raises(ZeroDivisionError):
        await view.read(lambda market: 1 // 0)
    view.cover()
    good, bad = Reader(view), Reader(view)
    bad.sequence = lambda market: 1 // 0  # type: ignore[method-assign]
    for reader in (bad, good):
        nursery.start_soon(reader.look)
    await wait_all_tasks_blocked()
    view.show(market)
    await wait_all_tasks_blocked()
    assert isinstance(bad.problem, ZeroDivisionError)
    assert (good.found, good.problem) == (0, None)


async def test_whoever_goes_away_does_not_look(nursery: trio.Nursery) -> None:
    """A look may begin what only its reader can end, a snapshot for one."""
    market = Market.empty(instrument())
    view = View(market)
    view.cover()
    gone, patient = Reader(view), Reader(view)
    for reader in (gone, patient):
        nursery.start_soon(reader.look)
    await wait_all_tasks_blocked()
    gone.scope.cancel()
    await wait_all_tasks_blocked()
    view.show(market)
    await wait_all_tasks_blocked()
    assert (gone.looks, gone.problem, gone.found) == (0, None, None)
    assert (patient.looks, patient.found) == (1, 0)


@pytest.mark.parametrize("is_shown_first", [True, False])
async def test_whoever_has_looked_is_told_although_it_is_to_go_away(
    nursery: trio.Nursery, is_shown_first: bool
) -> None:
    market = Market.empty(instrument())
    view = View(market)
    view.cover()
    reader = Reader(view)
    nursery.start_soon(reader.look)
    await wait_all_tasks_blocked()
    if is_shown_first:
        view.show(market)
    reader.scope.cancel()
    if not is_shown_first:
        view.show(market)
    await wait_all_tasks_blocked()
    assert (reader.looks, reader.found) == (1, 0)


async def test_a_closed_view_refuses_until_it_is_shown_again(nursery: trio.Nursery) -> None:
    market = Market.empty(instrument())
    view = View(market)
    view.cover()
    waiting = Reader(view)
    nursery.start_soon(waiting.look)
    await wait_all_tasks_blocked()
    refusal = Halted("nobody knows")
    view.close(refusal)
    await wait_all_tasks_blocked()
    assert (waiting.problem, waiting.looks) == (refusal, 0)
    with pytest.raises(Halted, match="nobody knows"):
        await view.read(sequence_of)
    view.show(market)
    assert await view.read(sequence_of) == 0
    view.cover()
    again = Reader(view)
    nursery.start_soon(again.look)
    await wait_all_tasks_blocked()
    view.show(market)
    await wait_all_tasks_blocked()
    assert (again.found, again.problem) == (0, None)


async def test_a_market_that_is_shown_stays_readable_when_the_view_is_closed() -> None:
    view = View(Market.empty(instrument()))
    view.close(NotRunning("stopped"))
    assert await view.read(sequence_of) == 0
