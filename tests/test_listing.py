"""Listed instruments: every rule of their tables, and the way into ticks and lots and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goquant.book.instrument import INTEGER_MAX, Instrument
from goquant.listing import DEFAULT_INSTRUMENTS, SIZE_DECIMALS_MAX, read_instruments, to_table
from goquant.rules import Unquoted, toml

TABLE: dict[str, object] = {"symbol": "X-USD", "tick_size": "0.01", "lot_size": "0.001"}


def instrument(**changes: object) -> Instrument:
    problems: list[str] = []
    (only,) = read_instruments([TABLE | changes], "", problems)
    assert problems == []
    return only


def problems_of(tables: object) -> list[str]:
    problems: list[str] = []
    read_instruments(tables, "", problems)
    return problems


def test_a_table_becomes_an_instrument_in_ticks_and_lots() -> None:
    assert instrument(
        quantity_min="0.005",
        quantity_max=100,
        price_max="1000.00",
        notional_min="1.5",
        maker_fee="-0.0001",
        taker_fee="0.000250",
        price_band="0.1",
        open_orders_max=7,
        account_open_orders_max="6",
        client_order_ids_max=1,
    ) == Instrument(
        symbol="X-USD",
        base="X",
        quote="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        quantity_min=5,
        quantity_max=100_000,
        price_max=100_000,
        notional_min=150_000,
        maker_fee_rate=-100,
        taker_fee_rate=250,
        price_band_bps=1000,
        open_orders_max=7,
        account_open_orders_max=6,
        client_order_ids_max=1,
    )


def test_what_a_table_leaves_out_is_the_default_of_the_instrument() -> None:
    tick, lot = Decimal("0.01"), Decimal("0.001")
    listed = Instrument(symbol="X-USD", base="X", quote="USD", tick_size=tick, lot_size=lot)
    assert instrument() == listed


@pytest.mark.parametrize(
    ("value", "units"),
    [("0", 0), ("0.00001", 1), ("0.000011", 2), ("0.00000000001", 1), (3, 300_000)],
)
def test_the_least_notional_is_rounded_up(value: object, units: int) -> None:
    assert instrument(notional_min=value).notional_min == units


def test_sizes_keep_the_decimals_in_which_they_were_written() -> None:
    assert to_table(instrument(tick_size="0.50"))["tick_size"] == "0.50"
    assert to_table(instrument(tick_size=10))["tick_size"] == "10"


# As a string this would do for every key that is a decimal.
UNQUOTED = Unquoted("0.05")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("symbol", "btc-USD", "BASE-QUOTE"),
        ("symbol", "BTCUSD", "BASE-QUOTE"),
        ("symbol", "A-B-C", "BASE-QUOTE"),
        ("symbol", "ABCDEFGHIJKLMNOPQ-USD", "1 to 16"),
        ("symbol", "X-USD\n", "BASE-QUOTE"),
        ("symbol", "USD-USD", "not the same"),
        ("symbol", 5, "BASE-QUOTE"),
        ("tick_size", "0", "above 0"),
        ("tick_size", "-0.01", "above 0"),
        ("tick_size", "1e-2", "a decimal string"),
        ("tick_size", ".5", "a decimal string"),
        ("tick_size", "NaN", "a decimal string"),
        ("tick_size", "0.0000000000001", "at most 12 decimals"),
        ("tick_size", "1000000.1", "at most 1000000"),
        ("tick_size", UNQUOTED, f'quoted, "{UNQUOTED}", so that it stays exact'),
        ("lot_size", UNQUOTED, "so that it stays exact"),
        ("quantity_min", UNQUOTED, "so that it stays exact"),
        ("price_max", UNQUOTED, "so that it stays exact"),
        ("notional_min", UNQUOTED, "so that it stays exact"),
        ("maker_fee", UNQUOTED, "so that it stays exact"),
        ("price_band", UNQUOTED, "so that it stays exact"),
        ("lot_size", True, "a decimal string"),
        ("quantity_min", "0.0015", "a multiple of lot_size 0.001 from 0.001 to"),
        ("quantity_min", "0", "a multiple of lot_size 0.001 from 0.001 to"),
        ("quantity_max", "1000000000000000000000", "a multiple of lot_size 0.001 from"),
        ("price_max", "0.015", "a multiple of tick_size 0.01 from 0.01 to"),
        ("notional_min", "-1", "a decimal string from 0 to"),
        ("notional_min", "99999999999999999999", "a decimal string from 0 to"),
        ("maker_fee", "0.0000001", "a multiple of 0.000001 from -0.1 to 0.1"),
        ("taker_fee", "0.100001", "a multiple of 0.000001 from -0.1 to 0.1"),
        ("price_band", "0.00001", "a multiple of 0.0001 from 0 to 1"),
        ("price_band", "1.0001", "a multiple of 0.0001 from 0 to 1"),
        ("price_band", "-0.1", "a multiple of 0.0001 from 0 to 1"),
        ("open_orders_max", 0, "a whole number from 1 to 10000000"),
        ("open_orders_max", UNQUOTED, "a whole number from 1 to 10000000"),
        ("account_open_orders_max", "1.5", "a whole number from 1 to 10000000"),
        ("client_order_ids_max", 0, "a whole number from 1 to 10000000"),
    ],
)
def test_bad_instruments_are_told_with_symbol_key_value_and_rule(
    key: str, value: object, says: str
) -> None:
    (problem,) = problems_of([TABLE | {key: value}])
    assert problem.startswith("instrument ")
    assert f": {key} = {toml(value)}: must be " in problem
    assert says in problem


@pytest.mark.parametrize("key", TABLE)
def test_three_keys_are_required(key: str) -> None:
    (problem,) = problems_of([{k: v for k, v in TABLE.items() if k != key}])
    assert f": {key} is missing: must be " in problem
    assert ("instrument 1:" if key == "symbol" else "instrument X-USD:") in problem


def test_limits_must_leave_something_to_trade() -> None:
    crossed = problems_of([TABLE | {"quantity_min": "2", "quantity_max": "1.5"}])
    assert crossed == ['instrument X-USD: quantity_min = "2": must be at most quantity_max, 1.5']
    (problem,) = problems_of([TABLE | {"price_max": 2, "quantity_max": 3, "notional_min": "6.01"}])
    assert problem.endswith(
        'notional_min = "6.01": must be at most price_max x quantity_max, 2 x 3'
    )


def test_symbols_are_unique() -> None:
    (problem,) = problems_of([TABLE, TABLE])
    assert problem.endswith('symbol = "X-USD": must be listed once')


@pytest.mark.parametrize("tables", [[], 1, [1], {}])
def test_there_is_at_least_one_instrument(tables: object) -> None:
    (problem,) = problems_of(tables)
    assert problem.startswith("instruments = ")


def test_an_unknown_key_of_an_instrument_suggests_the_nearest() -> None:
    (problem,) = problems_of([TABLE | {"tick": "0.01"}])
    assert problem.endswith("instrument X-USD: tick is unknown: did you mean tick_size?")


def test_the_default_limits_of_bitcoin_let_recorded_flow_pass() -> None:
    """The extremes of half an hour at Bitstamp, which is no part of this repository."""
    bitcoin = DEFAULT_INSTRUMENTS[0]
    assert (bitcoin.symbol, bitcoin.tick_size) == ("BTC-USD", Decimal("0.01"))
    assert bitcoin.lot_size == Decimal("0.00000001")
    assert bitcoin.quantity_min == 1
    assert bitcoin.quantity_max * bitcoin.lot_size >= 138_800
    assert bitcoin.price_max * bitcoin.tick_size >= 999_999_999
    assert bitcoin.notional_min == 0
    assert INTEGER_MAX * bitcoin.tick_size * bitcoin.lot_size >= 10_227_186
    assert bitcoin.open_orders_max >= 6_534


sizes = st.decimals(
    min_value=Decimal("1e-12"), max_value=1_000_000, places=SIZE_DECIMALS_MAX
) | st.integers(-12, 6).map(lambda exponent: Decimal(10) ** exponent)
counts = st.integers(1, INTEGER_MAX)


@given(sizes, sizes, counts, counts, counts, st.integers(-100_000, 100_000))
def test_every_instrument_is_read_from_its_own_table(
    tick_size: Decimal, lot_size: Decimal, quantity: int, price: int, notional: int, rate: int
) -> None:
    listed = Instrument(
        symbol="X-USD",
        base="X",
        quote="USD",
        tick_size=tick_size,
        lot_size=lot_size,
        quantity_min=quantity,
        quantity_max=quantity,
        price_max=price,
        notional_min=min(notional, price * quantity),
        maker_fee_rate=rate,
        taker_fee_rate=-rate,
    )
    assert instrument(**to_table(listed)) == listed
