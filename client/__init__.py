"""A trio client of an exchange: orders, books, trades, and streams that know what they have missed.

    async with Client("http://127.0.0.1:8000") as exchange:
        order = await exchange.place("BTC-USD", "buy", "limit", quantity="0.1", price="64000")
        async with exchange.marketdata(["BTC-USD"]) as events:
            book = LocalBook("BTC-USD")
            async for event in events:
                book.apply(event)

It speaks the public API alone and shares no code with the server but the words in `book.enums`.
"""

from .book import LocalBook, NotLive
from .client import Client, Transport
from .errors import ApiError, ClientError, Disconnected, OutcomeUnknown, Unreadable
from .events import (
    Accepted,
    BookSnapshot,
    BookUpdate,
    Canceled,
    Event,
    Expired,
    Heartbeat,
    Interrupted,
    OrderEvent,
    OrdersSnapshot,
    Replaced,
    Report,
    Reset,
    Traded,
    TradeEvent,
    TradesSnapshot,
    Triggered,
)
from .orders import Cancel, Entry, Place, Replace
from .patience import Patience
from .pending import Pending
from .records import (
    BookOrders,
    Candle,
    Candles,
    Depth,
    Fill,
    Instrument,
    Level,
    Order,
    Ready,
    Resting,
    Status,
    SymbolStatus,
    Ticker,
    Trade,
    Version,
)
from .streams import Stream
from .trading import Session

__all__ = [
    "Accepted",
    "ApiError",
    "BookOrders",
    "BookSnapshot",
    "BookUpdate",
    "Cancel",
    "Canceled",
    "Candle",
    "Candles",
    "Client",
    "ClientError",
    "Depth",
    "Disconnected",
    "Entry",
    "Event",
    "Expired",
    "Fill",
    "Heartbeat",
    "Instrument",
    "Interrupted",
    "Level",
    "LocalBook",
    "NotLive",
    "Order",
    "OrderEvent",
    "OrdersSnapshot",
    "OutcomeUnknown",
    "Patience",
    "Pending",
    "Place",
    "Ready",
    "Replace",
    "Replaced",
    "Report",
    "Reset",
    "Resting",
    "Session",
    "Status",
    "Stream",
    "SymbolStatus",
    "Ticker",
    "Trade",
    "TradeEvent",
    "Traded",
    "TradesSnapshot",
    "Transport",
    "Triggered",
    "Unreadable",
    "Version",
]
