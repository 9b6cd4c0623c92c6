"""How the numbers of one instrument are written, and its rules in that writing."""

from msgspec import Struct

from ..book.instrument import INTEGER_MAX, Instrument
from .decimals import Scale, divide_half_even, exact, fixed

# Decimals of an average price beyond those of the tick size.
AVERAGE_DIGITS = 4

# Fee rates are whole millionths.
RATE_DIGITS = 6


class Rules(Struct, frozen=True):
    """An instrument as clients see it: all bounds inclusive, all decimals as text."""

    symbol: str
    base: str
    quote: str
    tick_size: str
    lot_size: str
    quantity_min: str
    quantity_max: str
    price_max: str
    notional_min: str
    notional_max: str
    maker_fee_rate: str
    taker_fee_rate: str
    price_band_bps: int
    open_orders_max: int
    account_open_orders_max: int


class Units:
    """Writes ticks, lots and what is made of them as decimal text, and reads them back."""

    __slots__ = (
        "_no_fee",
        "_product",
        "_product_digits",
        "instrument",
        "prices",
        "quantities",
        "rules",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.prices = Scale(instrument.tick_size)
        self.quantities = Scale(instrument.lot_size)
        self._product = self.prices.step * self.quantities.step
        self._product_digits = self.prices.digits + self.quantities.digits
        self._no_fee = fixed(0, self.prices.digits)
        self.rules = self._rules()

    def order_id(self, number: int) -> str:
        """The public id of an order. It names the symbol, so that nobody has to look that up."""
        return f"{self.instrument.symbol}-{number}"

    def price(self, ticks: int | None) -> str | None:
        """A price with the decimals of the tick size."""
        return None if ticks is None else self.prices.text(ticks)

    def notional(self, value: int) -> str:
        """An amount in tick x lot units, exact, with the decimals of the tick size or more."""
        return exact(value * self._product, self._product_digits, self.prices.digits)

    def fee(self, value: int) -> str:
        """A fee, exact, with the decimals of the tick size or more."""
        if not value:
            return self._no_fee
        digits = self._product_digits + RATE_DIGITS
        return exact(value * self._product, digits, self.prices.digits)

    def average_price(self, notional: int, filled: int) -> str | None:
        """The average price of so many lots, rounded half to even; None when there are none."""
        if not filled:
            return None
        value = notional * self.prices.step * 10**AVERAGE_DIGITS
        return fixed(divide_half_even(value, filled), self.prices.digits + AVERAGE_DIGITS)

    def _rules(self) -> Rules:
        instrument = self.instrument
        return Rules(
            symbol=instrument.symbol,
            base=instrument.base,
            quote=instrument.quote,
            tick_size=self.prices.text(1),
            lot_size=self.quantities.text(1),
            quantity_min=self.quantities.text(instrument.quantity_min),
            quantity_max=self.quantities.text(instrument.quantity_max),
            price_max=self.prices.text(instrument.price_max),
            notional_min=self.notional(instrument.notional_min),
            notional_max=self.notional(INTEGER_MAX),
            maker_fee_rate=exact(instrument.maker_fee_rate, RATE_DIGITS, 0),
            taker_fee_rate=exact(instrument.taker_fee_rate, RATE_DIGITS, 0),
            price_band_bps=instrument.price_band_bps,
            open_orders_max=instrument.open_orders_max,
            account_open_orders_max=instrument.account_open_orders_max,
        )
