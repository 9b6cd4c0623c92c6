"""What streams tell. `sequence` and `prev_sequence` say whether something is missing."""

import msgspec
from msgspec import Struct

from .errors import ErrorDetail
from .records import Level, Trade


class _Told(Struct, frozen=True, kw_only=True, tag_field="type"):
    """An event of a channel of a symbol, and the sequence of the command behind it."""

    channel: str
    symbol: str
    sequence: int
    prev_sequence: int


class BookSnapshot(_Told, frozen=True, kw_only=True, tag="snapshot"):
    """The first `depth` levels of both sides, best first."""

    depth: int
    bids: list[Level]
    asks: list[Level]
    time: str | None


class BookUpdate(_Told, frozen=True, kw_only=True, tag="update"):
    """Levels to set; one with a quantity of zero is gone."""

    bids: list[Level]
    asks: list[Level]
    time: str


class TradesSnapshot(_Told, frozen=True, kw_only=True, tag="snapshot"):
    """The newest trades, oldest first. Those before them are in `Client.trades`."""

    last_trade_id: int
    trades: list[Trade]
    time: str | None


class TradeEvent(Trade, frozen=True, kw_only=True, tag="trade", tag_field="type"):
    """A trade that has just happened."""

    channel: str
    prev_sequence: int


class Heartbeat(_Told, frozen=True, kw_only=True, tag="heartbeat"):
    """Nothing has happened after `sequence`."""


class Reset(_Told, frozen=True, kw_only=True, tag="reset"):
    """Events were missed that nobody holds any more. A snapshot comes next."""


class Interrupted(Struct, frozen=True):
    """The stream is broken and is being mended; until its next event nothing is known to be true.

    Made here, not by the exchange. What comes next follows without loss, or is a reset.
    """

    reason: str


MarketdataEvent = BookSnapshot | BookUpdate | Heartbeat | Reset
TradesEvent = TradesSnapshot | TradeEvent | Heartbeat | Reset
Event = BookSnapshot | BookUpdate | TradesSnapshot | TradeEvent | Heartbeat | Reset | Interrupted


class MarketdataFrame(Struct, frozen=True):
    """What comes in one message of market data: events, or the answer to a message of ours."""

    events: list[MarketdataEvent] = []
    error: ErrorDetail | None = None


class TradesFrame(Struct, frozen=True):
    """As `MarketdataFrame`, of trades."""

    events: list[TradesEvent] = []
    error: ErrorDetail | None = None


Frame = MarketdataFrame | TradesFrame

decode_marketdata = msgspec.json.Decoder(MarketdataFrame).decode
decode_trades = msgspec.json.Decoder(TradesFrame).decode
