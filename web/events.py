"""The events of the streams, each shape as a class, and the scribes that write them.

Every event names its channel and its symbol, so that it means the same on every transport.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from msgspec import Struct

from ..actors.ring import Entry
from ..book.depth import Depth
from ..book.enums import OrderStatus
from ..book.events import OrderAccepted, OrderReplaced, OrderTriggered, Trade
from ..book.records import OrderRecord, TradeRecord
from ..book.reports import Report
from .http1 import text_frame
from .requests import Channel
from .responses import (
    FillView,
    LevelView,
    OrderView,
    TradeView,
    fill_view,
    levels_view,
    order_view,
    trade_fields,
    trade_view,
)
from .routes import encode
from .times import time_text
from .units import Units


class Happening(Struct, frozen=True, tag_field="type"):
    """An event and its place: nothing happened in its channel between the two sequences."""

    channel: Channel
    symbol: str
    sequence: int
    prev_sequence: int


class BookSnapshot(Happening, frozen=True, tag="snapshot"):
    """The first `depth` levels of both sides of a book, best first, after the command `sequence`."""

    time: str | None
    depth: int
    bids: list[LevelView]
    asks: list[LevelView]


class BookUpdate(Happening, frozen=True, tag="update"):
    """What to set in the levels that are known; a quantity of zero takes one out."""

    time: str
    bids: list[LevelView]
    asks: list[LevelView]


class TradesSnapshot(Happening, frozen=True, tag="snapshot"):
    """The newest trades, oldest first, as far as they are in memory. Ids count 1, 2, 3, …"""

    time: str | None
    last_trade_id: int
    trades: list[TradeView]


class TradeEvent(TradeView, frozen=True, tag="trade", tag_field="type"):
    """A trade, with its place."""

    prev_sequence: int
    channel: Channel = Channel.TRADES


class Heartbeat(Happening, frozen=True, tag="heartbeat"):
    """Nothing else has happened: `sequence` is that of the newest event of the channel."""


class Reset(Happening, frozen=True, tag="reset"):
    """Events were missed that are no longer held: forget what you know, a snapshot follows."""


# What everybody may read.
EVENTS = (BookSnapshot, BookUpdate, TradesSnapshot, TradeEvent, Heartbeat, Reset)


class OrdersSnapshot(Happening, frozen=True, tag="snapshot"):
    """The open orders of an account as they stand after the command `sequence`, the oldest first."""

    account: str | None
    orders: list[OrderView]


class OrderEvent(Happening, frozen=True):
    """Something happened to an order, and this is how it stands right after that."""

    time: str
    order: OrderView


class Accepted(OrderEvent, frozen=True, tag="accepted"):
    """It is in: it rests, or trades, or is armed."""


class Triggered(OrderEvent, frozen=True, tag="triggered"):
    """It was armed, and now acts as its market or limit order."""


class Replaced(OrderEvent, frozen=True, tag="replaced"):
    """It has another price or quantity."""

    kept_priority: bool


class Traded(OrderEvent, frozen=True, tag="trade"):
    """A part of it, or what was left, has traded."""

    fill: FillView


class Canceled(OrderEvent, frozen=True, tag="canceled"):
    """What was left of it is gone, for the `reason` that the order has."""


class Expired(OrderEvent, frozen=True, tag="expired"):
    """Its time has come, and what was left of it is gone."""


class _Scribe:
    """Writes down a channel of a symbol."""

    def __init__(self, channel: Channel, units: Units) -> None:
        self.channel = channel
        self.units = units
        self.symbol = units.instrument.symbol
        self._head = f'{{"channel":"{channel}","symbol":"{self.symbol}","events":['.encode()

    def heartbeat(self, sequence: int) -> bytes:
        return encode(Heartbeat(self.channel, self.symbol, sequence, sequence))

    def reset(self, sequence: int) -> bytes:
        return encode(Reset(self.channel, self.symbol, sequence, sequence))

    def message(self, events: Sequence[bytes]) -> bytes:
        """A WebSocket frame."""
        return text_frame(b"".join((self._head, b",".join(events), b"]}")))


class TradesScribe(_Scribe):
    """Writes down trades."""

    def __init__(self, units: Units) -> None:
        super().__init__(Channel.TRADES, units)

    def write(self, entry: Entry) -> tuple[bytes, ...]:
        time = time_text(entry.time_ns)
        return tuple(
            [
                encode(
                    TradeEvent(
                        *trade_fields(self.units, trade, entry.sequence, time), entry.prev_sequence
                    )
                )
                for trade in cast(tuple[Trade, ...], entry.what)
            ]
        )

    def snapshot(
        self, sequence: int, time_ns: int, last_trade_id: int, newest: Sequence[TradeRecord]
    ) -> bytes:
        trades = [trade_view(self.units, record) for record in newest]
        time = time_text(time_ns) if sequence else None
        return encode(
            TradesSnapshot(
                self.channel, self.symbol, sequence, sequence, time, last_trade_id, trades
            )
        )


class BookScribe(_Scribe):
    """Writes down the levels of a book, as far as one depth reaches."""

    def __init__(self, units: Units, depth: int) -> None:
        super().__init__(Channel.MARKET_DATA, units)
        self._depth = depth

    def write(self, entry: Entry) -> tuple[bytes, ...]:
        levels = cast(Depth, entry.what)
        return (
            encode(
                BookUpdate(
                    self.channel,
                    self.symbol,
                    entry.sequence,
                    entry.prev_sequence,
                    time_text(entry.time_ns),
                    levels_view(self.units, levels.bids),
                    levels_view(self.units, levels.asks),
                )
            ),
        )

    def snapshot(self, sequence: int, time_ns: int, depth: Depth) -> bytes:
        return encode(
            BookSnapshot(
                self.channel,
                self.symbol,
                sequence,
                sequence,
                time_text(time_ns) if sequence else None,
                self._depth,
                levels_view(self.units, depth.bids),
                levels_view(self.units, depth.asks),
            )
        )


class OrdersScribe(_Scribe):
    """Writes down what becomes of the orders of an account, or of a session."""

    def __init__(self, units: Units, account: str | None) -> None:
        super().__init__(Channel.ORDERS, units)
        self._account = account
        self._head = b'{"channel":"orders","events":['

    def write(self, entry: Entry) -> tuple[bytes, ...]:
        time = time_text(entry.time_ns)
        reports = cast(tuple[Report, ...], entry.what)
        return tuple([encode(self._event(entry, time, report)) for report in reports])

    def snapshot(self, sequence: int, time_ns: int, orders: Sequence[OrderRecord]) -> bytes:
        shown = [order_view(self.units, record, with_fills=False) for record in orders]
        return encode(
            OrdersSnapshot(self.channel, self.symbol, sequence, sequence, self._account, shown)
        )

    def _event(self, entry: Entry, time: str, report: Report) -> OrderEvent:
        event, order = report.event, order_view(self.units, report.order, with_fills=False)
        place = (self.channel, self.symbol, entry.sequence, entry.prev_sequence, time, order)
        if type(event) is OrderAccepted:
            return Accepted(*place)
        if type(event) is Trade:
            return Traded(*place, fill_view(self.units, report.order.fills[-1]))
        if type(event) is OrderReplaced:
            return Replaced(*place, event.kept_priority)
        if type(event) is OrderTriggered:
            return Triggered(*place)
        is_expired = report.order.status is OrderStatus.EXPIRED
        return Expired(*place) if is_expired else Canceled(*place)


class Scribes:
    """The scribes of all channels."""

    def __init__(self, markets: Mapping[str, Units]) -> None:
        self._markets = markets

    def trades(self, symbol: str) -> TradesScribe:
        return TradesScribe(self._markets[symbol])

    def depth(self, symbol: str, size: int) -> BookScribe:
        return BookScribe(self._markets[symbol], size)

    def orders(self, symbol: str, account: str | None) -> OrdersScribe:
        return OrdersScribe(self._markets[symbol], account)
