"""Every reason to refuse an order, and the order in which they are asked."""

import re
from pathlib import Path

import pytest

from builders import Market, order
from goquant.book.commands import Command
from goquant.book.enums import CancelReason, RejectReason
from goquant.book.events import OrderRejected

RULES = Path(__file__).parents[2] / "docs" / "matching.md"


def outcomes(terms: dict[str, str], **rules: int) -> dict[str, str]:
    """What a new market, one for each, says to each of these orders."""
    found = {}
    for each in terms:
        [event, *_] = Market(**rules).apply(order(each))
        found[each] = event.reason if isinstance(event, OrderRejected) else "ok"
    return found


def test_quantities_outside_their_limits_are_refused() -> None:
    table = {
        "buy 9 @ 100": "quantity_too_small",
        "buy 10 @ 100": "ok",
        "buy 20 @ 100": "ok",
        "buy 21 @ 100": "quantity_too_large",
        "sell 9 market": "quantity_too_small",
        "sell 21 stop 90": "quantity_too_large",
    }
    assert outcomes(table, quantity_min=10, quantity_max=20) == table


def test_prices_above_the_maximum_are_refused() -> None:
    table = {
        "buy 1 @ 1000": "ok",
        "buy 1 @ 1001": "price_too_large",
        "buy 1 @ 1": "ok",
        "buy 1 stop 1000": "ok",
        "buy 1 stop 1001": "trigger_price_too_large",
        "buy 1 stop 1001 @ 1000": "trigger_price_too_large",
        "buy 1 stop 1001 @ 1001": "price_too_large",
    }
    assert outcomes(table, price_max=1000) == table


def test_notionals_below_the_minimum_are_refused_for_orders_with_a_limit_price() -> None:
    table = {
        "buy 4 @ 100": "notional_too_small",
        "buy 5 @ 99": "notional_too_small",
        "buy 5 @ 100": "ok",
        "buy 1 stop 200 @ 499": "notional_too_small",
        "buy 1 market": "ok",
        "buy 1 stop 200": "ok",
    }
    assert outcomes(table, notional_min=500) == table


def test_notionals_beyond_64_bits_are_refused() -> None:
    # 2**63 - 1 is 7 * 7 * 73 * 127 * 337 * 92737 * 649657.
    quantity = 7 * 7 * 337 * 649657
    price = (2**63 - 1) // quantity
    table = {
        f"buy {quantity} @ {price}": "ok",
        f"buy {quantity} @ {price + 1}": "notional_too_large",
        f"buy {quantity + 1} @ {price}": "notional_too_large",
        f"buy {10**15} @ {10**15}": "notional_too_large",
        f"buy {10**15} market": "ok",
    }
    assert outcomes(table) == table


def test_an_account_may_have_so_many_open_orders_armed_ones_included() -> None:
    market = Market(account_open_orders_max=2)
    market.play("""
        a: buy 1 @ 100 by alice
        b: buy 1 stop 200 by alice
        c: buy 1 @ 100 by alice                   -> rejected too_many_open_orders
        c: buy 1 @ 100 gtd 500 by alice           -> rejected too_many_open_orders
        c: buy 1 stop 200 by alice                -> rejected too_many_open_orders
        c: sell 1 stop 200 @ 100 ioc by alice     -> rejected too_many_open_orders
        c: buy 1 @ 100 ioc by alice               -> ok, c canceled 1 ioc_remainder
        c: buy 1 @ 100 fok by alice               -> ok, c canceled 1 fok_not_fillable
        c: buy 1 market by alice                  -> ok, c canceled 1 no_liquidity
        d: buy 1 @ 100 by bob                     -> ok
        cancel a                                  -> a canceled 1 requested
        c: buy 1 @ 100 by alice                   -> ok
    """)


def test_an_order_that_would_be_filled_at_once_counts_as_one_that_may_stay_open() -> None:
    market = Market("| 101 | a 1 by bob", account_open_orders_max=1)
    market.play("""
        b: buy 1 @ 90 by alice
        c: buy 1 @ 101 by alice        -> rejected too_many_open_orders
        c: buy 1 @ 101 ioc by alice    -> ok, c buys 1 @ 101 from a
    """)


def test_orders_without_an_account_are_not_counted() -> None:
    market = Market(account_open_orders_max=1)
    market.play("a: buy 1 @ 100\n b: buy 1 @ 100\n c: buy 1 @ 100")


def test_every_way_out_of_the_book_makes_room_for_the_account() -> None:
    market = Market(account_open_orders_max=1)
    market.play("""
        a: buy 1 @ 100 gtd 500 by alice
        wait at 500                         -> a canceled 1 expired
        b: buy 1 @ 100 by alice
        t: sell 1 @ 100                     -> ok, t sells 1 @ 100 to b
        c: buy 1 @ 100 by alice
        cancel_all alice                    -> c canceled 1 requested
        d: buy 1 @ 100 by alice
        u: sell 1 @ 100 ioc by alice cancel_maker
        -> ok, d canceled 1 self_trade, u canceled 1 ioc_remainder
        e: sell 1 stop 99 by alice
        v: buy 1 @ 99
        w: sell 1 market                    -> ok, w sells 1 @ 99 to v, e triggered
        -> e canceled 1 no_liquidity
        f: buy 1 @ 50 by alice
    """)


def test_a_book_holds_so_many_open_orders_of_everybody() -> None:
    market = Market(open_orders_max=2)
    market.play("""
        a: buy 1 @ 100
        s: sell 1 stop 90 by alice
        b: buy 1 @ 100                -> rejected book_full
        b: buy 1 stop 200 by bob      -> rejected book_full
        b: buy 1 @ 100 ioc            -> ok, b canceled 1 ioc_remainder
        cancel s                      -> s canceled 1 requested
        b: buy 1 @ 100                -> ok
    """)


@pytest.mark.parametrize(
    ("price", "outcome"),
    [(95, "rejected price_band"), (96, "ok"), (106, "ok"), (107, "rejected price_band")],
)
@pytest.mark.parametrize("terms", ["buy 1 @ {}", "sell 1 @ {}"])
def test_a_limit_outside_the_band_is_refused(terms: str, price: int, outcome: str) -> None:
    # 5 % around 101 is 95.95 to 106.05: whole ticks inside it are 96 to 106.
    market = Market(last=101, price_band_bps=500)
    market.play(f"t: {terms.format(price)} -> {outcome}")


def test_the_band_follows_the_last_trade_and_does_not_reach_back() -> None:
    market = Market("a 1 | 95 |\n | 105 | b 1", last=100, price_band_bps=500)
    market.play("""
        t: buy 1 @ 105    -> ok, t buys 1 @ 105 from b
        c: buy 1 @ 95     -> rejected price_band
        c: buy 1 @ 110    -> ok
    """)
    market.shows("""
        c 1 | 110 |
        a 1 |  95 |
    """)


def test_before_the_first_trade_and_when_switched_off_there_is_no_band() -> None:
    Market(price_band_bps=500).play("a: buy 1 @ 1 -> ok")
    Market(last=100).play("a: buy 1 @ 1 -> ok")


# Each order below breaks the rule on its line and all those further down.
@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ("buy 99 @ 199 post_only gtd 500 by alice id x", "client_order_id_reused"),
        ("buy 1 @ 199 post_only gtd 500 by alice", "quantity_too_small"),
        ("buy 99 @ 999 stop 999 post_only gtd 500 by alice", "quantity_too_large"),
        ("buy 5 @ 999 stop 999 post_only gtd 500 by alice", "price_too_large"),
        ("buy 5 @ 50 stop 999 post_only gtd 500 by alice", "trigger_price_too_large"),
        ("buy 5 @ 50 post_only gtd 500 by alice", "notional_too_small"),
        ("buy 5 @ 199 post_only gtd 500 by alice", "already_expired"),
        ("buy 5 @ 199 post_only by alice", "too_many_open_orders"),
        ("buy 5 @ 199 post_only", "book_full"),
    ],
)
def test_the_first_rule_that_is_broken_decides(terms: str, reason: RejectReason) -> None:
    limits = {"quantity_min": 2, "quantity_max": 50, "price_max": 200, "notional_min": 500}
    counts = {"account_open_orders_max": 1, "open_orders_max": 2, "price_band_bps": 500}
    market = Market(**limits, **counts)
    market.play("""
        p: sell 5 @ 100
        q: buy 5 @ 100             -> ok, q buys 5 @ 100 from p
        a: buy 5 @ 100 by alice id x
        b: sell 5 @ 105
    """)
    market.play(f"t: {terms} at 600 -> rejected {reason}" + (" a" if " id " in terms else ""))


def test_the_band_is_asked_before_post_only() -> None:
    market = Market("| 104 | a 1", last=100, price_band_bps=500)
    market.play("""
        t: buy 1 @ 106 post_only    -> rejected price_band
        t: buy 1 @ 105 post_only    -> rejected post_only_would_take
    """)


def test_a_refusal_of_a_new_order_names_no_order() -> None:
    command: Command = order("buy 1 @ 100")
    market = Market(quantity_min=2)
    assert market.apply(command) == [OrderRejected(RejectReason.QUANTITY_TOO_SMALL, None)]


@pytest.mark.parametrize("reason", [*RejectReason, *CancelReason])
def test_the_rules_of_matching_explain_every_reason(reason: RejectReason | CancelReason) -> None:
    quoted = re.findall(r"`([^`]+)`", RULES.read_text(encoding="utf-8"))
    assert reason in {word for words in quoted for word in re.findall(r"\w+", words)}
