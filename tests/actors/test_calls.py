"""A command is carried out once whatever becomes of its sender, or refused at once.

Row of the fault table: disconnect mid-order.
"""

import pytest
import trio
from trio.testing import assert_no_checkpoints, wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import Busy, Call, Halted
from goquant.actors.symbol import SymbolActor
from goquant.book.commands import CancelOrder, ExpireOrders, NewOrder, Sequenced
from goquant.book.enums import OrderStatus
from goquant.book.market import Answer, Market
from running import answer_to

INBOX = 3


@pytest.fixture
def idle() -> SymbolActor:
    """An actor with a small inbox that has not been started."""
    return SymbolActor(Market.empty(instrument()), lambda: 7, inbox_max=INBOX)


async def test_an_answer_reaches_all_who_wait_before_and_after(nursery: trio.Nursery) -> None:
    call, got = Call(ExpireOrders()), list[Answer]()

    async def wait() -> None:
        got.append(await call.wait())

    nursery.start_soon(wait)
    nursery.start_soon(wait)
    await wait_all_tasks_blocked()
    assert not got
    given = Answer(Sequenced(1, 0, ExpireOrders()), [], [])
    call.resolve(given)
    await wait_all_tasks_blocked()
    assert await call.wait() is given
    assert [one is given for one in got] == [True, True]


async def test_posting_takes_no_time_and_loses_nothing(idle: SymbolActor) -> None:
    with assert_no_checkpoints():
        for count in range(INBOX):
            assert idle.inbox_depth == count
            idle.post(order("buy 1 @ 100"))
    assert idle.inbox_depth == INBOX
    assert idle.engine.sequence == 0


async def test_a_full_inbox_refuses_at_once_and_carries_out_nothing_of_it(
    idle: SymbolActor, nursery: trio.Nursery
) -> None:
    calls = [idle.post(order(f"buy {lots} @ 100")) for lots in range(1, INBOX + 1)]
    with assert_no_checkpoints(), pytest.raises(Busy, match=r"ABC-USD has 3 commands waiting"):
        idle.post(order("buy 9 @ 100"))
    nursery.start_soon(idle.run)
    assert [await sequence_of(call) for call in calls] == [1, 2, 3]
    await wait_all_tasks_blocked()
    assert idle.engine.sequence == INBOX
    assert [one.remaining for one in idle.engine.book.orders.values()] == [1, 2, 3]


async def test_there_is_room_again_once_the_actor_has_caught_up(
    idle: SymbolActor, nursery: trio.Nursery
) -> None:
    for _ in range(INBOX):
        idle.post(order("buy 1 @ 100"))
    nursery.start_soon(idle.run)
    await wait_all_tasks_blocked()
    assert idle.inbox_depth == 0
    assert await sequence_of(idle.post(order("buy 1 @ 100"))) == INBOX + 1


@pytest.mark.parametrize("ticks", range(6))
async def test_a_sender_that_goes_away_neither_loses_nor_doubles_its_command(
    idle: SymbolActor, nursery: trio.Nursery, ticks: int
) -> None:
    """The sender goes away before its command is taken, while it is, or after it was answered."""
    nursery.start_soon(idle.run)
    sender = trio.CancelScope()

    async def send() -> None:
        with sender:
            await idle.post(order("buy 1 @ 100")).wait()

    nursery.start_soon(send)
    while not sender.cancel_called:
        for _ in range(ticks):
            await trio.lowlevel.checkpoint()
        sender.cancel()
    await wait_all_tasks_blocked()
    assert list(idle.engine.book.orders) == [1]
    assert idle.engine.sequence == 1


async def test_a_command_in_the_inbox_outlives_its_sender(
    idle: SymbolActor, nursery: trio.Nursery
) -> None:
    with trio.CancelScope() as sender:
        call = idle.post(order("buy 1 @ 100"))
        sender.cancel()
        await call.wait()
    assert sender.cancelled_caught
    assert idle.inbox_depth == 1
    nursery.start_soon(idle.run)
    assert (await answer_to(call)).sequenced.sequence == 1


async def test_one_of_two_who_wait_may_go_away(idle: SymbolActor, nursery: trio.Nursery) -> None:
    call, gone = idle.post(order("buy 1 @ 100")), trio.CancelScope()

    async def wait_and_go() -> None:
        with gone:
            await call.wait()

    nursery.start_soon(wait_and_go)
    await wait_all_tasks_blocked()
    gone.cancel()
    nursery.start_soon(idle.run)
    assert await sequence_of(call) == 1


async def test_answers_show_the_order_as_each_command_left_it(
    idle: SymbolActor, nursery: trio.Nursery
) -> None:
    """All three are carried out in one batch, before anybody reads an answer."""
    terms: NewOrder = order("sell 5 @ 100")
    calls = [idle.post(command) for command in (terms, order("buy 2 @ 100"), CancelOrder(1))]
    nursery.start_soon(idle.run)
    await wait_all_tasks_blocked()
    placed, taken, canceled = [(await answer_to(call)).orders for call in calls]
    assert [(one.status, one.filled, one.sequence) for one in placed] == [(OrderStatus.NEW, 0, 1)]
    assert [(one.status, one.filled, one.sequence) for one in taken] == [("filled", 2, 2)]
    assert [(one.status, one.filled, one.sequence) for one in canceled] == [("canceled", 2, 3)]


async def sequence_of(call: Call) -> int:
    return (await answer_to(call)).sequenced.sequence


def test_whoever_wants_to_be_told_is_told_once_even_afterwards() -> None:
    told: list[str] = []
    call = Call(ExpireOrders())
    call.then(lambda: told.append("first"))
    call.then(lambda: told.append("second"))
    assert told == []
    call.fail(Halted("a test"))
    assert told == ["first", "second"]
    call.then(lambda: told.append("late"))
    assert told == ["first", "second", "late"]
    with pytest.raises(Halted):
        call.outcome()
