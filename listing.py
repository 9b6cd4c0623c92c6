"""Which instruments are listed: `[[instruments]]` tables in decimal strings <-> `Instrument`.

The book counts in whole units, so every number of a table has to be a multiple of its unit.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, prod
from typing import TypeVar

from attrs import frozen

from .book.instrument import BASIS_POINTS, FEE_RATE_UNIT, INTEGER_MAX, Instrument
from .rules import Rule, Unquoted, broken, decimal, text, unknown

# What clients write has at most this many decimals, too.
SIZE_DECIMALS_MAX = 12
SIZE_MAX = 1_000_000

# A tenth of the notional, in millionths: more is a percentage that was taken for a fraction.
FEE_RATE_MAX = 100_000

# More is a slip of the finger: no book here is meant to hold ten million orders.
COUNT_MAX = 10_000_000

# More than a 64-bit count of the smallest units has, so that arithmetic is never rounded.
EXACT_DIGITS = 60

# What is listed when the configuration does not say. Sizes are fine enough for recorded flow of real
# venues, and the limits of BTC-USD let a real half hour pass whole: people do bid 138,800 BTC and
# ask 999,999,999 USD. One order's notional stays below 2**63 units of tick x lot.
DEFAULT_TABLES: list[dict[str, object]] = [
    {
        "symbol": "BTC-USD",
        "tick_size": "0.01",
        "lot_size": "0.00000001",
        "quantity_max": "1000000",
        "price_max": "1000000000",
    },
    {
        "symbol": "ETH-USD",
        "tick_size": "0.01",
        "lot_size": "0.00000001",
        "quantity_max": "10000000",
        "price_max": "100000000",
    },
    {
        "symbol": "SOL-USD",
        "tick_size": "0.001",
        "lot_size": "0.00000001",
        "quantity_max": "100000000",
        "price_max": "10000000",
    },
]

T = TypeVar("T")

_SIDE = "[A-Z0-9]{1,16}"


def _symbol() -> Rule[str]:
    rule = text(f"{_SIDE}-{_SIDE}", "BASE-QUOTE, each 1 to 16 of A to Z and 0 to 9, not the same")

    def read(value: object) -> str:
        base, _, quote = (symbol := rule.read(value)).partition("-")
        if base == quote:
            raise ValueError
        return symbol

    return Rule(rule.says, read)


def _size() -> Rule[Decimal]:
    def read(value: object) -> Decimal:
        size = decimal(value)
        exponent = size.as_tuple().exponent
        assert isinstance(exponent, int), "decimal() reads finite numbers only"
        if not 0 < size <= SIZE_MAX or -exponent > SIZE_DECIMALS_MAX:
            raise ValueError
        return size

    says = f"above 0 and at most {SIZE_MAX}, with at most {SIZE_DECIMALS_MAX} decimals"
    return Rule(f"a decimal string, {says}", read)


SYMBOL = _symbol()
SIZE = _size()

# The keys that a table must have, each with its help.
REQUIRED = {
    "symbol": "BASE-QUOTE; prices are in the quote currency, quantities in the base currency",
    "tick_size": "prices are multiples of this",
    "lot_size": "quantities are multiples of this",
}


@frozen
class Limit:
    """A number of a table: a multiple of `scale` times the sizes in `of`, counted by `field`.

    `low` and `high` bound the count. A table without it gets the default of `Instrument`.
    """

    key: str
    help: str
    field: str
    low: int
    high: int
    of: tuple[str, ...] = ()
    scale: Decimal = Decimal(1)
    rounds_up: bool = False

    @property
    def is_plain_count(self) -> bool:
        """Whether it counts things, so that a TOML integer is the way to write it."""
        return not self.of and self.scale == 1

    def unit(self, sizes: Mapping[str, Decimal]) -> Decimal:
        """What one of the count is worth."""
        with localcontext(prec=EXACT_DIGITS):
            return prod((sizes[size] for size in self.of), start=self.scale)

    def count(self, value: Decimal, unit: Decimal) -> int:
        """How many units a value is. Raises ValueError if it breaks the rule."""
        units = Fraction(value) / Fraction(unit)
        if units.denominator != 1 and not self.rounds_up:
            raise ValueError
        if not self.low <= (count := ceil(units)) <= self.high:
            raise ValueError
        return count

    def says(self, unit: Decimal) -> str:
        """The rule, in words that follow "must be"."""
        bounds = f"from {plain(self.low, unit)} to {plain(self.high, unit)}"
        if self.rounds_up:
            return f"a decimal string {bounds}"
        if self.is_plain_count:
            return f"a whole number {bounds}"
        return f"a multiple of {''.join(f'{size} ' for size in self.of)}{plain(1, unit)} {bounds}"


def _fee(side: str) -> Limit:
    return Limit(
        f"{side}_fee",
        f"what a {side} pays, as a fraction of the notional; negative to be paid",
        f"{side}_fee_rate",
        -FEE_RATE_MAX,
        FEE_RATE_MAX,
        scale=FEE_RATE_UNIT,
    )


def _most(key: str, help: str) -> Limit:
    return Limit(key, help, key, 1, COUNT_MAX)


_LOT = ("lot_size",)
_TICK = ("tick_size",)

LIMITS = (
    Limit("quantity_min", "least quantity of an order", "quantity_min", 1, INTEGER_MAX, _LOT),
    Limit("quantity_max", "largest quantity of an order", "quantity_max", 1, INTEGER_MAX, _LOT),
    Limit("price_max", "highest price of an order", "price_max", 1, INTEGER_MAX, _TICK),
    Limit(
        "notional_min",
        "least price x quantity of an order; rounded up to a multiple of tick_size x lot_size",
        "notional_min",
        0,
        INTEGER_MAX,
        _TICK + _LOT,
        rounds_up=True,
    ),
    _fee("maker"),
    _fee("taker"),
    Limit(
        "price_band",
        "how far from the last trade a price may be, as a fraction of it; 0 for no band",
        "price_band_bps",
        0,
        BASIS_POINTS,
        scale=Decimal(1) / BASIS_POINTS,
    ),
    _most("open_orders_max", "open orders of everybody"),
    _most("account_open_orders_max", "open orders of one account"),
    _most("client_order_ids_max", "remembered ids beyond those of open orders"),
)

# Every key of a table, in order, with its help.
KEYS = REQUIRED | {limit.key: limit.help for limit in LIMITS}
DECIMALS = {"tick_size", "lot_size", *(limit.key for limit in LIMITS if not limit.is_plain_count)}


def read_instruments(tables: object, where: str, problems: list[str]) -> tuple[Instrument, ...]:
    """Turn the tables of a file into instruments; what is wrong with them goes to `problems`."""
    if not isinstance(tables, list) or not tables:
        problems.append(
            broken(f"{where}instruments", tables, "[[instruments]] tables, at least one")
        )
        return ()
    instruments = []
    symbols = set()
    for index, table in enumerate(tables, 1):
        if not isinstance(table, dict):
            problems.append(broken(f"{where}instruments", table, "[[instruments]] tables"))
            continue
        symbol = symbol_of(table)
        reader = _TableReader(table, f"{where}instrument {symbol or index}: ")
        if symbol in symbols:
            reader.refuse("symbol", "listed once")
        symbols.add(symbol)
        instrument = reader.instrument()
        problems += reader.problems
        if instrument is not None:
            instruments.append(instrument)
    return tuple(instruments)


def symbol_of(table: Mapping[str, object]) -> str | None:
    """The symbol that a table gives itself, if it does."""
    symbol = table.get("symbol")
    return symbol if isinstance(symbol, str) else None


def to_table(instrument: Instrument) -> dict[str, str | int]:
    """The table that is read as this instrument."""
    sizes = {"tick_size": instrument.tick_size, "lot_size": instrument.lot_size}
    table: dict[str, str | int] = {"symbol": instrument.symbol}
    # As they were written: the decimals of the sizes are those in which clients see prices.
    table |= {key: f"{size:f}" for key, size in sizes.items()}
    for limit in LIMITS:
        count: int = getattr(instrument, limit.field)
        unit = limit.unit(sizes)
        table[limit.key] = count if limit.is_plain_count else plain(count, unit)
    return table


def plain(count: int, unit: Decimal) -> str:
    """A number of units in plain decimal notation."""
    with localcontext(prec=EXACT_DIGITS):
        return f"{(count * unit).normalize():f}"


class _TableReader:
    """Reads one table and collects all that is wrong with it."""

    def __init__(self, table: Mapping[str, object], label: str) -> None:
        self.problems = [unknown(label, key, KEYS) for key in table if key not in KEYS]
        self._table = table
        self._label = label

    def instrument(self) -> Instrument | None:
        """The instrument, unless there are problems."""
        symbol = self._required("symbol", SYMBOL)
        tick_size = self._required("tick_size", SIZE)
        lot_size = self._required("lot_size", SIZE)
        known = {"tick_size": tick_size, "lot_size": lot_size}
        sizes = {key: size for key, size in known.items() if size is not None}
        counts = {
            limit.field: count
            for limit in LIMITS
            if (count := self._count(limit, sizes)) is not None
        }
        if self.problems or symbol is None or tick_size is None or lot_size is None:
            return None
        base, quote = symbol.split("-")
        instrument = Instrument(
            symbol=symbol, base=base, quote=quote, tick_size=tick_size, lot_size=lot_size, **counts
        )
        self._check_together(instrument)
        return instrument

    def refuse(self, key: str, says: str) -> None:
        """Note that the value of a key breaks its rule."""
        value = self._table.get(key)
        if isinstance(value, Unquoted) and key in DECIMALS:
            says = f'quoted, "{value}", so that it stays exact'
        self.problems.append(broken(f"{self._label}{key}", value, says))

    def _required(self, key: str, rule: Rule[T]) -> T | None:
        if key not in self._table:
            self.problems.append(f"{self._label}{key} is missing: must be {rule.says}")
            return None
        try:
            return rule.read(self._table[key])
        except ValueError:
            self.refuse(key, rule.says)
            return None

    def _count(self, limit: Limit, sizes: Mapping[str, Decimal]) -> int | None:
        if limit.key not in self._table:
            return None
        unit = limit.unit(sizes) if sizes.keys() >= set(limit.of) else None
        says = "a decimal string" if unit is None else limit.says(unit)
        try:
            value = decimal(self._table[limit.key])
            return None if unit is None else limit.count(value, unit)
        except ValueError:
            self.refuse(limit.key, says)
            return None

    def _check_together(self, instrument: Instrument) -> None:
        """Refuse limits that leave nothing to trade."""
        limits = to_table(instrument)
        if instrument.quantity_min > instrument.quantity_max:
            self.refuse("quantity_min", f"at most quantity_max, {limits['quantity_max']}")
        if instrument.notional_min > instrument.price_max * instrument.quantity_max:
            most = f"{limits['price_max']} x {limits['quantity_max']}"
            self.refuse("notional_min", f"at most price_max x quantity_max, {most}")


def _defaults() -> tuple[Instrument, ...]:
    problems: list[str] = []
    instruments = read_instruments(DEFAULT_TABLES, "defaults: ", problems)
    assert not problems, problems
    return instruments


DEFAULT_INSTRUMENTS = _defaults()
