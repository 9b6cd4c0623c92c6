"""All symbols together: found by name, open while they run, and none in the way of another."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import trio
from trio.testing import assert_no_checkpoints, wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors.calls import INBOX_MAX, Busy, NotRunning, Refused
from goquant.actors.exchange import Exchange, UnknownSymbol
from goquant.actors.symbol import SLICE_MAX
from goquant.book.commands import ExpireOrders, Sequenced
from goquant.book.engine import Engine
from goquant.book.events import Event
from running import answer_to

BUY = order("buy 1 @ 100")


def exchange_of(*symbols: str, inbox_max: int = INBOX_MAX) -> Exchange:
    """An exchange whose time stands still."""
    traded = [instrument(symbol=symbol) for symbol in symbols]
    return Exchange(traded, clock=lambda: 7, inbox_max=inbox_max)


class Broken(Engine):
    """An engine with a defect."""

    def apply(self, sequenced: Sequenced) -> list[Event]:
        raise ZeroDivisionError("a defect")


async def test_every_symbol_has_a_book_and_a_sequence_of_its_own(nursery: trio.Nursery) -> None:
    exchange = exchange_of("A-USD", "B-USD")
    await nursery.start(exchange.run)
    assert list(exchange.symbols) == ["A-USD", "B-USD"]
    for symbol in ("A-USD", "B-USD", "B-USD"):
        await exchange.execute(symbol, BUY)
    assert [list(exchange.symbol(name).engine.book.orders) for name in exchange.symbols] == [
        [1],
        [1, 2],
    ]
    answer = await exchange.execute("A-USD", BUY)
    assert (answer.sequenced, answer.orders[0].created_ns) == (Sequenced(2, 7, BUY), 7)


async def test_what_is_not_traded_here_is_refused(nursery: trio.Nursery) -> None:
    exchange = exchange_of("A-USD", "B-USD")
    for _ in ("before the start", "while it runs"):
        with pytest.raises(UnknownSymbol, match=r"unknown symbol 'C-USD'.*: A-USD, B-USD$"):
            exchange.symbol("C-USD")
        with pytest.raises(UnknownSymbol):
            exchange.post("C-USD", BUY)
        with pytest.raises(UnknownSymbol):
            await exchange.execute("a-usd", BUY)
        await nursery.start(exchange.run)


async def test_commands_are_taken_from_the_start_to_the_stop(nursery: trio.Nursery) -> None:
    exchange, stop = exchange_of("A-USD"), trio.CancelScope()
    await expect_not_running(exchange)
    await nursery.start(scoped(stop, exchange.run))
    assert exchange.running
    await exchange.execute("A-USD", BUY)
    stop.cancel()
    await wait_all_tasks_blocked()
    await expect_not_running(exchange)
    engine = exchange.symbol("A-USD").engine
    assert (engine.sequence, list(engine.book.orders)) == (1, [1]), "the book can still be read"


@pytest.mark.parametrize("ticks", range(4))
async def test_a_stop_carries_out_what_was_taken_and_refuses_the_rest(
    nursery: trio.Nursery, ticks: int
) -> None:
    exchange, stop = exchange_of("A-USD", "B-USD"), trio.CancelScope()
    await nursery.start(scoped(stop, exchange.run))
    calls = [exchange.post(symbol, BUY) for symbol in ("A-USD", "B-USD") for _ in range(200)]
    for _ in range(ticks):
        await trio.lowlevel.checkpoint()
    stop.cancel()
    with suppress(NotRunning):
        while True:
            calls.append(exchange.post("A-USD", BUY))
            await trio.lowlevel.checkpoint()
    for call in calls:
        await answer_to(call)
    await expect_not_running(exchange)
    done = sum(actor.engine.sequence for actor in exchange.symbols.values())
    assert done == len(calls)


async def test_a_stopped_exchange_can_be_run_again_and_goes_on(nursery: trio.Nursery) -> None:
    exchange = exchange_of("A-USD")
    for sequence in (1, 2):
        stop = trio.CancelScope()
        await nursery.start(scoped(stop, exchange.run))
        assert (await exchange.execute("A-USD", BUY)).sequenced.sequence == sequence
        stop.cancel()
        await wait_all_tasks_blocked()


async def test_a_full_inbox_is_refused_at_once_and_only_for_its_symbol(
    nursery: trio.Nursery,
) -> None:
    exchange = exchange_of("A-USD", "B-USD", inbox_max=2)
    await nursery.start(exchange.run)
    await wait_all_tasks_blocked()
    # The actor waits with open arms: the first command needs no place in the inbox.
    posted = [exchange.post("A-USD", BUY) for _ in range(3)]
    with assert_no_checkpoints(), pytest.raises(Busy, match="A-USD has 2 commands waiting"):
        exchange.post("A-USD", BUY)
    with assert_no_checkpoints(), pytest.raises(Busy):
        await exchange.execute("A-USD", BUY)
    assert (await exchange.execute("B-USD", BUY)).sequenced.sequence == 1
    sequences = [(await answer_to(call)).sequenced.sequence for call in posted]
    await wait_all_tasks_blocked()
    assert (sequences, exchange.symbol("A-USD").engine.sequence) == ([1, 2, 3], 3)


def test_all_that_is_refused_can_be_caught_together() -> None:
    assert all(issubclass(kind, Refused) for kind in (Busy, NotRunning, UnknownSymbol))


async def test_a_flood_of_one_symbol_does_not_delay_another(nursery: trio.Nursery) -> None:
    exchange = exchange_of("A-USD", "B-USD")
    await nursery.start(exchange.run)
    flooded = exchange.symbol("A-USD")
    for _ in range(INBOX_MAX):
        exchange.post("A-USD", ExpireOrders())
    await exchange.execute("B-USD", BUY)
    assert flooded.engine.sequence <= 4 * SLICE_MAX
    assert flooded.inbox_depth >= INBOX_MAX - 4 * SLICE_MAX
    await wait_all_tasks_blocked()
    assert flooded.engine.sequence == INBOX_MAX


async def test_a_crash_ends_the_run_with_the_defect_and_closes_the_exchange(
    nursery: trio.Nursery,
) -> None:
    exchange, ended = exchange_of("A-USD", "B-USD"), trio.Event()
    broken = exchange.symbol("A-USD")
    broken.market.engine = Broken(broken.engine.instrument)

    async def run(*, task_status: trio.TaskStatus[None]) -> None:
        with pytest.RaisesGroup(
            pytest.RaisesExc(ZeroDivisionError, match="^a defect$"), flatten_subgroups=True
        ):
            await exchange.run(task_status=task_status)
        ended.set()

    await nursery.start(run)
    await exchange.execute("B-USD", BUY)
    assert exchange.running, "no defect has been met yet"
    exchange.post("A-USD", BUY)
    await ended.wait()
    await expect_not_running(exchange)
    assert list(exchange.symbol("B-USD").engine.book.orders) == [1]


async def expect_not_running(exchange: Exchange) -> None:
    """Nothing is taken, and nothing of it is carried out."""
    actor = exchange.symbol("A-USD")
    before = actor.engine.sequence
    assert not exchange.running
    with pytest.raises(NotRunning, match="takes no commands now"):
        exchange.post("A-USD", BUY)
    with assert_no_checkpoints(), pytest.raises(NotRunning):
        await exchange.execute("A-USD", BUY)
    assert (actor.inbox_depth, actor.engine.sequence) == (0, before)


def scoped(
    scope: trio.CancelScope, run: Callable[..., Awaitable[None]]
) -> Callable[..., Awaitable[None]]:
    """The same task, inside a scope by which it can be stopped."""

    async def inside(*, task_status: trio.TaskStatus[None]) -> None:
        with scope:
            await run(task_status=task_status)

    return inside
