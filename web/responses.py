"""The public JSON of everything that the exchange answers, each shape as a class.

Accounts and client order ids are only in orders, which are for their owners; books and
trades are for everybody.
"""

from msgspec import UNSET, Struct, UnsetType

from ..actors.exchange import JournalStatus
from ..actors.historian import HistoryStatus
from ..actors.supervisor import SymbolState
from ..book.depth import Depth, DepthLevel, Orders, RestingOrder
from ..book.enums import (
    CancelReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from ..book.events import Trade
from ..book.records import Fill, OrderRecord, TradeRecord
from ..persistence.history_candles import Candle
from .errors import ErrorDetail
from .times import time_text
from .units import Rules, Units

MAKER = "maker"
TAKER = "taker"


class FillView(Struct, frozen=True):
    """One order's half of a trade."""

    trade_id: int
    price: str
    quantity: str
    liquidity: str
    fee: str
    time: str


class OrderView(Struct, frozen=True):
    """An order. `remaining_quantity` is what did not trade, whether it is open still or not.

    In execution reports it has no `fills`: each of them is an event of its own.
    """

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
    price: str | None
    trigger_price: str | None
    quantity: str
    filled_quantity: str
    remaining_quantity: str
    average_price: str | None
    status: OrderStatus
    reason: CancelReason | None
    fee: str
    fee_currency: str
    sequence: int
    created_at: str
    updated_at: str
    fills: list[FillView] | UnsetType = UNSET


class OrdersView(Struct, frozen=True):
    """Orders that are all there are."""

    orders: list[OrderView]


class Result(Struct, frozen=True, omit_defaults=True):
    """What became of one entry of a batch: an order, or an error."""

    order: OrderView | UnsetType = UNSET
    error: ErrorDetail | UnsetType = UNSET


class Results(Struct, frozen=True):
    """What became of a batch, in its order."""

    results: list[Result]


class OrdersPage(Struct, frozen=True):
    """Some orders, newest first, and the cursor for those that follow."""

    orders: list[OrderView]
    next: str | None


class TradeView(Struct, frozen=True):
    """A trade as everybody may see it."""

    trade_id: int
    symbol: str
    price: str
    quantity: str
    aggressor_side: Side
    maker_order_id: str
    taker_order_id: str
    maker_fee: str
    taker_fee: str
    sequence: int
    time: str


class TradesPage(Struct, frozen=True):
    """Some trades, newest first, and the trade id to pass as `before` for those that follow."""

    symbol: str
    trades: list[TradeView]
    next: int | None


# Price, quantity, and the number of orders.
LevelView = tuple[str, str, int]

# Price, quantity, and the id of the order.
RestingView = tuple[str, str, str]


class CandleView(Struct, frozen=True):
    """The trades of a stretch of time that begins at `start`."""

    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int


class CandlesView(Struct, frozen=True):
    """Candles, oldest first; where nothing traded there is none.

    They contain every trade up to `last_trade_id`, and none after it.
    """

    symbol: str
    interval: str
    last_trade_id: int
    candles: list[CandleView]


class DayView(Struct, frozen=True):
    """The trades from `start` up to `last_trade_id`. Prices are null if nothing traded."""

    start: str
    last_trade_id: int
    open: str | None
    high: str | None
    low: str | None
    close: str | None
    volume: str
    trades: int


class TickerView(Struct, frozen=True):
    """A market in a line. `day` covers the last 24 hours; null if the history cannot tell now."""

    symbol: str
    time: str | None
    last: str | None
    bid: LevelView | None
    ask: LevelView | None
    day: DayView | None


class SymbolsView(Struct, frozen=True):
    """All that is traded."""

    symbols: list[Rules]


class VersionView(Struct, frozen=True):
    """That there is an exchange, and which."""

    status: str
    version: str


class SymbolStateView(Struct, frozen=True):
    """Whether a symbol takes orders, and why not if it does not."""

    symbol: str
    state: SymbolState
    reason: str | None


class ReadyView(Struct, frozen=True):
    """That orders are taken, and for which symbols."""

    status: str
    version: str
    symbols: list[SymbolStateView]


class SymbolStatusView(Struct, frozen=True):
    """How a symbol is. Sequences are its own, positions count all records of the journal."""

    symbol: str
    state: SymbolState
    reason: str | None
    sequence: int
    inbox_depth: int
    restarts: int
    snapshot_sequence: int | None
    snapshot_position: int | None
    snapshot_age_s: float | None


class StatusView(Struct, frozen=True):
    """How the exchange is. Without a journal it lives in memory; the history may be switched off."""

    version: str
    running: bool
    journal: JournalStatus | None
    history: HistoryStatus | None
    symbols: list[SymbolStatusView]


class BookView(Struct, frozen=True):
    """Both sides of a book by price, best first, as they were after the command `sequence`."""

    symbol: str
    sequence: int
    time: str | None
    bids: list[LevelView]
    asks: list[LevelView]


class BookOrdersView(Struct, frozen=True):
    """Both sides of a book by order, in the order in which they will trade, as in `BookView`."""

    symbol: str
    sequence: int
    time: str | None
    bids: list[RestingView]
    asks: list[RestingView]


def order_view(units: Units, record: OrderRecord, *, with_fills: bool = True) -> OrderView:
    """An order as its owner sees it."""
    terms = record.terms
    instrument = units.instrument
    lots = units.quantities.text
    quantity, created_at = lots(terms.quantity), time_text(record.created_ns)
    # Nearly every order is seen first when nothing of it has traded.
    is_new = record.updated_ns == record.created_ns
    return OrderView(
        order_id=units.order_id(record.order_id),
        client_order_id=terms.client_order_id,
        symbol=instrument.symbol,
        account=terms.account,
        side=terms.side,
        type=terms.type,
        time_in_force=terms.time_in_force,
        expires_at=None if terms.expires_at_ns is None else time_text(terms.expires_at_ns),
        post_only=terms.post_only,
        self_trade_prevention=terms.self_trade_prevention,
        price=units.price(terms.price),
        trigger_price=units.price(terms.trigger_price),
        quantity=quantity,
        filled_quantity=lots(record.filled),
        remaining_quantity=lots(terms.quantity - record.filled) if record.filled else quantity,
        average_price=units.average_price(record.notional, record.filled),
        status=record.status,
        reason=record.reason,
        fee=units.fee(record.fee),
        fee_currency=instrument.quote,
        sequence=record.sequence,
        created_at=created_at,
        updated_at=created_at if is_new else time_text(record.updated_ns),
        fills=[fill_view(units, fill) for fill in record.fills] if with_fills else UNSET,
    )


TradeFields = tuple[int, str, str, str, Side, str, str, str, str, int, str]


def trade_fields(units: Units, trade: Trade, sequence: int, time: str) -> TradeFields:
    """A trade as everybody sees it, in the order of the fields of a `TradeView`."""
    return (
        trade.trade_id,
        units.instrument.symbol,
        units.prices.text(trade.price),
        units.quantities.text(trade.quantity),
        trade.aggressor_side,
        units.order_id(trade.maker_order_id),
        units.order_id(trade.taker_order_id),
        units.fee(trade.maker_fee),
        units.fee(trade.taker_fee),
        sequence,
        time,
    )


def trade_view(units: Units, record: TradeRecord) -> TradeView:
    """A trade as everybody sees it."""
    time = time_text(record.time_ns)
    return TradeView(*trade_fields(units, record.trade, record.sequence, time))


def levels_view(units: Units, levels: tuple[DepthLevel, ...]) -> list[LevelView]:
    """One side of the book by price."""
    price, quantity = units.prices.text, units.quantities.text
    return [(price(level.price), quantity(level.quantity), level.count) for level in levels]


def resting_view(units: Units, orders: tuple[RestingOrder, ...]) -> list[RestingView]:
    """One side of the book by order."""
    price, quantity = units.prices.text, units.quantities.text
    return [
        (price(order.price), quantity(order.quantity), units.order_id(order.order_id))
        for order in orders
    ]


def book_view(
    units: Units, sequence: int, time_ns: int, book: Depth | Orders
) -> BookView | BookOrdersView:
    """Both sides of the book as everybody sees them."""
    symbol, time = units.instrument.symbol, time_text(time_ns) if sequence else None
    if isinstance(book, Depth):
        bids, asks = levels_view(units, book.bids), levels_view(units, book.asks)
        return BookView(symbol, sequence, time, bids, asks)
    by_order = resting_view(units, book.bids), resting_view(units, book.asks)
    return BookOrdersView(symbol, sequence, time, *by_order)


def fill_view(units: Units, fill: Fill) -> FillView:
    """One order's half of a trade, as its owner sees it."""
    return FillView(
        trade_id=fill.trade_id,
        price=units.prices.text(fill.price),
        quantity=units.quantities.text(fill.quantity),
        liquidity=MAKER if fill.is_maker else TAKER,
        fee=units.fee(fill.fee),
        time=time_text(fill.time_ns),
    )


def candle_view(units: Units, candle: Candle) -> CandleView:
    """A candle as everybody sees it."""
    price = units.prices.text
    return CandleView(
        start=time_text(candle.start_ns),
        open=price(candle.open),
        high=price(candle.high),
        low=price(candle.low),
        close=price(candle.close),
        volume=units.quantities.text(candle.volume),
        trades=candle.trades,
    )


def day_view(units: Units, start_ns: int, last_trade_id: int, day: Candle | None) -> DayView:
    """The trades since a time as everybody sees them; there may have been none."""
    price = units.price
    return DayView(
        start=time_text(start_ns),
        last_trade_id=last_trade_id,
        open=price(None if day is None else day.open),
        high=price(None if day is None else day.high),
        low=price(None if day is None else day.low),
        close=price(None if day is None else day.close),
        volume=units.quantities.text(0 if day is None else day.volume),
        trades=0 if day is None else day.trades,
    )
