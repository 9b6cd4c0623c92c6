"""What time in force does with the quantity that does not trade at once."""

import pytest

from builders import Market

ASKS = """
    | 103 | c 3
    | 102 | b 2
    | 101 | a 1
"""


def test_gtc_rests() -> None:
    market = Market("| 101 | a 1")
    market.play("t: buy 3 @ 101 gtc -> ok, t buys 1 @ 101 from a")
    market.shows("t 2 | 101 |")


def test_gtd_rests_until_its_time() -> None:
    market = Market("| 101 | a 1")
    market.play("t: buy 3 @ 101 gtd 500 -> ok, t buys 1 @ 101 from a")
    market.shows("t 2 | 101 |")
    market.play("wait at 500 -> t canceled 2 expired")
    market.shows("empty")


def test_ioc_trades_what_it_can_and_never_rests() -> None:
    market = Market(ASKS)
    market.play("""
        t: buy 9 @ 102 ioc
        -> ok, t buys 1 @ 101 from a, t buys 2 @ 102 from b, t canceled 6 ioc_remainder
    """)
    market.shows("| 103 | c 3")


def test_ioc_that_is_filled_leaves_nothing_to_cancel() -> None:
    market = Market(ASKS)
    market.play("t: buy 1 @ 101 ioc -> ok, t buys 1 @ 101 from a")


def test_ioc_that_crosses_nothing_is_canceled_whole() -> None:
    market = Market(ASKS)
    market.play("t: buy 1 @ 100 ioc -> ok, t canceled 1 ioc_remainder")
    market.shows(ASKS)


def test_a_limit_ioc_on_an_empty_book_is_an_ioc_remainder() -> None:
    market = Market()
    market.play("t: sell 1 @ 100 ioc -> ok, t canceled 1 ioc_remainder")


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [
        ("buy 1 @ 101 fok", "t buys 1 @ 101 from a"),
        ("buy 2 @ 101 fok", "t canceled 2 fok_not_fillable"),
        ("buy 3 @ 102 fok", "t buys 1 @ 101 from a, t buys 2 @ 102 from b"),
        ("buy 4 @ 102 fok", "t canceled 4 fok_not_fillable"),
        ("buy 4 @ 103 fok", "t buys 1 @ 101 from a, t buys 2 @ 102 from b, t buys 1 @ 103 from c"),
        ("buy 7 @ 999 fok", "t canceled 7 fok_not_fillable"),
        ("buy 1 @ 100 fok", "t canceled 1 fok_not_fillable"),
        ("buy 2 @ 101 fok by alice", "t canceled 2 fok_not_fillable"),
        ("buy 2 @ 102 fok by alice", "t buys 1 @ 101 from a, t buys 1 @ 102 from b"),
        ("buy 7 @ 999 fok by alice", "t canceled 7 fok_not_fillable"),
    ],
)
def test_fok_is_filled_whole_within_its_limit_or_not_at_all(terms: str, outcome: str) -> None:
    market = Market(ASKS)
    market.play(f"t: {terms} -> ok, {outcome}")
    if "canceled" in outcome:
        market.shows(ASKS)


def test_a_sell_fok_walks_the_bids() -> None:
    market = Market("""
        a 1 | 100 |
        b 2 |  99 |
    """)
    market.play("""
        t: sell 3 @ 100 fok    -> ok, t canceled 3 fok_not_fillable
        u: sell 3 @ 99 fok     -> ok, u sells 1 @ 100 to a, u sells 2 @ 99 to b
    """)
    market.shows("empty")


def test_a_fok_that_is_killed_leaves_every_queue_as_it_was() -> None:
    market = Market("""
             | 102 | a 1, b 2, c 3
        d 1  | 101 |
    """)
    before = market.engine.dump()
    market.play("t: buy 7 @ 102 fok -> ok, t canceled 7 fok_not_fillable")
    after = market.engine.dump()
    assert (after.orders, after.head.last_trade_id) == (before.orders, 0)
