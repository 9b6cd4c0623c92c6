"""Post-only orders make liquidity or are refused; they never take."""

import pytest

from builders import Market

BOOK = """
        | 102 | a 5
    b 5 | 100 |
"""


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [
        ("buy 1 @ 101 post_only", "ok"),
        ("buy 1 @ 102 post_only", "rejected post_only_would_take"),
        ("buy 1 @ 103 post_only", "rejected post_only_would_take"),
        ("sell 1 @ 101 post_only", "ok"),
        ("sell 1 @ 100 post_only", "rejected post_only_would_take"),
        ("sell 1 @ 99 post_only", "rejected post_only_would_take"),
        ("sell 1 @ 99 post_only gtd 500", "rejected post_only_would_take"),
        ("sell 1 @ 101 post_only gtd 500", "ok"),
    ],
)
def test_an_order_that_would_take_is_refused_and_any_other_rests(terms: str, outcome: str) -> None:
    market = Market(BOOK)
    market.play(f"t: {terms} -> {outcome}")
    if outcome != "ok":
        market.shows(BOOK)


def test_a_post_only_order_rests_behind_all_others_at_its_price() -> None:
    market = Market(BOOK)
    market.play("t: buy 1 @ 100 post_only -> ok")
    market.shows("""
                 | 102 | a 5
        b 5, t 1 | 100 |
    """)


def test_with_nobody_on_the_other_side_every_price_may_rest() -> None:
    market = Market()
    market.play("t: buy 1 @ 1000000 post_only -> ok")
    market.shows("t 1 | 1000000 |")


def test_a_resting_post_only_order_trades_as_maker_like_any_other() -> None:
    market = Market("| 101 | a 5 post_only")
    market.play("t: buy 2 @ 101 -> ok, t buys 2 @ 101 from a")
    market.shows("| 101 | a 3")


def test_the_order_of_its_own_account_counts_as_taking_too() -> None:
    market = Market("| 101 | a 5 by alice")
    market.play("t: buy 2 @ 101 post_only by alice cancel_maker -> rejected post_only_would_take")
    market.shows("| 101 | a 5")


def test_a_refused_order_spends_a_sequence_and_nothing_else() -> None:
    market = Market(BOOK)
    before = market.engine.dump()
    market.play("t: buy 1 @ 102 post_only id x -> rejected post_only_would_take")
    after = market.engine.dump()
    assert after.head.sequence == before.head.sequence + 1
    assert (after.orders, after.client_order_ids) == (before.orders, ())
