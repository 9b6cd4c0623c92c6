"""What a feed tells, in plain JSON, and clients that know nothing but what they are told."""

import json
from collections.abc import Sequence
from typing import Any

from goquant.actors.ring import Entry
from goquant.book.depth import Depth, DepthLevel, apply_change
from goquant.book.events import Trade
from goquant.book.records import OrderRecord, TradeRecord
from goquant.book.reports import Report

Event = dict[str, Any]


class JsonScribe:
    """Writes every event as a JSON object, and counts what it has written."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, entry: Entry) -> tuple[bytes, ...]:
        self.written += 1
        if isinstance(entry.what, Depth):
            told = [{"type": "update", **_sides(entry.what)}]
        else:
            told = [_happened(each) for each in entry.what]
        place = {"sequence": entry.sequence, "prev_sequence": entry.prev_sequence}
        return tuple(_event(each | place) for each in told)

    def heartbeat(self, sequence: int) -> bytes:
        return _event({"type": "heartbeat", "sequence": sequence, "prev_sequence": sequence})

    def reset(self, sequence: int) -> bytes:
        return _event({"type": "reset", "sequence": sequence, "prev_sequence": sequence})

    def message(self, events: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(events) + b"]"


class JsonTrades(JsonScribe):
    def snapshot(
        self, sequence: int, time_ns: int, last_trade_id: int, newest: Sequence[TradeRecord]
    ) -> bytes:
        self.written += 1
        trades = [[one.trade.trade_id, one.trade.price] for one in newest]
        return _event({"type": "snapshot", "sequence": sequence, "trades": trades})


class JsonDepth(JsonScribe):
    def snapshot(self, sequence: int, time_ns: int, depth: Depth) -> bytes:
        self.written += 1
        return _event({"type": "snapshot", "sequence": sequence, **_sides(depth)})


class JsonOrders(JsonScribe):
    def snapshot(self, sequence: int, time_ns: int, orders: Sequence[OrderRecord]) -> bytes:
        self.written += 1
        ids = [order.order_id for order in orders]
        return _event({"type": "snapshot", "sequence": sequence, "orders": ids})


class JsonScribes:
    def trades(self, symbol: str) -> JsonTrades:
        return JsonTrades()

    def depth(self, symbol: str, size: int) -> JsonDepth:
        return JsonDepth()

    def orders(self, symbol: str, account: str | None) -> JsonOrders:
        return JsonOrders()


def _happened(what: Trade | Report) -> Event:
    if isinstance(what, Report):
        return {"type": type(what.event).__name__, "order_id": what.order.order_id}
    return {"type": "trade", "trade_id": what.trade_id, "price": what.price}


def _sides(depth: Depth) -> Event:
    return {
        side: [[level.price, level.quantity, level.count] for level in levels]
        for side, levels in (("bids", depth.bids), ("asks", depth.asks))
    }


def _event(fields: Event) -> bytes:
    return json.dumps(fields).encode()


class Missed(AssertionError):
    """A client has noticed that something is missing."""


class Client:
    """Follows one channel by the rules of docs/api.md, over one connection after another."""

    def __init__(self) -> None:
        self.last: int | None = None  # up to where it knows all
        self.depth = Depth((), ())
        self.trades: dict[int, int] = {}  # id and price
        self.resets = self.heartbeats = 0

    def hear(self, event: Event, *, is_last: bool = True) -> None:
        """Take in an event, the last one of its command or not."""
        sequence = event["sequence"]
        if event["type"] == "snapshot":
            self._start(event)
        elif event["type"] == "reset":
            self.resets += 1
        elif event["type"] == "heartbeat":
            self.heartbeats += 1
            self._expect(sequence)
        else:
            self._expect(event["prev_sequence"])
            assert self.last is not None
            assert sequence > self.last, "it is old"
            self._change(event)
        if is_last:
            self.last = sequence

    def _expect(self, sequence: int) -> None:
        if self.last is None or sequence > self.last:
            raise Missed(f"something between {self.last} and {sequence}")

    def _start(self, event: Event) -> None:
        if "trades" in event:
            self.trades = dict(event["trades"])
        else:
            self.depth = _depth(event)

    def _change(self, event: Event) -> None:
        if event["type"] == "update":
            self.depth = apply_change(self.depth, _depth(event))
        elif event["trade_id"] in self.trades:
            assert self.trades[event["trade_id"]] == event["price"]
        else:
            assert not self.trades or event["trade_id"] == max(self.trades) + 1
            self.trades[event["trade_id"]] = event["price"]


def _depth(event: Event) -> Depth:
    bids, asks = (tuple(DepthLevel(*level) for level in event[side]) for side in ("bids", "asks"))
    return Depth(bids, asks)
