"""Self-trade prevention: the taker's policy says who goes when an account meets itself."""

import pytest

from builders import Market

# b is alice's own, between two strangers.
BOOK = """
    | 102 | c 3
    | 101 | a 1, b 2 by alice
"""


def test_cancel_taker_is_the_default_and_cancels_what_is_left_of_the_taker() -> None:
    market = Market(BOOK)
    market.play("t: buy 5 @ 102 by alice -> ok, t buys 1 @ 101 from a, t canceled 4 self_trade")
    market.shows("""
        | 102 | c 3
        | 101 | b 2
    """)


def test_cancel_maker_cancels_the_resting_order_and_goes_on() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 3 @ 102 by alice cancel_maker
        -> ok, t buys 1 @ 101 from a, b canceled 2 self_trade, t buys 2 @ 102 from c
    """)
    market.shows("| 102 | c 1")


def test_cancel_both_cancels_the_maker_then_the_taker() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 5 @ 102 by alice cancel_both
        -> ok, t buys 1 @ 101 from a, b canceled 2 self_trade, t canceled 4 self_trade
    """)
    market.shows("| 102 | c 3")


def test_none_trades_with_itself() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 3 @ 102 by alice none -> ok, t buys 1 @ 101 from a, t buys 2 @ 101 from b
    """)
    market.shows("| 102 | c 3")


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_it_works_the_same_on_both_sides(side: str) -> None:
    other = "sell" if side == "buy" else "buy"
    market = Market()
    market.play(f"""
        a: {side} 2 @ 100 by alice
        t: {other} 3 @ 100 by alice cancel_maker    -> ok, a canceled 2 self_trade
        u: {side} 1 @ 100 by alice cancel_both
        -> ok, t canceled 3 self_trade, u canceled 1 self_trade
    """)
    market.shows("empty")


def test_the_policy_of_the_maker_does_not_count() -> None:
    market = Market("| 101 | a 2 by alice cancel_both")
    market.play("t: buy 1 @ 101 by alice none -> ok, t buys 1 @ 101 from a")
    market.shows("| 101 | a 1")


@pytest.mark.parametrize(("maker", "taker"), [("alice", "bob"), ("", "alice"), ("alice", "")])
def test_different_accounts_trade_and_no_account_is_nobodys_own(maker: str, taker: str) -> None:
    by_maker, by_taker = (f"by {account}" if account else "" for account in (maker, taker))
    market = Market(f"| 101 | a 1 {by_maker}")
    market.play(f"t: buy 1 @ 101 {by_taker} cancel_both -> ok, t buys 1 @ 101 from a")


def test_two_orders_without_accounts_trade_with_each_other() -> None:
    market = Market("| 101 | a 1")
    market.play("t: buy 1 @ 101 cancel_both -> ok, t buys 1 @ 101 from a")


def test_a_taker_that_is_filled_just_before_its_own_order_meets_nobody() -> None:
    market = Market(BOOK)
    market.play("t: buy 1 @ 102 by alice cancel_both -> ok, t buys 1 @ 101 from a")
    market.shows("""
        | 102 | c 3
        | 101 | b 2
    """)


def test_an_own_order_beyond_the_limit_is_not_met() -> None:
    market = Market("| 102 | a 1 by alice")
    market.play("t: buy 1 @ 101 by alice -> ok")
    market.shows("""
            | 102 | a 1
        t 1 | 101 |
    """)


def test_with_only_own_orders_to_cancel_a_limit_order_comes_to_rest() -> None:
    market = Market("| 101 | a 1 by alice, b 1 by alice")
    market.play("""
        t: buy 5 @ 101 by alice cancel_maker
        -> ok, a canceled 1 self_trade, b canceled 1 self_trade
    """)
    market.shows("t 5 | 101 |")


def test_a_market_order_and_an_ioc_name_the_self_trade_as_their_reason() -> None:
    market = Market("| 101 | a 1 by alice")
    market.play("""
        t: buy 5 market by alice         -> ok, t canceled 5 self_trade
        u: buy 5 @ 101 ioc by alice      -> ok, u canceled 5 self_trade
        v: buy 5 market by alice cancel_maker
        -> ok, a canceled 1 self_trade, v canceled 5 no_liquidity
    """)


def test_nobody_trades_with_their_own_armed_order() -> None:
    market = Market("""
                   | 101 | a 1
        armed s: sell 1 stop 90 @ 90 by alice
    """)
    market.play("t: buy 1 @ 101 by alice -> ok, t buys 1 @ 101 from a")
    market.shows("armed s: sell 1 stop 90 @ 90")


@pytest.mark.parametrize("policy", ["cancel_taker", "cancel_maker", "cancel_both", "none"])
def test_fok_is_filled_when_there_is_exactly_enough_before_its_own_order(policy: str) -> None:
    market = Market(BOOK)
    market.play(f"t: buy 1 @ 102 fok by alice {policy} -> ok, t buys 1 @ 101 from a")
    market.shows("""
        | 102 | c 3
        | 101 | b 2
    """)


@pytest.mark.parametrize("policy", ["cancel_taker", "cancel_both"])
@pytest.mark.parametrize("quantity", [2, 3, 4])
def test_fok_is_killed_when_its_own_order_is_in_the_way(policy: str, quantity: int) -> None:
    market = Market(BOOK)
    market.play(f"""
        t: buy {quantity} @ 102 fok by alice {policy}
        -> ok, t canceled {quantity} fok_not_fillable
    """)
    market.shows(BOOK.replace(" by alice", ""))


def test_fok_with_cancel_maker_walks_past_its_own_order_and_does_not_count_it() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 5 @ 102 fok by alice cancel_maker    -> ok, t canceled 5 fok_not_fillable
        u: buy 4 @ 102 fok by alice cancel_maker
        -> ok, u buys 1 @ 101 from a, b canceled 2 self_trade, u buys 3 @ 102 from c
    """)
    market.shows("empty")


def test_fok_with_none_counts_its_own_order() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 7 @ 102 fok by alice none    -> ok, t canceled 7 fok_not_fillable
        u: buy 6 @ 102 fok by alice none
        -> ok, u buys 1 @ 101 from a, u buys 2 @ 101 from b, u buys 3 @ 102 from c
    """)


def test_fok_market_orders_obey_self_trade_prevention_too() -> None:
    market = Market(BOOK)
    market.play("""
        t: buy 2 market fok by alice                 -> ok, t canceled 2 fok_not_fillable
        u: buy 2 market fok by alice cancel_maker
        -> ok, u buys 1 @ 101 from a, b canceled 2 self_trade, u buys 1 @ 102 from c
    """)
