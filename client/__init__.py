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
from .client import Client
from .errors import ApiError, ClientError, Disconnected, OutcomeUnknown
from .events import (
    BookSnapshot,
    BookUpdate,
    Event,
    Heartbeat,
    Interrupted,
    Reset,
    TradeEvent,
    TradesSnapshot,
)
from .orders import Cancel, Entry, Place, Replace
from .patience import Patience
from .records import Candle, Depth, Fill, Instrument, Level, Order, Ticker, Trade
from .streams import Stream

__all__ = [
    "ApiError",
    "BookSnapshot",
    "BookUpdate",
    "Cancel",
    "Candle",
    "Client",
    "ClientError",
    "Depth",
    "Disconnected",
    "Entry",
    "Event",
    "Fill",
    "Heartbeat",
    "Instrument",
    "Interrupted",
    "Level",
    "LocalBook",
    "NotLive",
    "Order",
    "OutcomeUnknown",
    "Patience",
    "Place",
    "Replace",
    "Reset",
    "Stream",
    "Ticker",
    "Trade",
    "TradeEvent",
    "TradesSnapshot",
]
