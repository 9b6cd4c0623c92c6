"""What is traded, in which steps, within which limits, and for which fees."""

from decimal import Decimal

from msgspec import Struct

# Fee rates are whole millionths, so that price x quantity x rate has no remainder:
# a fee is an exact integer in units of tick x lot x FEE_RATE_UNIT.
FEE_RATE_UNIT = Decimal("0.000001")

# Basis points of the price band.
BASIS_POINTS = 10_000

# Prices, quantities and notionals stay in signed 64 bits, for clients written in languages
# whose integers end.
INTEGER_MAX = 2**63 - 1


class Instrument(Struct, frozen=True, gc=False, kw_only=True):
    """One symbol's rules. The book counts prices in ticks and quantities in lots.

    Bounds are inclusive. `notional` is price x quantity in tick x lot units.
    """

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    quantity_min: int = 1
    quantity_max: int = 10**15
    price_max: int = 10**15
    notional_min: int = 0
    maker_fee_rate: int = -100
    taker_fee_rate: int = 250
    price_band_bps: int = 0  # around the last trade; 0 switches it off
    open_orders_max: int = 1_000_000
    account_open_orders_max: int = 1_000
    client_order_ids_max: int = 100_000  # how many are remembered beyond those of open orders

    @property
    def fee_unit(self) -> Decimal:
        """The value of one unit of fee, in the quote currency."""
        return self.tick_size * self.lot_size * FEE_RATE_UNIT

    def band(self, reference: int) -> tuple[int, int]:
        """The lowest and highest price allowed around a reference price, in ticks."""
        width = self.price_band_bps
        low = -(-reference * (BASIS_POINTS - width) // BASIS_POINTS)
        return low, reference * (BASIS_POINTS + width) // BASIS_POINTS
