"""Fees: exact integers, notional x rate in millionths, paid in the quote currency."""

from decimal import Decimal

import pytest

from builders import Market, order
from goquant.book.commands import ReplaceOrder
from goquant.book.events import Event, Trade


def fees(events: list[Event]) -> list[tuple[int, int]]:
    """Maker and taker fee of each trade."""
    return [(e.maker_fee, e.taker_fee) for e in events if isinstance(e, Trade)]


@pytest.mark.parametrize(
    ("maker_fee_rate", "taker_fee_rate", "expected"),
    [
        (-100, 250, (-606_000, 1_515_000)),
        (0, 0, (0, 0)),
        (1, 1, (6_060, 6_060)),
        (1_000_000, -1_000_000, (6_060_000_000, -6_060_000_000)),
    ],
)
def test_a_fee_is_notional_times_rate(
    maker_fee_rate: int, taker_fee_rate: int, expected: tuple[int, int]
) -> None:
    market = Market("| 101 | a 60", maker_fee_rate=maker_fee_rate, taker_fee_rate=taker_fee_rate)
    assert fees(market.apply(order("buy 60 @ 101"))) == [expected]


def test_by_default_the_maker_is_paid_1_bp_and_the_taker_pays_2_5_bp() -> None:
    # 0.060 ABC at 1.01 USD: a notional of 0.0606 USD.
    market = Market("| 101 | a 60")
    [(maker_fee, taker_fee)] = fees(market.apply(order("buy 60 @ 101")))
    unit = market.engine.instrument.fee_unit
    assert maker_fee * unit == Decimal("0.0606") * Decimal("-0.0001")
    assert taker_fee * unit == Decimal("0.0606") * Decimal("0.00025")


def test_each_trade_has_the_fees_of_its_own_price() -> None:
    market = Market("| 102 | b 1\n | 101 | a 2")
    assert fees(market.apply(order("buy 3 market"))) == [(-20_200, 50_500), (-10_200, 25_500)]


def test_the_side_of_the_taker_makes_no_difference() -> None:
    market = Market("a 2 | 101 |")
    assert fees(market.apply(order("sell 2 market"))) == [(-20_200, 50_500)]


def test_a_maker_that_is_replaced_into_a_trade_pays_as_taker() -> None:
    market = Market("| 101 | a 2\n b 2 | 100 |")
    assert fees(market.apply(ReplaceOrder(2, price=101))) == [(-20_200, 50_500)]


def test_filling_an_order_in_parts_costs_the_same_as_at_once() -> None:
    parts, whole = Market("| 101 | a 60"), Market("| 101 | a 60")
    in_parts = [fee for _ in range(60) for fee in fees(parts.apply(order("buy 1 @ 101")))]
    [at_once] = fees(whole.apply(order("buy 60 @ 101")))
    assert tuple(map(sum, zip(*in_parts, strict=True))) == at_once


def test_the_largest_notional_has_an_exact_fee_too() -> None:
    quantity, price = 10**9, 9 * 10**9
    market = Market(f"| {price} | a {quantity}", taker_fee_rate=333_333)
    [(_, taker_fee)] = fees(market.apply(order(f"buy {quantity} market")))
    assert taker_fee == 9 * 10**18 * 333_333
