"""Numbers and times: text outside, integers inside, and nothing lost between."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api import BTC, START, START_NS
from goquant.web.decimals import DECIMAL, Scale, divide_half_even, exact, fixed
from goquant.web.times import parse_time, time_text
from goquant.web.units import Units

STEPS = st.sampled_from(
    ["0.01", "0.05", "0.00000001", "1", "5", "25", "0.5", "1E+2", "0.000000000001"]
)


@given(STEPS, st.integers(0, 10**15))
def test_decimals_come_back_as_they_went(step: str, count: int) -> None:
    scale = Scale(Decimal(step))
    text = scale.text(count)
    assert Fraction(text) == Fraction(step) * count
    assert len(text.partition(".")[2]) == scale.digits
    assert scale.steps(text) == count


@given(STEPS, st.from_regex(DECIMAL, fullmatch=True))
def test_a_decimal_is_steps_exactly_when_it_is_a_multiple_of_the_step(step: str, text: str) -> None:
    ratio = Fraction(text) / Fraction(step)
    assert Scale(Decimal(step)).steps(text) == (ratio if ratio.denominator == 1 else None)


@given(st.integers(-(10**20), 10**20), st.integers(0, 20), st.integers(0, 20))
def test_exact_numbers_are_exact_and_end_in_no_needless_zero(
    value: int, digits: int, digits_min: int
) -> None:
    text = exact(value, digits, digits_min)
    assert Fraction(text) == Fraction(value, 10**digits) == Fraction(fixed(value, digits))
    decimals = text.partition(".")[2]
    assert len(decimals) <= max(digits_min, digits)
    assert len(decimals) <= digits_min or not decimals.endswith("0")


@given(st.integers(0, 10**30), st.integers(1, 10**15))
@example(1, 2)
@example(3, 2)
@example(5, 2)
def test_ratios_are_rounded_half_to_even(numerator: int, denominator: int) -> None:
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


def test_an_average_price_has_four_more_decimals_than_the_tick() -> None:
    units = Units(BTC)
    assert units.average_price(0, 0) is None
    assert units.average_price(100 * 1 + 101 * 2, 3) == "1.006667"
    ratio = Decimal(302) / 3 / 100
    assert ratio.quantize(Decimal("0.000001"), ROUND_HALF_EVEN) == Decimal("1.006667")


def test_fees_and_notionals_are_exact_with_two_decimals_at_least() -> None:
    units = Units(BTC)
    assert units.fee(0) == "0.00"
    assert units.fee(-1) == "-0.0000000000000001"
    assert units.fee(25 * 10**15) == "2.50"
    assert units.notional(10**10) == "1.00"


@given(st.integers(0, 2**63 - 1))
def test_times_come_back_as_they_went(time_ns: int) -> None:
    text = time_text(time_ns)
    assert len(text) == len(START)
    assert parse_time(text) == time_ns


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        (START, START_NS),
        ("2026-05-02T10:00:00Z", START_NS),
        ("2026-05-02T10:00:00+00:00", START_NS),
        ("2026-05-02T10:00:00.1Z", START_NS + 100_000_000),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
    ],
)
def test_times_may_leave_out_trailing_digits(text: str, time_ns: int) -> None:
    assert parse_time(text) == time_ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-05-02",
        "2026-05-02T10:00:00",
        "2026-05-02 10:00:00Z",
        "2026-05-02T10:00:00+01:00",
        "2026-05-02T10:00:00-00:00",
        "2026-05-02T10:00:00.Z",
        "2026-05-02T10:00:00.0000000001Z",
        "2026-02-30T10:00:00Z",
        "2026-05-02T24:00:00Z",
        "2026-05-02T10:00:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "2262-04-11T23:47:16.854775808Z",
        "9999-12-31T23:59:59Z",
        "\uff12\uff10\uff12\uff16-05-02T10:00:00Z",
        "2026-05-02T10:00:00Z\n",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_time(text)
