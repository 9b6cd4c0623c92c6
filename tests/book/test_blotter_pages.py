"""The records of orders and trades page by page, and how many of them are kept."""

import tracemalloc
from typing import Any

import pytest

from builders import order
from goquant.book.blotter import SCAN_MAX, Blotter
from goquant.book.commands import Sequenced
from goquant.book.enums import CancelReason, OrderStatus
from goquant.book.events import Event, OrderAccepted, OrderCanceled
from records import Recorded, any_order, pages_of, trade_pages_of


def listed(**rules: Any) -> Recorded:
    """Seven orders, a and e of ann."""
    market = Recorded(**rules)
    market.play("a: buy 1 @ 91 by ann")
    for name in "bcd":
        market.play(f"{name}: buy 1 @ 92")
    market.play("e: buy 1 @ 93 by ann")
    market.play("f: buy 1 @ 94\ng: buy 1 @ 95")
    return market


@pytest.mark.parametrize(
    ("limit", "pages"),
    [
        (1, [[7], [6], [5], [4], [3], [2], [1]]),
        (3, [[7, 6, 5], [4, 3, 2], [1]]),
        (6, [[7, 6, 5, 4, 3, 2], [1]]),
        (7, [[7, 6, 5, 4, 3, 2, 1]]),
        (8, [[7, 6, 5, 4, 3, 2, 1]]),
    ],
)
def test_orders_are_paged_newest_first(limit: int, pages: list[list[int]]) -> None:
    assert pages_of(listed().blotter, limit) == pages


def test_an_empty_blotter_has_one_empty_page() -> None:
    assert Blotter().orders(matches=any_order, limit=5) == ([], None)
    assert Blotter().trades(5) == ([], None)
    assert Blotter().trades(5, 3) == ([], None)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, [7, 6]),
        (99, [7, 6]),
        (8, [7, 6]),
        (7, [6, 5]),
        (3, [2, 1]),
        (2, [1]),
        (1, []),
        (0, []),
    ],
)
def test_a_page_begins_before_an_order(before: int | None, expected: list[int]) -> None:
    page, _ = listed().blotter.orders(matches=any_order, limit=2, before=before)
    assert [record.order_id for record in page] == expected


def test_a_page_may_begin_before_an_id_that_is_no_order() -> None:
    market = Recorded("a 1 | 90 |")
    market.play("cancel 9 -> rejected unknown_order 9\nb: buy 1 @ 91")
    page, before = market.blotter.orders(matches=any_order, limit=5, before=2)
    assert ([record.order_id for record in page], before) == ([1], None)


def test_a_page_holds_what_matches() -> None:
    blotter = listed().blotter
    page, before = blotter.orders(matches=lambda _, account: account == "ann", limit=1)
    assert ([record.order_id for record in page], before) == ([5], 5)
    page, before = blotter.orders(
        matches=lambda status, account: status == "new" and account == "ann", limit=9, before=5
    )
    assert ([record.order_id for record in page], before) == ([1], None)
    assert blotter.orders(matches=lambda status, _: status == "filled", limit=9) == ([], None)


def test_one_page_does_not_look_at_more_than_its_share_of_orders() -> None:
    blotter, count = Blotter(), SCAN_MAX + 1
    for order_id in range(1, count + 1):
        terms = order("buy 1 @ 90 by ann" if order_id == 1 else "buy 1 @ 90")
        blotter.record(Sequenced(order_id, 0, terms), [OrderAccepted(order_id, terms)])
    looked_at = []

    def is_anns(status: OrderStatus, account: str | None) -> bool:
        looked_at.append(account)
        return account == "ann"

    assert blotter.orders(matches=is_anns, limit=1) == ([], 2)
    assert len(looked_at) == SCAN_MAX
    page, before = blotter.orders(matches=is_anns, limit=2, before=2)
    assert ([record.order_id for record in page], before) == ([1], None)
    assert blotter.orders(matches=is_anns, limit=1, before=count) == (page, None)


def traded(count: int, blotter: Blotter | None = None) -> Recorded:
    """A market that has seen some trades, all with the same maker."""
    market = Recorded("| 100 | a 99", blotter=blotter)
    for trade_id in range(1, count + 1):
        market.play(f"t: buy 1 @ 100 at {trade_id} -> ok, t buys 1 @ 100 from a")
    return market


def test_a_trade_is_on_record_with_its_time() -> None:
    page, _ = traded(2).blotter.trades(1)
    assert [(one.trade.trade_id, one.sequence, one.time_ns) for one in page] == [(2, 3, 2)]
    assert page[0].trade.taker_order_id == 3


@pytest.mark.parametrize(
    ("limit", "pages"),
    [
        (1, [[5], [4], [3], [2], [1]]),
        (2, [[5, 4], [3, 2], [1]]),
        (4, [[5, 4, 3, 2], [1]]),
        (5, [[5, 4, 3, 2, 1]]),
        (6, [[5, 4, 3, 2, 1]]),
    ],
)
def test_trades_are_paged_newest_first(limit: int, pages: list[list[int]]) -> None:
    assert trade_pages_of(traded(5).blotter, limit) == pages


@pytest.mark.parametrize(
    ("before", "expected", "next_"),
    [(99, [5, 4], 4), (6, [5, 4], 4), (5, [4, 3], 3), (3, [2, 1], None), (1, [], None)],
)
def test_a_page_begins_before_a_trade(before: int, expected: list[int], next_: int | None) -> None:
    page, found = traded(5).blotter.trades(2, before)
    assert ([record.trade.trade_id for record in page], found) == (expected, next_)


def test_old_trades_are_forgotten() -> None:
    blotter = traded(7, Blotter(trades_max=3)).blotter
    assert trade_pages_of(blotter, 2) == [[7, 6], [5]]
    assert blotter.trades(2, 4) == ([], None)


def test_finished_orders_are_forgotten_in_the_order_in_which_they_finished() -> None:
    market = listed(blotter=Blotter(finished_orders_max=2))
    assert market.kept() == "g f e d c b a"
    market.play("cancel c -> c canceled 1 requested\ncancel a -> a canceled 1 requested")
    assert market.kept() == "g f e d c b a"
    market.play("cancel e -> e canceled 1 requested")
    assert market.kept() == "g f e d b a"
    market.play("cancel g -> g canceled 1 requested\nt: sell 1 @ 94 -> ok, t sells 1 @ 94 to f")
    assert market.kept() == "t f d b"
    assert pages_of(market.blotter, 1) == [[12], [6], [4], [2]]


def test_open_orders_are_never_forgotten() -> None:
    market = listed(blotter=Blotter(finished_orders_max=0))
    market.play("cancel c -> c canceled 1 requested\ncancel a -> a canceled 1 requested")
    assert market.kept() == "g f e d b"


def test_orders_are_paged_while_old_ones_are_forgotten() -> None:
    market = listed(blotter=Blotter(finished_orders_max=0))
    _, before = market.blotter.orders(matches=any_order, limit=3)
    assert before == 5
    for name in "eda":
        market.play(f"cancel {name} -> {name} canceled 1 requested")
    page, before = market.blotter.orders(matches=any_order, limit=3, before=before)
    assert ([record.order_id for record in page], before) == ([3, 2], None)


def test_a_long_history_leaves_the_few_orders_that_are_kept() -> None:
    market = Recorded("a 1 | 90 |", blotter=Blotter(finished_orders_max=2))
    for name in "bcdefghijk":
        market.play(f"{name}: buy 1 @ 90 ioc -> ok, {name} canceled 1 ioc_remainder")
    assert market.kept() == "k j a"
    market.play("l: buy 1 @ 90")
    assert pages_of(market.blotter, 1) == [[12], [11], [10], [1]]


def test_a_bounded_blotter_does_not_grow() -> None:
    blotter, terms = Blotter(finished_orders_max=10, trades_max=10), order("buy 1 @ 90 ioc")
    count = 10_000
    tracemalloc.start()
    try:
        for order_id in range(1, count + 1):
            remainder = OrderCanceled(order_id, terms.side, 90, 1, CancelReason.IOC_REMAINDER)
            events: list[Event] = [OrderAccepted(order_id, terms), remainder]
            blotter.record(Sequenced(order_id, 0, terms), events)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 2 * count, "less than two bytes for each order"
