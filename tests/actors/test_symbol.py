"""The actor of one symbol: one command after the other, in order, and never for too long."""

from itertools import pairwise

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import NotRunning
from goquant.actors.symbol import BATCH_MAX, SLICE_MAX, SymbolActor
from goquant.book.blotter import Blotter
from goquant.book.commands import CancelOrder, ExpireOrders, MassCancel, ReplaceOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.market import Market
from running import Running, answer_to
from strategies import Wish, aim, wishes


@pytest.mark.parametrize("count", [1, BATCH_MAX, 3 * BATCH_MAX + 1])
async def test_commands_are_carried_out_in_the_order_of_posting(
    running: Running, count: int
) -> None:
    calls = [running.actor.post(order(f"buy {lots} @ 100")) for lots in range(1, count + 1)]
    answers = [await answer_to(call) for call in calls]
    assert [one.sequenced.sequence for one in answers] == list(range(1, count + 1))
    assert [one.sequenced.command for one in answers] == [call.command for call in calls]


async def test_a_flood_leaves_others_their_turn(running: Running) -> None:
    """The bystander has a turn in every tick, at most two slices after its last one."""
    flood = 12 * SLICE_MAX
    for _ in range(flood):
        running.actor.post(ExpireOrders())
    seen = [0]
    while seen[-1] < flood:
        await trio.lowlevel.checkpoint()
        seen.append(running.sequence)
    steps = [after - before for before, after in pairwise(seen)]
    assert max(steps) <= 2 * SLICE_MAX
    assert len(seen) <= flood / SLICE_MAX * 2 + 5, "they are carried out in slices"


async def test_answers_show_the_order_that_the_command_named(running: Running) -> None:
    ann = "buy 5 @ 100 by ann id one"
    placed = await running.place(ann)
    for command, expected in (
        (ReplaceOrder(placed, quantity=3), [("new", 3)]),
        (order(ann), [("new", 3)]),
        (order("buy 6 @ 100 by ann id one"), [("new", 3)]),
        (CancelOrder(99), []),
        (CancelOrder(placed), [("canceled", 3)]),
        (CancelOrder(placed), [("canceled", 3)]),
        (order("buy 6 @ 100 by ann id one"), [("canceled", 3)]),
        (ExpireOrders(), []),
        (MassCancel(), []),
    ):
        answer = await running.ask(command)
        shown = [(one.status, one.terms.quantity) for one in answer.orders]
        assert (command, shown) == (command, expected)
        assert [one.order_id for one in answer.orders] == [placed] * len(expected)


@pytest.mark.parametrize("count", [1, 2, SLICE_MAX + 1, 5 * SLICE_MAX])
@pytest.mark.parametrize("ticks", range(4))
async def test_an_actor_that_is_stopped_carries_out_what_it_was_given_and_takes_no_more(
    nursery: trio.Nursery, count: int, ticks: int
) -> None:
    actor, stop = SymbolActor(Market.empty(instrument()), lambda: 7), trio.CancelScope()

    async def run() -> None:
        with stop:
            await actor.run()

    nursery.start_soon(run)
    await wait_all_tasks_blocked()
    calls = [actor.post(order("buy 1 @ 90")) for _ in range(count)]
    for _ in range(ticks):
        await trio.lowlevel.checkpoint()
    stop.cancel()
    await wait_all_tasks_blocked()
    assert stop.cancelled_caught
    answers = [await answer_to(call) for call in calls]
    assert [one.sequenced.sequence for one in answers] == list(range(1, count + 1))
    with pytest.raises(NotRunning, match="ABC-USD takes no commands any more"):
        actor.post(order("buy 1 @ 90"))
    assert (actor.inbox_depth, actor.engine.sequence) == (0, count)


async def test_other_tasks_may_read_between_two_commands(running: Running) -> None:
    """Wherever another task has its turn, the records are those of the book."""
    for _ in range(3 * SLICE_MAX):
        running.actor.post(order("buy 1 @ 90"))
    while running.actor.inbox_depth:
        await trio.lowlevel.checkpoint()
        for order_id in running.actor.engine.book.orders:
            assert running.of(order_id).status == "new"


async def test_an_order_about_to_expire_keeps_no_command_waiting(nursery: trio.Nursery) -> None:
    """A wait of no time at all would be over before a command can be received."""
    actor = SymbolActor(Market.empty(instrument()), lambda: 9)
    nursery.start_soon(actor.run)
    await answer_to(actor.post(order("buy 1 @ 90 gtd 10")))
    for _ in range(5):
        await trio.lowlevel.checkpoint()
        await answer_to(actor.post(order("buy 1 @ 90")))
    assert list(actor.engine.book.orders) == [1, 2, 3, 4, 5, 6]


bursts = st.lists(st.lists(wishes(), max_size=8), max_size=6)


@given(bursts, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_any_bursts_are_carried_out_as_if_one_by_one(
    asked: list[list[Wish]], pauses: list[int]
) -> None:
    trio.run(compare_with_an_engine, asked, pauses)


async def compare_with_an_engine(asked: list[list[Wish]], pauses: list[int]) -> None:
    """The commands in the order of their answers make the same book in an engine of its own."""
    calls = []
    async with trio.open_nursery() as nursery:
        actor = SymbolActor(Market.empty(instrument()), lambda: 1)
        nursery.start_soon(actor.run)
        for burst, ticks in zip(asked, pauses, strict=False):
            live = sorted(actor.engine.book.orders)
            calls += [actor.post(aim(wish, live, [], 1)) for wish in burst]
            for _ in range(ticks):
                await trio.lowlevel.checkpoint()
        answers = [await answer_to(call) for call in calls]
        nursery.cancel_scope.cancel()
    alone = Engine(actor.engine.instrument)
    for sequence, (call, answer) in enumerate(zip(calls, answers, strict=True), 1):
        assert answer.sequenced == Sequenced(sequence, 1, call.command)
        assert answer.events == alone.apply(answer.sequenced)
    assert actor.engine.sequence == len(calls)
    assert alone.state_hash() == actor.engine.state_hash()


async def test_what_waits_when_the_actor_is_cancelled_is_carried_out_and_nothing_later_is() -> None:
    actor = SymbolActor(Market.empty(instrument()), lambda: 1)
    calls = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await wait_all_tasks_blocked()
        calls = [actor.post(order("buy 1 @ 100")) for _ in range(3 * SLICE_MAX)]
        nursery.cancel_scope.cancel()
    assert [(await call.wait()).sequenced.sequence for call in calls] == [
        *range(1, 3 * SLICE_MAX + 1)
    ]
    with pytest.raises(NotRunning):
        actor.post(order("buy 1 @ 100"))


async def test_a_mass_cancel_shows_orders_that_are_too_many_to_keep(running: Running) -> None:
    running.actor.market.blotter = Blotter(finished_orders_max=2)
    placed = [await running.place("buy 1 @ 90") for _ in range(5)]
    answer = await running.ask(MassCancel())
    assert [one.order_id for one in answer.orders] == placed
    assert [running.actor.blotter.order(order_id) is None for order_id in placed] == [
        True,
        True,
        True,
        False,
        False,
    ]
