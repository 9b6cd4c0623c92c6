"""Replace: less quantity at the same price keeps the place in line, anything else comes in anew."""

import pytest

from builders import Market, order
from goquant.book.commands import ReplaceOrder
from goquant.book.events import OrderReplaced

BOOK = """
                  | 102 | d 5
    a 5, b 5, c 5 | 100 |
"""


@pytest.mark.parametrize(
    ("change", "outcome", "level"),
    [
        ("3", "a replaced in place", "a 3, b 5, c 5"),
        ("5", "a replaced in place", "a 5, b 5, c 5"),
        ("", "a replaced in place", "a 5, b 5, c 5"),
        ("@ 100", "a replaced in place", "a 5, b 5, c 5"),
        ("4 @ 100", "a replaced in place", "a 4, b 5, c 5"),
        ("6", "a replaced behind", "b 5, c 5, a 6"),
        ("6 @ 100", "a replaced behind", "b 5, c 5, a 6"),
    ],
)
def test_the_same_price_and_no_more_quantity_keeps_the_place(
    change: str, outcome: str, level: str
) -> None:
    market = Market(BOOK)
    market.play(f"replace a {change} -> {outcome}")
    market.shows(f"| 102 | d 5\n {level} | 100 |")


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_less_quantity_keeps_any_place_in_the_queue(name: str) -> None:
    market = Market(BOOK)
    market.play(f"replace {name} 1 -> {name} replaced in place")
    market.shows(BOOK.replace(f"{name} 5", f"{name} 1"))


def test_another_price_loses_the_place_even_for_less_quantity_and_even_on_the_way_back() -> None:
    market = Market(BOOK)
    market.play("replace a 2 @ 101 -> a replaced behind")
    market.shows("""
                      | 102 | d 5
                  a 2 | 101 |
             b 5, c 5 | 100 |
    """)
    market.play("replace a @ 100 -> a replaced behind")
    market.shows("""
                      | 102 | d 5
        b 5, c 5, a 2 | 100 |
    """)


def test_a_better_price_may_trade_at_once_under_the_old_id() -> None:
    market = Market(BOOK)
    market.play("replace b @ 103 -> b replaced behind, b buys 5 @ 102 from d")
    market.shows("a 5, c 5 | 100 |")
    market.play("cancel b -> rejected unknown_order b")


def test_what_is_left_after_trading_rests_at_the_new_price() -> None:
    market = Market(BOOK)
    market.play("replace b 8 @ 102 -> b replaced behind, b buys 5 @ 102 from d")
    market.shows("""
             b 3 | 102 |
        a 5, c 5 | 100 |
    """)


def test_the_quantity_is_that_of_the_whole_order_its_filled_part_included() -> None:
    market = Market(BOOK)
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 2 @ 100 to a
        replace a 4        -> a replaced in place
    """)
    market.shows(BOOK.replace("a 5", "a 2"))
    market.play("replace a 9 -> a replaced behind")
    market.shows("""
                      | 102 | d 5
        b 5, c 5, a 7 | 100 |
    """)


def test_the_filled_part_cannot_be_taken_back() -> None:
    market = Market(BOOK)
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 2 @ 100 to a
        replace a 1        -> rejected quantity_filled a
        replace a 2        -> rejected quantity_filled a
        replace a 2 @ 99   -> rejected quantity_filled a
        replace a 3        -> a replaced in place
    """)
    market.shows(BOOK.replace("a 5", "a 1"))


def test_a_price_change_of_a_partly_filled_order_moves_only_what_is_left() -> None:
    market = Market(BOOK)
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 2 @ 100 to a
        replace a @ 99     -> a replaced behind
    """)
    market.shows("""
                 | 102 | d 5
        b 5, c 5 | 100 |
             a 3 |  99 |
    """)


def test_only_an_open_order_can_be_replaced() -> None:
    market = Market(BOOK)
    market.play("""
        replace 99 3       -> rejected unknown_order 99
        cancel a           -> a canceled 5 requested
        replace a 3        -> rejected unknown_order a
        t: buy 5 @ 102     -> ok, t buys 5 @ 102 from d
        replace d 9        -> rejected unknown_order d
        replace t 9        -> rejected unknown_order t
    """)


def test_the_event_carries_the_terms_before_and_after() -> None:
    market = Market("a 5 by alice id x | 100 |")
    before = order("buy 5 @ 100 by alice id x")
    assert market.apply(ReplaceOrder(1, quantity=4)) == [
        OrderReplaced(1, before, order("buy 4 @ 100 by alice id x"), kept_priority=True)
    ]
    assert market.apply(ReplaceOrder(1, price=99, quantity=9)) == [
        OrderReplaced(
            1,
            order("buy 4 @ 100 by alice id x"),
            order("buy 9 @ 99 by alice id x"),
            kept_priority=False,
        )
    ]


def test_a_replaced_order_meets_the_limits_of_the_instrument_again() -> None:
    rules = {"quantity_min": 2, "quantity_max": 20, "price_max": 10_000, "notional_min": 500}
    market = Market("a 6 | 100 |", **rules)
    market.play("""
        replace a 1            -> rejected quantity_too_small a
        replace a 21           -> rejected quantity_too_large a
        replace a @ 10001      -> rejected price_too_large a
        replace a 4            -> rejected notional_too_small a
        replace a @ 83         -> rejected notional_too_small a
        replace a 5            -> a replaced in place
    """)


def test_a_replaced_notional_must_fit_64_bits() -> None:
    market = Market(f"a {10**15} | 1 |")
    market.play("replace a @ 10000 -> rejected notional_too_large a")


def test_post_only_is_asked_again_when_the_place_is_lost() -> None:
    market = Market("| 102 | d 5\n a 5 post_only | 100 |")
    market.play("""
        replace a @ 102      -> rejected post_only_would_take a
        replace a 9 @ 103    -> rejected post_only_would_take a
        replace a 9 @ 101    -> a replaced behind
    """)
    market.shows("| 102 | d 5\n a 9 | 101 |")


def test_the_band_is_asked_again_only_when_the_place_is_lost() -> None:
    # 5 % around 100 is 95 to 105; around 104 it is 98.8 to 109.2.
    market = Market("| 104 | b 1\n a 5 | 96 |", last=100, price_band_bps=500)
    market.play("""
        t: buy 1 @ 104    -> ok, t buys 1 @ 104 from b
        replace a 6       -> rejected price_band a
        replace a @ 98    -> rejected price_band a
        replace a 4       -> a replaced in place
        replace a @ 99    -> a replaced behind
    """)
    market.shows("a 4 | 99 |")


def test_a_refused_replace_leaves_the_order_in_its_place() -> None:
    market = Market(BOOK, quantity_max=5)
    market.play("replace b 6 -> rejected quantity_too_large b")
    market.shows(BOOK)


def test_self_trade_prevention_holds_for_a_replaced_order() -> None:
    market = Market("| 102 | a 5 by alice\n b 5 by alice | 100 |")
    market.play("replace b @ 102 -> b replaced behind, b canceled 5 self_trade")
    market.shows("| 102 | a 5")


def test_limits_on_open_orders_do_not_stop_a_replace() -> None:
    market = Market("a 5 by alice | 100 |", account_open_orders_max=1, open_orders_max=1)
    market.play("replace a @ 99 -> a replaced behind")


def test_a_replaced_gtd_order_still_expires() -> None:
    market = Market("a 5 gtd 500 | 100 |")
    market.play("""
        replace a @ 99     -> a replaced behind
        wait at 500        -> a canceled 5 expired
    """)


ARMED = """
    armed r: buy 5 stop 105 @ 106
    armed s: buy 5 stop 105
    armed t: buy 5 stop 105
"""


@pytest.mark.parametrize(
    ("command", "outcome", "drawing"),
    [
        ("replace s 3", "s replaced in place", ARMED.replace("s: buy 5", "s: buy 3")),
        ("replace s", "s replaced in place", ARMED),
        ("replace r 3", "r replaced in place", ARMED.replace("r: buy 5", "r: buy 3")),
        ("replace s @ 106", "rejected price_not_allowed s", ARMED),
        ("replace s 3 @ 106", "rejected price_not_allowed s", ARMED),
    ],
)
def test_an_armed_order_can_be_replaced(command: str, outcome: str, drawing: str) -> None:
    market = Market(ARMED, last=100)
    market.play(f"{command} -> {outcome}")
    market.shows(drawing)


def test_an_armed_order_that_loses_its_place_is_armed_behind_all_others() -> None:
    market = Market(ARMED, last=100)
    market.play("""
        replace s 6        -> s replaced behind
        replace r @ 107    -> r replaced behind
    """)
    market.shows("""
        armed t: buy 5 stop 105
        armed s: buy 6 stop 105
        armed r: buy 5 stop 105 @ 107
    """)


def test_an_armed_order_meets_no_band_and_no_taker_before_it_is_triggered() -> None:
    market = Market(
        "| 101 | a 1\n armed s: buy 5 stop 105 @ 100 post_only", last=100, price_band_bps=500
    )
    market.play("replace s @ 200 -> s replaced behind")
    market.shows("| 101 | a 1\n armed s: buy 5 stop 105 @ 200")


def test_a_triggered_order_that_rests_is_replaced_like_a_limit_order() -> None:
    market = Market("b 1 | 99 |\n armed s: sell 5 stop 99 @ 101", last=100)
    market.play("""
        t: sell 1 @ 99     -> ok, t sells 1 @ 99 to b, s triggered
        u: buy 1 @ 100
        replace s @ 100    -> s replaced behind, s sells 1 @ 100 to u
    """)
    market.shows("| 100 | s 4")
