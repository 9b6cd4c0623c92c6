"""An engine goes by other rules from the next command on, as long as they count in its units."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from builders import Market, instrument, order
from goquant.book.enums import Side
from goquant.book.events import Trade
from goquant.book.invariants import check

BOOK = """
                 | 102 | a 9
    b 9 by alice | 100 |
"""


def adopting(market: Market, **rules: Any) -> None:
    """Change some rules of a market, and nothing else about it."""
    before = market.engine.dump()
    market.engine.adopt(replace(market.engine.instrument, **rules))
    assert market.engine.dump() == before
    check(market.engine)


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ({"quantity_min": 2}, "t: buy 1 @ 90 -> rejected quantity_too_small"),
        ({"quantity_max": 8}, "t: buy 9 @ 90 -> rejected quantity_too_large"),
        ({"price_max": 89}, "t: buy 1 @ 90 -> rejected price_too_large"),
        ({"notional_min": 91}, "t: buy 1 @ 90 -> rejected notional_too_small"),
        ({"price_band_bps": 500}, "t: buy 1 @ 90 -> rejected price_band"),
        ({"open_orders_max": 2}, "t: buy 1 @ 90 -> rejected book_full"),
        ({"account_open_orders_max": 1}, "t: buy 1 @ 90 by alice -> rejected too_many_open_orders"),
        ({"quantity_max": 8}, "replace b 10 -> rejected quantity_too_large b"),
    ],
)
def test_new_limits_apply_from_the_next_command(rules: dict[str, Any], line: str) -> None:
    market = Market(BOOK, last=101)
    adopting(market, **rules)
    market.play(line)
    market.shows(BOOK.replace("by alice", ""))


def test_open_orders_beyond_new_limits_stay_and_trade() -> None:
    market = Market(BOOK, last=101)
    adopting(market, quantity_max=5, price_max=99, open_orders_max=1, price_band_bps=1)
    adopting(market, price_band_bps=0)
    market.play("""
        t: buy 5 market    -> ok, t buys 5 @ 102 from a
        u: sell 5 market   -> ok, u sells 5 @ 100 to b
    """)
    market.shows("| 102 | a 4\n b 4 | 100 |")


def test_new_fees_apply_from_the_next_trade() -> None:
    market = Market(BOOK, maker_fee_rate=-100, taker_fee_rate=250)
    before = market.apply(order("buy 1 @ 102"))[-1]
    adopting(market, maker_fee_rate=10, taker_fee_rate=20)
    after = market.apply(order("buy 1 @ 102"))[-1]
    trade = Trade(
        1, 102, 1, Side.BUY, maker_order_id=1, taker_order_id=3, maker_fee=-10_200, taker_fee=25_500
    )
    assert before == trade
    assert after == replace(trade, trade_id=2, taker_order_id=4, maker_fee=1_020, taker_fee=2_040)


def test_a_lower_bound_of_client_order_ids_is_met_in_time() -> None:
    market = Market(client_order_ids_max=5)
    for name in "abcde":
        market.play(f"{name}: buy 1 @ 90 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
    adopting(market, client_order_ids_max=3)
    known = []
    for name in "fgh":
        market.play(f"{name}: buy 1 @ 90 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
        known.append(remembered(market))
    assert known == ["c d e f", "e f g", "f g h"]


def test_a_higher_bound_of_client_order_ids_leaves_room() -> None:
    market = Market(client_order_ids_max=1)
    adopting(market, client_order_ids_max=2)
    for name in "abc":
        market.play(f"{name}: buy 1 @ 90 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
    assert remembered(market) == "b c"


def test_ids_of_open_orders_outlive_a_lower_bound() -> None:
    market = Market("a 1 id a, b 1 id b, c 1 id c | 90 |")
    adopting(market, client_order_ids_max=1)
    for name in "def":
        market.play(f"{name}: buy 1 @ 80 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
        assert set("abc") <= set(remembered(market))
    for name in "abc":
        market.play(f"cancel {name} -> {name} canceled 1 requested")
    for name in "ghijk":
        market.play(f"{name}: buy 1 @ 80 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
    assert remembered(market) == "k"


def remembered(market: Market) -> str:
    """The client order ids that are known, the next to be forgotten first."""
    known = market.engine.dump().client_order_ids
    return " ".join(entry.terms.client_order_id or "" for entry in known)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"symbol": "XYZ-USD"}, "0.01 USD and 0.001 ABC for XYZ-USD"),
        ({"base": "XYZ"}, "0.01 USD and 0.001 XYZ for ABC-USD"),
        ({"quote": "EUR"}, "0.01 EUR and 0.001 ABC for ABC-USD"),
        ({"tick_size": Decimal("0.05")}, "0.05 USD and 0.001 ABC for ABC-USD"),
        ({"lot_size": Decimal("0.002")}, "0.01 USD and 0.002 ABC for ABC-USD"),
    ],
)
def test_what_counts_in_other_units_is_refused(other: dict[str, Any], named: str) -> None:
    market = Market(BOOK)
    before = market.engine.instrument
    expected = (
        "ABC-USD counts in ticks of 0.01 USD and lots of 0.001 ABC; that cannot change to " + named
    )
    with pytest.raises(ValueError, match=f"^{expected.replace('.', '[.]')}$"):
        market.engine.adopt(instrument(**other, client_order_ids_max=1))
    assert market.engine.instrument is before
    assert market.engine.client_ids.bound == before.client_order_ids_max


def test_the_same_units_may_be_written_otherwise() -> None:
    market = Market(BOOK)
    adopting(market, tick_size=Decimal("0.010"))
