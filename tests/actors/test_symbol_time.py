"""Time at a symbol: it never goes back, and orders expire by themselves, on time and once.

Row of the fault table: clock jump.
"""

from itertools import count

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.symbol import EXPIRY_WAIT_MAX_S, SymbolActor
from goquant.book.commands import CancelOrder, ExpireOrders, MassCancel
from goquant.book.enums import RejectReason
from goquant.book.market import Market
from running import SECOND, Running, answer_to, run_until


async def test_an_answer_shows_its_own_order_not_those_it_met(
    running: Running, mock_clock: MockClock
) -> None:
    """What expires, is canceled or is filled on the way is no concern of the answer."""
    await running.place(f"sell 1 @ 100 by ann gtd {SECOND}")
    await running.place("sell 1 @ 100 by bob")
    await running.place("sell 1 @ 100 by ann")
    stop = await running.place("buy 1 @ 90 stop 100")
    running.clock.shift_ns = SECOND
    answer = await running.ask(order("buy 2 @ 100 by ann cancel_maker"))
    assert [(one.order_id, one.filled) for one in answer.orders] == [(5, 1)]
    assert running.of(stop).status == "new"
    running.clock.shift_ns = 0
    answer = await running.ask(CancelOrder(1))
    assert answer.refusal is not None
    assert answer.refusal.reason is RejectReason.UNKNOWN_ORDER
    assert [(one.order_id, one.status) for one in answer.orders] == [(1, "expired")]


async def test_a_mass_cancel_shows_all_that_it_canceled_and_nothing_else(
    running: Running, mock_clock: MockClock
) -> None:
    anns = [await running.place(f"buy {lots} @ 90 by ann") for lots in (1, 2)]
    bobs = await running.place("buy 3 @ 90 by bob")
    due = await running.place(f"buy 4 @ 90 by ann gtd {SECOND}")
    anns.append(await running.place("buy 5 stop 120 by ann"))
    running.clock.shift_ns = SECOND
    answer = await running.ask(MassCancel("ann"))
    assert [one.order_id for one in answer.orders] == anns
    assert {(one.status, one.reason) for one in answer.orders} == {("canceled", "requested")}
    assert (running.of(due).status, running.of(bobs).status) == ("expired", "new")
    answer = await running.ask(MassCancel())
    assert [one.order_id for one in answer.orders] == [bobs]


async def test_time_never_goes_back(running: Running, mock_clock: MockClock) -> None:
    times = []
    for shift_ns in (50, 20, 0, 49, 50, 51, 7):
        running.clock.shift_ns = shift_ns
        times.append((await running.ask(ExpireOrders())).sequenced.time_ns)
    assert times == [50, 50, 50, 50, 50, 51, 51]


async def test_an_order_expires_on_time_although_nothing_else_happens(
    running: Running, mock_clock: MockClock
) -> None:
    placed = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    await run_until(mock_clock, 9.999_999)
    assert (running.of(placed).status, running.sequence) == ("new", 1)
    await run_until(mock_clock, 10)
    record = running.of(placed)
    assert (record.status, record.sequence, record.updated_ns) == ("expired", 2, 10 * SECOND)
    await run_until(mock_clock, 100)
    assert running.sequence == 2


async def test_an_order_that_comes_later_may_expire_sooner(
    running: Running, mock_clock: MockClock
) -> None:
    late = await running.place(f"buy 1 @ 90 gtd {20 * SECOND}")
    soon = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    await run_until(mock_clock, 10)
    assert (running.of(soon).status, running.of(late).status) == ("expired", "new")
    await running.ask(CancelOrder(late))
    await run_until(mock_clock, 20)
    assert running.sequence == 4


async def test_an_order_is_not_early_when_the_clock_was_set_back(
    running: Running, mock_clock: MockClock
) -> None:
    placed = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    await run_until(mock_clock, 5)
    running.clock.shift_ns = -3 * SECOND
    await run_until(mock_clock, 12.9)
    assert (running.of(placed).status, running.sequence) == ("new", 1)
    await run_until(mock_clock, 13)
    assert (running.of(placed).status, running.of(placed).updated_ns) == ("expired", 10 * SECOND)


async def test_an_order_is_not_late_when_the_clock_was_set_forward(
    running: Running, mock_clock: MockClock
) -> None:
    """So it is, as far as trio can tell, after a laptop has slept."""
    placed = await running.place(f"buy 1 @ 90 gtd {3_600 * SECOND}")
    await run_until(mock_clock, 5)
    running.clock.shift_ns = 3_600 * SECOND
    await run_until(mock_clock, 5 + EXPIRY_WAIT_MAX_S)
    assert (running.of(placed).status, running.sequence) == ("expired", 2)


async def test_an_order_may_come_due_before_anybody_has_waited_for_it(
    nursery: trio.Nursery,
) -> None:
    """Ten nanoseconds pass between any two looks at this clock."""
    actor = SymbolActor(Market.empty(instrument()), count(0, 10).__next__)
    nursery.start_soon(actor.run)
    await answer_to(actor.post(order("buy 1 @ 90 gtd 5")))
    await wait_all_tasks_blocked()
    record = actor.blotter.order(1)
    assert record is not None
    assert (record.status, actor.engine.sequence) == ("expired", 2)


async def test_a_command_finds_gone_what_is_due(running: Running, mock_clock: MockClock) -> None:
    placed = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    running.clock.shift_ns = 10 * SECOND
    answer = await running.ask(CancelOrder(placed))
    assert answer.refusal is not None
    assert (running.of(placed).status, running.sequence) == ("expired", 2)


async def test_commands_are_answered_while_orders_wait_to_expire(
    running: Running, mock_clock: MockClock
) -> None:
    await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    for moment in (1, 9.999_999_9, 10, 11):
        await run_until(mock_clock, moment)
        assert (await running.ask(CancelOrder(99))).refusal is not None


@pytest.mark.parametrize("ticks", range(5))
@pytest.mark.parametrize("command_comes_first", [True, False])
async def test_a_command_that_comes_as_an_order_expires_is_carried_out_once(
    running: Running, mock_clock: MockClock, command_comes_first: bool, ticks: int
) -> None:
    placed = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    await wait_all_tasks_blocked()
    call = running.actor.post(order("buy 1 @ 91")) if command_comes_first else None
    mock_clock.jump(10)
    for _ in range(ticks):
        await trio.lowlevel.checkpoint()
    call = call or running.actor.post(order("buy 1 @ 91"))
    await wait_all_tasks_blocked()
    assert running.of(placed).status == "expired"
    assert [one.terms.price for one in running.actor.engine.book.orders.values()] == [91]
    assert (await answer_to(call)).orders[0].sequence in (2, 3)


async def test_orders_that_expire_together_take_one_command(
    running: Running, mock_clock: MockClock
) -> None:
    for _ in range(50):
        await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    await run_until(mock_clock, 11)
    assert not running.actor.engine.book.orders
    assert running.sequence == 51


async def test_many_expiries_take_as_many_commands_and_no_more(
    running: Running, mock_clock: MockClock
) -> None:
    for second in range(10, 60):
        await running.place(f"buy 1 @ 90 gtd {second * SECOND}")
    mock_clock.autojump_threshold = 0
    await trio.sleep_until(100)
    assert not running.actor.engine.book.orders
    assert running.sequence == 100


async def test_expiries_in_quick_succession_do_not_spin(
    running: Running, mock_clock: MockClock
) -> None:
    for nanosecond in range(500):
        await running.place(f"buy 1 @ 90 gtd {10 * SECOND + nanosecond}")
    mock_clock.autojump_threshold = 0
    await trio.sleep_until(10.1)
    assert not running.actor.engine.book.orders
    assert running.sequence <= 500 + 500, "one command for each order at the most"


async def test_a_wait_that_ends_too_soon_is_begun_again(
    running: Running, mock_clock: MockClock
) -> None:
    """The two clocks need not agree: here the time of day lags by a nanosecond."""
    placed = await running.place(f"buy 1 @ 90 gtd {10 * SECOND}")
    running.clock.shift_ns = -1
    await run_until(mock_clock, 10)
    assert (running.of(placed).status, running.sequence) == ("new", 1)
    await run_until(mock_clock, 10.01)
    assert (running.of(placed).status, running.sequence) == ("expired", 2)


async def test_a_clock_that_stands_still_just_before_an_expiry_keeps_nobody_waiting() -> None:
    actor = SymbolActor(Market.empty(instrument()), lambda: 999)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        placed = await answer_to(actor.post(order("buy 1 @ 90 gtd 1000")))
        assert (await answer_to(actor.post(CancelOrder(1)))).orders[0].status == "canceled"
        assert placed.orders[0].status == "new"
        nursery.cancel_scope.cancel()
