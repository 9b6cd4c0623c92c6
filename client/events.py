"""What streams tell. `sequence` and `prev_sequence` say whether something is missing."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct

from .errors import ErrorDetail
from .records import Fill, Level, Order, Trade


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


class OrdersSnapshot(_Told, frozen=True, kw_only=True, tag="snapshot"):
    """The open orders of an account, the oldest first."""

    account: str | None
    orders: list[Order]


class OrderEvent(_Told, frozen=True, kw_only=True):
    """Something happened to an order, which stands like this right after it."""

    time: str
    order: Order


class Accepted(OrderEvent, frozen=True, kw_only=True, tag="accepted"):
    """It is in: it rests, or trades, or is armed."""


class Triggered(OrderEvent, frozen=True, kw_only=True, tag="triggered"):
    """It was armed, and now acts as its market or limit order."""


class Replaced(OrderEvent, frozen=True, kw_only=True, tag="replaced"):
    """It has another price or quantity."""

    kept_priority: bool


class Traded(OrderEvent, frozen=True, kw_only=True, tag="trade"):
    """A part of it, or what was left, has traded."""

    fill: Fill


class Canceled(OrderEvent, frozen=True, kw_only=True, tag="canceled"):
    """What was left of it is gone, for the `reason` that the order has."""


class Expired(OrderEvent, frozen=True, kw_only=True, tag="expired"):
    """Its time has come, and what was left of it is gone."""


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
Told = BookSnapshot | BookUpdate | TradesSnapshot | TradeEvent | Heartbeat | Reset
Event = Told | Interrupted

Report = (
    OrdersSnapshot
    | Accepted
    | Triggered
    | Replaced
    | Traded
    | Canceled
    | Expired
    | Heartbeat
    | Reset
)


class MarketdataFrame(Struct, frozen=True):
    """What comes at once of market data: events, or the answer to a message of ours."""

    events: list[MarketdataEvent] = []
    since: int | None = None
    """After a poll: up to where everything is known."""

    id: int | None = None
    error: ErrorDetail | None = None


class TradesFrame(Struct, frozen=True):
    """As `MarketdataFrame`, of trades."""

    events: list[TradesEvent] = []
    since: int | None = None
    id: int | None = None
    error: ErrorDetail | None = None


Frame = MarketdataFrame | TradesFrame


class Channel(NamedTuple):
    """One of the two things that everybody may follow, and how to read what it tells."""

    name: str
    frame: Callable[[bytes | str], Frame]
    event: Callable[[bytes | str], Told]


MARKETDATA = Channel(
    "marketdata",
    msgspec.json.Decoder(MarketdataFrame).decode,
    msgspec.json.Decoder(MarketdataEvent).decode,
)
TRADES = Channel(
    "trades", msgspec.json.Decoder(TradesFrame).decode, msgspec.json.Decoder(TradesEvent).decode
)
