"""Expiry: time comes in with the commands, and what is due goes before the command is looked at."""

import pytest

from builders import Market, order
from goquant.book.commands import ExpireOrders
from goquant.book.enums import CancelReason, Side
from goquant.book.events import OrderCanceled


@pytest.mark.parametrize(("time_ns", "is_gone"), [(499, False), (500, True), (501, True)])
def test_an_order_is_gone_from_its_time_on(time_ns: int, is_gone: bool) -> None:
    market = Market("a 5 gtd 500 | 100 |")
    market.play(f"wait at {time_ns}" + (" -> a canceled 5 expired" if is_gone else ""))
    market.shows("empty" if is_gone else "a 5 | 100 |")


def test_an_order_expires_before_the_command_that_would_have_hit_it() -> None:
    market = Market("a 5 gtd 500 | 100 |")
    market.play("t: sell 5 @ 100 at 500 -> a canceled 5 expired, ok")
    market.shows("| 100 | t 5")


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("cancel a", "rejected unknown_order a"),
        ("replace a 3", "rejected unknown_order a"),
        ("cancel_all", "b canceled 1 requested"),
        ("t: sell 9 market fok", "ok, t canceled 9 fok_not_fillable"),
        ("t: sell 9 @ 100 gtd 500", "rejected already_expired"),
        ("z: buy 1 @ 99 id x", "repeats b"),
    ],
)
def test_expiry_comes_first_whatever_becomes_of_the_command(command: str, outcome: str) -> None:
    market = Market("a 9 gtd 500 | 100 |\n b 1 id x | 99 |")
    market.play(f"{command} at 500 -> a canceled 9 expired, {outcome}")


def test_what_is_due_goes_earliest_first_and_at_one_time_lowest_id_first() -> None:
    market = Market()
    market.play("""
        a: buy 1 @ 100 gtd 700
        b: sell 2 @ 105 gtd 600
        c: buy 3 @ 101 gtd 500
        d: buy 4 @ 102 gtd 600
        e: buy 5 @ 103 gtd 701
        wait at 700
        -> c canceled 3 expired, b canceled 2 expired, d canceled 4 expired, a canceled 1 expired
    """)
    market.shows("e 5 | 103 |")


def test_a_replaced_order_keeps_its_turn_to_expire() -> None:
    market = Market("a 1 gtd 500, b 2 gtd 500 | 100 |")
    market.play("""
        replace a @ 99    -> a replaced behind
        wait at 500       -> a canceled 1 expired, b canceled 2 expired
    """)


def test_armed_orders_expire_too() -> None:
    market = Market("armed s: buy 5 stop 102 @ 102 gtd 500", last=100)
    market.play("wait at 499")
    market.shows("armed s: buy 5 stop 102 @ 102")
    market.play("""
        wait at 500        -> s canceled 5 expired
        a: sell 1 @ 102    -> ok
        t: buy 1 @ 102     -> ok, t buys 1 @ 102 from a
    """)


def test_an_armed_order_expires_before_the_trade_that_would_have_released_it() -> None:
    market = Market("| 102 | a 1\n armed s: buy 5 stop 102 @ 102 gtd 500", last=100)
    market.play("t: buy 1 @ 102 at 500 -> s canceled 5 expired, ok, t buys 1 @ 102 from a")


def test_a_triggered_order_that_rests_still_expires() -> None:
    market = Market("| 102 | a 1\n armed s: buy 5 stop 102 @ 101 gtd 500", last=100)
    market.play("t: buy 1 @ 102 -> ok, t buys 1 @ 102 from a, s triggered")
    market.shows("s 5 | 101 |")
    market.play("wait at 500 -> s canceled 5 expired")


def test_a_partly_filled_order_expires_with_what_is_left() -> None:
    market = Market("a 5 gtd 500 | 100 |")
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 2 @ 100 to a
        wait at 500        -> a canceled 3 expired
    """)


@pytest.mark.parametrize("ending", ["cancel a -> a canceled 5 requested", "fill"])
def test_an_order_that_is_gone_does_not_expire_again(ending: str) -> None:
    market = Market("a 5 gtd 500 | 100 |")
    market.play(ending.replace("fill", "t: sell 5 @ 100 -> ok, t sells 5 @ 100 to a"))
    market.play("wait at 500")


def test_an_order_that_is_due_already_is_refused() -> None:
    market = Market()
    market.play("""
        wait at 500
        a: buy 5 @ 100 gtd 499               -> rejected already_expired
        b: buy 5 @ 100 gtd 500               -> rejected already_expired
        c: buy 5 stop 102 @ 102 gtd 500      -> rejected already_expired
        d: buy 5 @ 100 gtd 501               -> ok
    """)


def test_waiting_does_nothing_but_let_time_pass() -> None:
    market = Market("a 5 | 100 |")
    market.play("wait\n wait at 10\n wait at 10\n wait at 900")
    market.shows("a 5 | 100 |")
    assert market.engine.time_ns == 900


def test_the_event_of_an_expiry_says_all_of_it() -> None:
    market = Market()
    market.apply(order("sell 5 @ 100 gtd 500"))
    market.time_ns = 500
    assert market.apply(ExpireOrders()) == [
        OrderCanceled(1, Side.SELL, 100, 5, CancelReason.EXPIRED)
    ]
