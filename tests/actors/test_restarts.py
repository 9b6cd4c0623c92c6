"""An exchange on a disk: it stops or is killed, starts again, and goes on as if it never had."""

from collections import Counter
from random import Random

import pytest
import trio
from trio.testing import MockClock

from builders import order
from goquant.actors.calls import Call
from goquant.actors.journal_writer import Fsync
from goquant.book.commands import CancelOrder, NewOrder
from goquant.book.enums import RejectReason
from goquant.book.events import OrderRepeated
from simdisk import SimDisk
from small_exchange import records
from storing import SYMBOLS, Durable, durable, listed, on_disk
from strategies import wish

A, B, C = SYMBOLS
SEEDS = range(4)


async def some_trade(run: Durable, seed: int, count: int = 150) -> None:
    """Any orders, on all symbols."""
    random = Random(seed)
    for _ in range(count):
        asked = wish(random.choice)
        if isinstance(asked, NewOrder):
            await run.exchange.execute(random.choice(SYMBOLS), asked)


@pytest.mark.parametrize("fsync", Fsync)
async def test_a_stop_and_a_start_change_nothing(mock_clock: MockClock, fsync: Fsync) -> None:
    disk = SimDisk()
    for seed in SEEDS:
        async with durable(disk, fsync=fsync) as run:
            before = {symbol: actor.sequence for symbol, actor in run.exchange.symbols.items()}
            await some_trade(run, seed)
            for symbol, sequence in before.items():
                answer = await run.exchange.execute(symbol, order("buy 1 @ 2"))
                assert answer.sequenced.sequence > sequence
                assert answer.orders[0].order_id == answer.sequenced.sequence, "ids go on"
            assert run.exchange.position == len(records(disk))
        disk = disk.power_cut(Random(seed))
        async with durable(disk) as again:
            assert again.hashes() == run.hashes() == on_disk(disk), f"seed {seed}"
            assert again.opened.marked
            assert again.opened.replayed == 0


async def test_client_order_ids_hold_across_restarts(mock_clock: MockClock) -> None:
    """Fault table: duplicate submit / retry storm, of open orders and of finished ones."""
    disk = SimDisk()
    opened = order("buy 5 @ 100 by ann id open")
    filled = order("buy 1 @ 101 by ann id filled")
    canceled = order("buy 1 @ 99 by ann id canceled")
    async with durable(disk) as run:
        for terms in (opened, filled, canceled):
            await run.exchange.execute(A, terms)
        await run.exchange.execute(A, order("sell 1 @ 101 by bob"))
        await run.exchange.execute(A, CancelOrder(3))
    for _ in range(2):
        async with durable(disk) as run:
            book = list(run.exchange.symbol(A).engine.book.orders)
            for order_id, terms in enumerate((opened, filled, canceled), 1):
                calls = [run.exchange.post(A, terms) for _ in range(100)]
                for call in calls:
                    assert (await call.wait()).events == [OrderRepeated(order_id)]
            assert list(run.exchange.symbol(A).engine.book.orders) == book == [1]


async def test_new_rules_hold_from_the_next_start_and_old_commands_by_the_old(
    mock_clock: MockClock,
) -> None:
    disk = SimDisk()
    for quantity_max in (10, 5, 20):
        async with durable(disk, listed(quantity_max=quantity_max)) as run:
            for lots in (4, 9, 15):
                refusal = (await run.exchange.execute(A, order(f"buy {lots} @ 100"))).refusal
                reason = None if refusal is None else refusal.reason
                is_fit = lots <= quantity_max
                assert reason == (None if is_fit else RejectReason.QUANTITY_TOO_LARGE)
        assert on_disk(disk) == run.hashes()
    remaining = [each.remaining for each in run.exchange.symbol(A).engine.book.orders.values()]
    assert remaining == [4, 9, 4, 4, 9, 15]


async def test_a_symbol_that_is_listed_later_begins_empty_and_one_that_is_not_is_kept(
    mock_clock: MockClock,
) -> None:
    disk = SimDisk()
    async with durable(disk, listed((A, B))) as run:
        await run.exchange.execute(A, order("buy 1 @ 100"))
        state = run.hashes()[A]
    async with durable(disk, listed((B, C))) as run:
        await run.exchange.execute(C, order("buy 1 @ 100"))
    async with durable(disk) as run:
        assert run.hashes() == on_disk(disk)
        assert run.hashes()[A] == state
        assert [run.exchange.symbol(symbol).sequence for symbol in SYMBOLS] == [1, 0, 1]


async def test_a_retry_storm_places_one_order(mock_clock: MockClock) -> None:
    """Fault table: duplicate submit / retry storm, from a hundred clients at the same time."""
    async with durable(SimDisk()) as run:
        terms = order("buy 1 @ 100 by ann id one")
        calls: list[Call] = []

        async def submit() -> None:
            calls.append(run.exchange.post(A, terms))
            await calls[-1].wait()

        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(submit)
        answers = [await call.wait() for call in calls]
        events = Counter(type(answer.events[0]).__name__ for answer in answers)
        assert events == {"OrderAccepted": 1, "OrderRepeated": 99}
        assert list(run.exchange.symbol(A).engine.book.orders) == [1]
