"""The instrument: its units, its band, its defaults."""

from decimal import Decimal
from typing import Any

import pytest

from builders import instrument
from goquant.book.instrument import INTEGER_MAX, Instrument


def test_the_unit_of_fees_is_a_millionth_of_tick_times_lot() -> None:
    one = instrument(tick_size=Decimal("0.01"), lot_size=Decimal("0.00000001"))
    assert one.fee_unit == Decimal("1E-16")


@pytest.mark.parametrize(
    ("bps", "reference", "band"),
    [
        (500, 100, (95, 105)),
        (500, 101, (96, 106)),  # 95.95 to 106.05, whole ticks inside it
        (500, 99, (95, 103)),  # 94.05 to 103.95
        (1, 100, (100, 100)),
        (1, 9_999, (9_999, 9_999)),
        (1, 10_000, (9_999, 10_001)),
        (10_000, 100, (0, 200)),
        (20_000, 100, (-100, 300)),
        (1_000, 10**15, (9 * 10**14, 11 * 10**14)),
    ],
)
def test_the_band_holds_the_whole_ticks_within_its_width(
    bps: int, reference: int, band: tuple[int, int]
) -> None:
    assert instrument(price_band_bps=bps).band(reference) == band


def test_the_defaults_refuse_little_and_pay_makers() -> None:
    one = Instrument(
        symbol="ABC-USD", base="ABC", quote="USD", tick_size=Decimal(1), lot_size=Decimal(1)
    )
    assert (one.quantity_min, one.quantity_max, one.price_max) == (1, 10**15, 10**15)
    assert (one.notional_min, one.price_band_bps) == (0, 0)
    assert (one.maker_fee_rate, one.taker_fee_rate) == (-100, 250)
    limits = (one.open_orders_max, one.account_open_orders_max, one.client_order_ids_max)
    assert limits == (1_000_000, 1_000, 100_000)


def test_integers_end_where_signed_64_bits_end() -> None:
    assert INTEGER_MAX == 9_223_372_036_854_775_807


def test_an_instrument_cannot_be_changed() -> None:
    one: Any = instrument()
    with pytest.raises(AttributeError):
        one.price_max = 1
