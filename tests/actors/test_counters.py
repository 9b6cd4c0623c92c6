"""What an actor counts of its own work."""

from bisect import bisect_left

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors import counters, symbol
from goquant.actors.counters import ACCEPTED, BOUNDS_S, REPEATED, Histogram
from goquant.actors.symbol import SLICE_MAX, SymbolActor
from goquant.book.commands import CancelOrder, MassCancel, Sequenced
from goquant.book.enums import OrderType, RejectReason
from goquant.book.market import Market
from running import Gate, Running, SlowJournal


def test_bounds_grow() -> None:
    assert sorted(set(BOUNDS_S)) == list(BOUNDS_S)


@pytest.mark.parametrize("index", range(len(BOUNDS_S)))
def test_a_bound_belongs_to_what_is_below_it(index: int) -> None:
    histogram = Histogram()
    histogram.observe(BOUNDS_S[index])
    histogram.observe(BOUNDS_S[index] * 1.001, 2)
    assert (histogram.counts[index], histogram.counts[index + 1]) == (1, 2)
    assert histogram.total_s == pytest.approx(BOUNDS_S[index] * 3.002)
    assert sum(histogram.counts) == 3


@given(st.lists(st.floats(0, 20), min_size=1).map(sorted), st.floats(20, 40))
def test_many_at_once_are_as_many_one_by_one(starts: list[float], now: float) -> None:
    together, apart = Histogram(), Histogram()
    together.observe_since(starts, now)
    for start in starts:
        apart.observe(now - start)
    assert together.counts == apart.counts
    assert together.total_s == pytest.approx(apart.total_s)


async def test_orders_are_counted_by_what_became_of_them(running: Running) -> None:
    for terms in ("buy 1 @ 100 id a", "buy 1 @ 100 id a", "buy 2 @ 100 id a", "sell 1"):
        await running.ask(order(terms))
    await running.ask(order("buy 1 @ 100"))
    await running.ask(CancelOrder(99))
    await running.ask(MassCancel())
    assert running.actor.counters.orders == {
        (OrderType.LIMIT, ACCEPTED): 2,
        (OrderType.LIMIT, REPEATED): 1,
        (OrderType.LIMIT, RejectReason.CLIENT_ORDER_ID_REUSED): 1,
        (OrderType.MARKET, ACCEPTED): 1,
    }
    assert running.actor.counters.trades == 1


async def test_nothing_is_counted_before_it_is_committed(nursery: trio.Nursery) -> None:
    journal = SlowJournal(Gate.within(nursery))
    actor = SymbolActor(Market.empty(instrument()), lambda: 7, journal)
    nursery.start_soon(actor.run)
    actor.post(order("buy 1 @ 100"))
    actor.post(order("sell 1 @ 100"))
    await wait_all_tasks_blocked()
    assert (actor.counters.orders, actor.counters.trades, actor.counters.open_orders) == ({}, 0, 0)
    await journal.gate.let_through()
    assert actor.counters.orders == {(OrderType.LIMIT, ACCEPTED): 2}
    assert (actor.counters.trades, actor.counters.open_orders) == (1, 0)


async def test_every_command_is_timed(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that goes on by a second whenever somebody looks at it."""
    moments = iter(range(1_000_000))
    for module in (counters, symbol):
        monkeypatch.setattr(module, "perf_counter", lambda: next(moments))
    actor = SymbolActor(Market.empty(instrument()), lambda: 7)
    calls = [actor.post(order("buy 1 @ 100")) for _ in range(SLICE_MAX + 1)]
    for call in calls:
        call.posted_at = 0.0
    nursery.start_soon(actor.run)
    await wait_all_tasks_blocked()
    matching, latency = actor.counters.matching, actor.counters.latency
    assert sum(matching.counts) == sum(latency.counts) == SLICE_MAX + 1
    assert matching.counts[bisect_left(BOUNDS_S, 1 / SLICE_MAX)] == SLICE_MAX
    assert matching.counts[bisect_left(BOUNDS_S, 1.0)] == 1
    assert matching.total_s == pytest.approx(2.0)
    assert latency.total_s == pytest.approx(4.0 * (SLICE_MAX + 1)), "the fifth look at the clock"


async def test_trades_and_open_orders_go_on_from_what_was_restored(running: Running) -> None:
    market = Market.empty(instrument())
    for sequence, terms in enumerate(("buy 1 @ 100", "sell 1 @ 100", "buy 1 @ 99"), 1):
        market.apply(Sequenced(sequence, 1, order(terms)))
    counted = SymbolActor(market, lambda: 7).counters
    assert (counted.trades, counted.open_orders, counted.orders) == (1, 1, {})
    running.actor.restore(market)
    assert (running.actor.counters.trades, running.actor.counters.open_orders) == (1, 1)
