"""What became of every order: its record over its life."""

import pytest

from builders import order
from goquant.book.enums import OrderStatus
from goquant.book.records import FILLS_MAX, Fill, OrderRecord
from records import Recorded, everything


def test_a_new_order_is_on_record_as_it_was_asked_for() -> None:
    market = Recorded()
    market.play("a: buy 5 @ 100 by ann id one at 7")
    assert market.of("a") == OrderRecord(
        order_id=1,
        terms=order("buy 5 @ 100 by ann id one"),
        status=OrderStatus.NEW,
        filled=0,
        notional=0,
        fee=0,
        reason=None,
        sequence=1,
        created_ns=7,
        updated_ns=7,
        fills=(),
    )


def test_fills_add_up_on_both_sides_with_the_fees_of_their_role() -> None:
    market = Recorded(maker_fee_rate=-100, taker_fee_rate=250)
    market.play("""
        a: sell 5 @ 100 at 1
        b: sell 5 @ 102 at 2
        t: buy 7 @ 102 at 3 -> ok, t buys 5 @ 100 from a, t buys 2 @ 102 from b
        u: buy 1 @ 103 at 4 -> ok, u buys 1 @ 102 from b
    """)
    a, b, t = market.of("a"), market.of("b"), market.of("t")
    assert (a.status, a.filled, a.notional, a.fee) == ("filled", 5, 500, -50_000)
    assert (b.status, b.filled, b.notional, b.fee) == ("partially_filled", 3, 306, -30_600)
    assert (t.status, t.filled, t.notional, t.fee) == ("filled", 7, 704, 176_000)
    assert t.fills == (Fill(1, 100, 5, False, 125_000, 3), Fill(2, 102, 2, False, 51_000, 3))
    assert b.fills == (Fill(2, 102, 2, True, -20_400, 3), Fill(3, 102, 1, True, -10_200, 4))
    assert (a.sequence, a.created_ns, a.updated_ns) == (3, 1, 3)
    assert (b.sequence, b.created_ns, b.updated_ns) == (4, 2, 4)
    assert (t.sequence, t.created_ns, t.updated_ns) == (3, 3, 3)


def test_a_resting_order_is_filled_bit_by_bit() -> None:
    market = Recorded("| 100 | a 3")
    seen = [market.of("a").status]
    for taker in "xyz":
        market.play(f"{taker}: buy 1 @ 100 -> ok, {taker} buys 1 @ 100 from a")
        seen.append(market.of("a").status)
    assert seen == ["new", "partially_filled", "partially_filled", "filled"]


def test_a_replace_changes_the_terms_and_nothing_else() -> None:
    market = Recorded("| 100 | a 5")
    market.play("""
        t: buy 2 @ 100 -> ok, t buys 2 @ 100 from a
        replace a 9 @ 101 at 8 -> a replaced behind
    """)
    a = market.of("a")
    assert (a.terms.quantity, a.terms.price) == (9, 101)
    assert (a.status, a.filled, a.notional, a.sequence) == ("partially_filled", 2, 200, 3)
    assert (a.created_ns, a.updated_ns) == (0, 8)


def test_a_replaced_order_is_filled_when_its_new_quantity_is() -> None:
    market = Recorded("| 100 | a 5")
    market.play("""
        t: buy 2 @ 100 -> ok, t buys 2 @ 100 from a
        replace a 3 -> a replaced in place
        u: buy 1 @ 100 -> ok, u buys 1 @ 100 from a
    """)
    assert (market.of("a").status, market.of("a").filled) == ("filled", 3)


def test_a_replace_that_trades_is_on_record_as_a_taker() -> None:
    market = Recorded("b 2 | 99 |\n | 101 | a 2")
    market.play("replace b @ 101 -> b replaced behind, b buys 2 @ 101 from a")
    assert market.of("b").status == "filled"
    assert [fill.is_maker for fill in market.of("b").fills] == [False]
    assert [fill.is_maker for fill in market.of("a").fills] == [True]


def test_a_trigger_order_is_armed_then_new_then_filled() -> None:
    market = Recorded("| 103 | a 1\n | 102 | b 1", last=100)
    market.play("s: buy 1 @ 102 stop 102")
    assert (market.of("s").status, market.of("s").sequence) == ("armed", 5)
    market.play("replace s @ 101 -> s replaced behind")
    assert (market.of("s").status, market.of("s").terms.price) == ("armed", 101)
    market.play("t: buy 1 @ 102 at 9 -> ok, t buys 1 @ 102 from b, s triggered")
    s = market.of("s")
    assert (s.status, s.sequence, s.updated_ns) == ("new", 7, 9)
    market.play("u: sell 1 @ 101 -> ok, u sells 1 @ 101 to s")
    assert market.of("s").status == "filled"


def test_a_condition_that_is_met_already_leaves_no_order_armed() -> None:
    market = Recorded(last=100)
    market.play("s: buy 1 @ 99 stop 99 -> ok, s triggered")
    assert market.of("s").status == "new"


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        ("x: buy 1 @ 90\n cancel x -> x canceled 1 requested", "canceled", "requested"),
        ("x: buy 1 stop 200\n cancel x -> x canceled 1 requested", "canceled", "requested"),
        ("x: buy 1 @ 90 gtd 5\n wait at 5 -> x canceled 1 expired", "expired", "expired"),
        ("x: buy 1 @ 90 ioc -> ok, x canceled 1 ioc_remainder", "canceled", "ioc_remainder"),
        ("x: buy 9 @ 100 fok -> ok, x canceled 9 fok_not_fillable", "canceled", "fok_not_fillable"),
        ("x: sell 1 -> ok, x canceled 1 no_liquidity", "canceled", "no_liquidity"),
        ("x: buy 1 @ 100 by ann -> ok, x canceled 1 self_trade", "canceled", "self_trade"),
    ],
)
def test_an_order_that_ends_unfilled_says_why(script: str, status: str, reason: str) -> None:
    market = Recorded()
    market.play("a: sell 3 @ 100 by ann")
    market.play(script)
    assert (market.of("x").status, market.of("x").reason) == (status, reason)


def test_what_was_filled_before_the_end_stays() -> None:
    market = Recorded("| 100 | a 3")
    market.play("t: buy 5 @ 100 ioc -> ok, t buys 3 @ 100 from a, t canceled 2 ioc_remainder")
    t = market.of("t")
    assert (t.status, t.reason, t.filled, len(t.fills)) == ("canceled", "ioc_remainder", 3, 1)


def test_a_refusal_and_a_repeat_change_no_record() -> None:
    market = Recorded()
    market.play("a: buy 5 @ 100 by ann id one at 1")
    before = everything(market.blotter)
    market.play("""
        b: buy 5 @ 100 by ann id one at 2 -> repeats a
        c: buy 6 @ 100 by ann id one at 3 -> rejected client_order_id_reused a
        cancel 9 at 4 -> rejected unknown_order 9
    """)
    assert everything(market.blotter) == before
    assert market.blotter.order(2) is None


def test_a_record_that_was_read_stays_as_it_was() -> None:
    market = Recorded("| 100 | a 3")
    read = market.of("a")
    market.play("t: buy 1 @ 100 -> ok, t buys 1 @ 100 from a")
    assert (read.status, read.filled, read.fills) == ("new", 0, ())


def test_a_record_lists_the_newest_fills_and_sums_up_all() -> None:
    count = FILLS_MAX + 3
    market = Recorded(f"| 100 | a {count + 1}", maker_fee_rate=-100)
    for _ in range(count):
        market.play("t: buy 1 @ 100 -> ok, t buys 1 @ 100 from a")
    a = market.of("a")
    assert [fill.trade_id for fill in a.fills] == list(range(4, count + 1))
    assert (a.status, a.filled, a.notional) == ("partially_filled", count, 100 * count)
    assert a.fee == -10_000 * count
