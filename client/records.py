"""What an exchange answers, as frozen data.

Prices, quantities and fees are Decimals, exact as they were sent; times are RFC 3339 text, since a
datetime has no nanoseconds. What the exchange may add later is ignored.
"""

from decimal import Decimal

from msgspec import Struct

from ..book.enums import (
    CancelReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from .errors import ApiError, ErrorDetail


class Fill(Struct, frozen=True):
    """One order's half of a trade. `liquidity` is maker or taker; a negative fee is paid to you."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    liquidity: str
    fee: Decimal
    time: str


class Order(Struct, frozen=True, kw_only=True):
    """An order, as it stood after the command `sequence` of its symbol."""

    order_id: str
    client_order_id: str | None
    symbol: str
    account: str | None
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    expires_at: str | None
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price: Decimal | None
    trigger_price: Decimal | None
    quantity: Decimal
    filled_quantity: Decimal
    remaining_quantity: Decimal
    average_price: Decimal | None
    status: OrderStatus
    reason: CancelReason | None
    fee: Decimal
    fee_currency: str
    sequence: int
    created_at: str
    updated_at: str
    fills: list[Fill] = []
    """None in the events of a trading session, where each is an event of its own."""

    @property
    def is_open(self) -> bool:
        """Whether it can still trade, change or be canceled."""
        return self.status.is_open


class Result(Struct, frozen=True):
    """What became of one entry of a batch."""

    order: Order | None = None
    error: ErrorDetail | None = None

    def outcome(self, status: int) -> "Order | ApiError":
        """The order, or the error, which came with an answer of this status."""
        if self.error is not None:
            return ApiError(status, self.error)
        assert self.order is not None, "one of them is there"
        return self.order


class Results(Struct, frozen=True):
    """What became of a batch, in its order."""

    results: list[Result]


class Trade(Struct, frozen=True, kw_only=True):
    """A match. Trade ids of a symbol are 1, 2, 3, …"""

    trade_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    aggressor_side: Side
    maker_order_id: str
    taker_order_id: str
    maker_fee: Decimal
    taker_fee: Decimal
    sequence: int
    time: str


class Level(Struct, frozen=True, array_like=True):
    """A price of a book, what rests there, and in how many orders."""

    price: Decimal
    quantity: Decimal
    count: int


class Depth(Struct, frozen=True):
    """Levels of both sides, best first, after the command `sequence`."""

    symbol: str
    sequence: int
    time: str | None
    bids: list[Level]
    asks: list[Level]


class Candle(Struct, frozen=True):
    """The trades of a stretch of time that begins at `start`."""

    start: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int


class Day(Struct, frozen=True):
    """The last 24 hours; the prices are None if nothing traded."""

    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal
    trades: int


class Ticker(Struct, frozen=True):
    """A market in a line. `day` is None while nobody can tell."""

    symbol: str
    time: str | None
    last: Decimal | None
    bid: Level | None
    ask: Level | None
    day: Day | None


class Instrument(Struct, frozen=True, kw_only=True):
    """What is traded, and its rules. All bounds are inclusive."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    price_max: Decimal
    notional_min: Decimal
    notional_max: Decimal
    maker_fee_rate: Decimal
    taker_fee_rate: Decimal
    price_band_bps: int
    open_orders_max: int
    account_open_orders_max: int
