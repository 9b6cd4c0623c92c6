"""Cancel: one order by its id from any place, or all of an account, or all."""

from typing import Any, ClassVar

import pytest

from builders import Market, instrument, order
from goquant.book.commands import CancelOrder, Command, ReplaceOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import CancelReason, RejectReason, Side
from goquant.book.events import OrderCanceled, OrderRejected
from goquant.book.invariants import check
from goquant.book.order import Order

QUEUE = """
                  | 102 | d 1
    a 1, b 2, c 3 | 100 |
"""


@pytest.mark.parametrize(
    ("name", "remaining", "level"),
    [("a", 1, "b 2, c 3"), ("b", 2, "a 1, c 3"), ("c", 3, "a 1, b 2")],
)
def test_cancel_takes_an_order_out_of_any_place(name: str, remaining: int, level: str) -> None:
    market = Market(QUEUE)
    market.play(f"cancel {name} -> {name} canceled {remaining} requested")
    market.shows(f"| 102 | d 1\n {level} | 100 |")


def test_cancel_of_the_only_order_closes_the_level() -> None:
    market = Market(QUEUE)
    market.play("cancel d -> d canceled 1 requested")
    market.shows("a 1, b 2, c 3 | 100 |")
    market.play("t: buy 1 @ 105 -> ok")


def test_cancel_of_the_best_level_leaves_the_next_as_best() -> None:
    market = Market("| 103 | b 1\n | 102 | a 1")
    market.play("""
        cancel a           -> a canceled 1 requested
        t: buy 1 market    -> ok, t buys 1 @ 103 from b
    """)


def test_cancel_of_a_partly_filled_order_gives_back_what_is_left() -> None:
    market = Market(QUEUE)
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 1 @ 100 to a, t sells 1 @ 100 to b
        cancel b           -> b canceled 1 requested
    """)
    market.shows("| 102 | d 1\n c 3 | 100 |")


def test_only_an_open_order_can_be_canceled() -> None:
    market = Market(QUEUE)
    market.play("""
        cancel 99          -> rejected unknown_order 99
        cancel 0           -> rejected unknown_order 0
        cancel a           -> a canceled 1 requested
        cancel a           -> rejected unknown_order a
        t: buy 1 @ 102     -> ok, t buys 1 @ 102 from d
        cancel d           -> rejected unknown_order d
        cancel t           -> rejected unknown_order t
    """)


def test_the_id_of_a_command_that_was_no_order_is_unknown() -> None:
    market = Market(QUEUE)
    market.play("cancel 99 -> rejected unknown_order 99")
    market.play("cancel 5 -> rejected unknown_order 5")


def test_the_events_of_a_cancel_say_all_of_it() -> None:
    market = Market(QUEUE)
    assert market.apply(CancelOrder(3)) == [
        OrderCanceled(3, Side.BUY, 100, 2, CancelReason.REQUESTED)
    ]
    assert market.apply(CancelOrder(3)) == [OrderRejected(RejectReason.UNKNOWN_ORDER, 3)]


MIXED = """
    a: sell 1 @ 103 by alice
    b: buy 2 @ 99 by bob
    c: buy 3 stop 110 by alice
    d: sell 4 @ 102
    e: buy 5 @ 98 by alice
"""


def test_mass_cancel_of_an_account_takes_its_orders_lowest_id_first() -> None:
    market = Market()
    market.play(MIXED)
    market.play("""
        cancel_all alice -> a canceled 1 requested, c canceled 3 requested, e canceled 5 requested
        cancel_all alice ->
    """)
    market.shows("""
            | 102 | d 4
        b 2 |  99 |
    """)


def test_mass_cancel_of_all_takes_every_order_lowest_id_first() -> None:
    market = Market()
    market.play(MIXED)
    market.play("""
        cancel_all
        -> a canceled 1 requested, b canceled 2 requested, c canceled 3 requested
        -> d canceled 4 requested, e canceled 5 requested
        cancel_all ->
    """)
    market.shows("empty")


def test_mass_cancel_goes_by_id_and_not_by_place_in_line() -> None:
    market = Market("a 1, b 1 | 100 |")
    market.play("""
        replace a 2    -> a replaced behind
        cancel_all     -> a canceled 2 requested, b canceled 1 requested
    """)


def test_mass_cancel_of_an_account_without_orders_does_nothing() -> None:
    market = Market(QUEUE)
    market.play("cancel_all nobody ->")
    market.shows(QUEUE)


class WatchedOrder(Order, gc=False):
    """An order that counts how often anybody looks at it or compares it."""

    looks: ClassVar[int] = 0

    def __getattribute__(self, name: str) -> Any:
        WatchedOrder.looks += 1
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        WatchedOrder.looks += 1
        return self is other


# A look at each order of the queue would be 10,000 for each cancel; a few dozen are not.
CROWD, LOOKS_MAX = 10_000, 40


def crowd(monkeypatch: pytest.MonkeyPatch, terms: str) -> Engine:
    """An engine with a crowd of equal orders, numbered from 1, whose looks count from now on."""
    monkeypatch.setattr("goquant.book.engine.Order", WatchedOrder)
    engine = Engine(instrument(account_open_orders_max=CROWD))
    command = order(terms)
    for sequence in range(1, CROWD + 1):
        engine.apply(Sequenced(sequence, 0, command))
    WatchedOrder.looks = 0
    return engine


def looks_of(engine: Engine, command: Command) -> int:
    """How many looks at orders a command takes."""
    before = WatchedOrder.looks
    engine.apply(Sequenced(engine.sequence + 1, 0, command))
    return WatchedOrder.looks - before


@pytest.mark.parametrize("terms", ["buy 1 @ 100", "buy 1 @ 100 gtd 9 by alice", "buy 1 stop 100"])
@pytest.mark.parametrize("order_id", [1, 2, 5_000, 9_999, 10_000])
def test_cancel_looks_at_few_orders_however_long_the_queue(
    monkeypatch: pytest.MonkeyPatch, terms: str, order_id: int
) -> None:
    engine = crowd(monkeypatch, terms)
    assert 0 < looks_of(engine, CancelOrder(order_id)) <= LOOKS_MAX


@pytest.mark.parametrize("first", ["oldest", "youngest", "middle"])
def test_canceling_a_whole_queue_one_by_one_looks_at_few_orders_each(
    monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    engine = crowd(monkeypatch, "buy 1 @ 100")
    ids = list(range(1, CROWD + 1))
    if first == "youngest":
        ids.reverse()
    if first == "middle":
        ids.sort(key=lambda order_id: abs(order_id - CROWD // 2))
    assert sum(looks_of(engine, CancelOrder(one)) for one in ids) <= CROWD * LOOKS_MAX
    check(engine)


def test_an_order_joins_a_queue_and_trades_with_its_first_at_few_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = crowd(monkeypatch, "buy 1 @ 100")
    assert looks_of(engine, order("buy 1 @ 100")) <= LOOKS_MAX
    assert looks_of(engine, order("sell 3 @ 100")) <= 3 * LOOKS_MAX
    assert looks_of(engine, ReplaceOrder(5_000, quantity=2)) <= LOOKS_MAX
    check(engine)


def test_a_taker_passes_those_that_left_at_few_looks_each(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = crowd(monkeypatch, "buy 1 @ 100")
    for order_id in range(1, CROWD, 2):
        engine.apply(Sequenced(engine.sequence + 1, 0, CancelOrder(order_id)))
    assert looks_of(engine, order(f"sell {CROWD} @ 100")) <= CROWD * LOOKS_MAX
    check(engine)
