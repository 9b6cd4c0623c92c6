"""The events of the streams, each shape as a class, and the scribes that write them.

Every event names its channel and its symbol, so that it means the same on every transport.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from ..actors.ring import Entry
from ..book.depth import Depth
from ..book.records import TradeRecord
from .http1 import text_frame
from .requests import Channel
from .responses import LevelView, TradeView, levels_view, trade_fields, trade_view
from .times import time_text
from .units import Units

_encode = msgspec.json.Encoder().encode


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


EVENTS = (BookSnapshot, BookUpdate, TradesSnapshot, TradeEvent, Heartbeat, Reset)


class _Scribe:
    """Writes down a channel of a symbol."""

    def __init__(self, channel: Channel, units: Units) -> None:
        self.channel = channel
        self.units = units
        self.symbol = units.instrument.symbol
        self._head = f'{{"channel":"{channel}","symbol":"{self.symbol}","events":['.encode()

    def heartbeat(self, sequence: int) -> bytes:
        return _encode(Heartbeat(self.channel, self.symbol, sequence, sequence))

    def reset(self, sequence: int) -> bytes:
        return _encode(Reset(self.channel, self.symbol, sequence, sequence))

    def message(self, events: Sequence[bytes]) -> bytes:
        """A WebSocket frame."""
        return text_frame(b"".join((self._head, b",".join(events), b"]}")))


class TradesScribe(_Scribe):
    """Writes down trades."""

    def __init__(self, units: Units) -> None:
        super().__init__(Channel.TRADES, units)

    def write(self, entry: Entry) -> tuple[bytes, ...]:
        assert not isinstance(entry.what, Depth), "trades are told here"
        time = time_text(entry.time_ns)
        return tuple(
            [
                _encode(
                    TradeEvent(
                        *trade_fields(self.units, trade, entry.sequence, time), entry.prev_sequence
                    )
                )
                for trade in entry.what
            ]
        )

    def snapshot(
        self, sequence: int, time_ns: int, last_trade_id: int, newest: Sequence[TradeRecord]
    ) -> bytes:
        trades = [trade_view(self.units, record) for record in newest]
        time = time_text(time_ns) if sequence else None
        return _encode(
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
        assert isinstance(entry.what, Depth), "changes of the book are told here"
        return (
            _encode(
                BookUpdate(
                    self.channel,
                    self.symbol,
                    entry.sequence,
                    entry.prev_sequence,
                    time_text(entry.time_ns),
                    levels_view(self.units, entry.what.bids),
                    levels_view(self.units, entry.what.asks),
                )
            ),
        )

    def snapshot(self, sequence: int, time_ns: int, depth: Depth) -> bytes:
        return _encode(
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


class Scribes:
    """The scribes of all channels."""

    def __init__(self, markets: Mapping[str, Units]) -> None:
        self._markets = markets

    def trades(self, symbol: str) -> TradesScribe:
        return TradesScribe(self._markets[symbol])

    def depth(self, symbol: str, size: int) -> BookScribe:
        return BookScribe(self._markets[symbol], size)
