"""Prices are exact integers up to the end of signed 64 bits, where floats are 256 ticks apart."""

import pytest

from builders import Market
from goquant.book.depth import Depth, DepthLevel, apply_change, change, l2, touched
from goquant.book.enums import Side
from goquant.book.instrument import INTEGER_MAX

# Neither is a float, and nor is anything close to them.
FAR, BAND_LAST = 2**60 + 7, 2**61 + 7
LOW = -(-BAND_LAST * 9_999 // 10_000)
HIGH = BAND_LAST * 10_001 // 10_000


def far_market(drawing: str = "", **rules: int) -> Market:
    return Market(drawing, price_max=INTEGER_MAX, **rules)


def test_the_prices_of_these_tests_are_no_floats() -> None:
    for price in (FAR, FAR + 1, FAR + 2, LOW, HIGH):
        assert int(float(price)) != price


def test_prices_one_tick_apart_stay_apart() -> None:
    market = far_market(f"""
                | {FAR + 2} | a 1
                | {FAR + 1} | b 1
            c 1 | {FAR}     |
    """)
    market.play(f"""
        t: buy 5 @ {FAR + 1} ioc    -> ok, t buys 1 @ {FAR + 1} from b, t canceled 4 ioc_remainder
        u: sell 5 @ {FAR + 1} ioc   -> ok, u canceled 5 ioc_remainder
        p: buy 1 @ {FAR + 2} post_only   -> rejected post_only_would_take
        cancel c                         -> c canceled 1 requested
    """)
    market.shows(f"| {FAR + 2} | a 1")


def test_an_order_at_a_large_price_keeps_its_place_with_less() -> None:
    market = far_market(f"| {FAR + 1} | a 3\n b 3 | {FAR} |")
    market.play("replace a 2 -> a replaced in place\n replace b 1 -> b replaced in place")
    market.shows(f"| {FAR + 1} | a 2\n b 1 | {FAR} |")


def test_a_market_buy_stops_at_the_very_tick_where_the_band_ends() -> None:
    market = far_market(f"| {HIGH + 1} | a 1\n | {HIGH} | b 1", price_band_bps=1)
    market.play(f"""
        m: sell 1 @ {BAND_LAST}
        t: buy 1 market    -> ok, t buys 1 @ {BAND_LAST} from m
        u: buy 2 market    -> ok, u buys 1 @ {HIGH} from b, u canceled 1 price_band
    """)


def test_a_market_sell_stops_at_the_very_tick_where_the_band_ends() -> None:
    market = far_market(f"a 1 | {LOW} |\n b 1 | {LOW - 1} |", price_band_bps=1)
    market.play(f"""
        m: buy 1 @ {BAND_LAST}
        t: sell 1 market    -> ok, t sells 1 @ {BAND_LAST} to m
        u: sell 2 market    -> ok, u sells 1 @ {LOW} to a, u canceled 1 price_band
    """)


@pytest.mark.parametrize("side", list(Side))
def test_touched_levels_at_large_prices_are_found(side: Side) -> None:
    drawing = f"a 1 | {FAR} |" if side is Side.BUY else f"| {FAR} | a 1"
    found = touched(side, far_market(drawing).engine.book, {FAR})
    assert found == (DepthLevel(FAR, 1, 1),)


def test_changes_of_depth_at_large_prices_come_best_first() -> None:
    before = Depth((DepthLevel(FAR + 1, 1, 1),), ())
    after = l2(far_market(f"a 1 | {FAR + 2} |\n b 1 | {FAR} |").engine.book)
    difference = change(before, after)
    assert [level.price for level in difference.bids] == [FAR + 2, FAR + 1, FAR]
    assert apply_change(before, difference) == after
    assert apply_change(after, change(after, before)) == before


def test_a_merged_depth_at_large_prices_is_best_first() -> None:
    before, after = (
        l2(far_market(drawing).engine.book)
        for drawing in (f"| {FAR + 1} | a 1", f"| {FAR + 1} | a 1\n | {FAR} | b 1")
    )
    assert apply_change(before, change(before, after)) == after
