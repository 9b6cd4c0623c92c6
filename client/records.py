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

    def __post_init__(self) -> None:
        if self.order is None and self.error is None:
            raise ValueError("a result is an order or an error")

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


class Resting(Struct, frozen=True, array_like=True):
    """An order in a book as everybody sees it."""

    price: Decimal
    quantity: Decimal
    order_id: str


class BookOrders(Struct, frozen=True):
    """Orders of both sides in the order in which they will trade, after the command `sequence`."""

    symbol: str
    sequence: int
    time: str | None
    bids: list[Resting]
    asks: list[Resting]


class Candle(Struct, frozen=True):
    """The trades of a stretch of time that begins at `start`."""

    start: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int


class Candles(Struct, frozen=True):
    """Candles, oldest first, of all trades up to `last_trade_id`; where nothing traded there is none."""

    symbol: str
    interval: str
    last_trade_id: int
    candles: list[Candle]


class Day(Struct, frozen=True):
    """The trades from `start` up to `last_trade_id`; the prices are None if nothing traded."""

    start: str
    last_trade_id: int
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal
    trades: int


class Ticker(Struct, frozen=True):
    """A market in a line. `day` covers the last 24 hours, and is None while nobody can tell."""

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


class Version(Struct, frozen=True):
    """That there is an exchange, and which."""

    status: str
    version: str


class SymbolState(Struct, frozen=True):
    """Whether a symbol takes orders, and why not if it does not."""

    symbol: str
    state: str
    reason: str | None


class Ready(Struct, frozen=True):
    """That orders are taken: `status` is `ready`, or `degraded` while some symbols take none."""

    status: str
    version: str
    symbols: list[SymbolState]


class SymbolStatus(Struct, frozen=True):
    """How a symbol is. Sequences are its own, positions count all records of the journal."""

    symbol: str
    state: str
    reason: str | None
    sequence: int
    inbox_depth: int
    restarts: int
    snapshot_sequence: int | None
    snapshot_position: int | None
    snapshot_age_s: float | None


class JournalStatus(Struct, frozen=True):
    """How the journal is. `position` is that of the last command in it."""

    fsync: str
    file: str
    position: int
    problem: str | None


class HistoryStatus(Struct, frozen=True):
    """How the history is. It is written up to `position`; None until that is known."""

    position: int | None
    restarts: int
    problem: str | None


class Status(Struct, frozen=True):
    """How the exchange is. Without a journal it lives in memory; the history may be switched off."""

    version: str
    running: bool
    journal: JournalStatus | None
    history: HistoryStatus | None
    symbols: list[SymbolStatus]
