"""A client that follows one channel by the rules of docs/streams.md, over any transport."""

from collections.abc import Iterable
from typing import Any

Json = Any


class Missed(AssertionError):
    """Something is missing."""


class Follower:
    """What a client knows of a symbol's book, or of its trades."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.levels: dict[str, dict[str, tuple[str, int]]] = {"bids": {}, "asks": {}}
        self.trades: dict[int, Json] = {}
        self.resets = 0

    def hear(self, events: Iterable[Json]) -> None:
        """Take in events that came together."""
        for event in events:
            kind = event["type"]
            if kind == "reset":
                self.resets += 1
            elif kind == "snapshot":
                self._begin(event)
            elif kind == "heartbeat":
                self._expect(event["sequence"])
            else:
                self._expect(event["prev_sequence"])
                self._change(event)
            if kind != "reset":
                self.last = max(self.last or 0, event["sequence"])

    def since(self) -> str:
        """The parameter to go on with."""
        return "" if self.last is None else f"&since={self.last}"

    def book(self) -> Json:
        """The levels as the route of books has them."""
        return {
            side: [
                [price, *self.levels[side][price]]
                for price in sorted(self.levels[side], key=float, reverse=side == "bids")
            ]
            for side in ("bids", "asks")
        }

    def _expect(self, sequence: int) -> None:
        if self.last is None or sequence > self.last:
            raise Missed(f"something between {self.last} and {sequence}")

    def _begin(self, event: Json) -> None:
        self.last = event["sequence"]
        if event["channel"] == "trades":
            self.trades = {trade["trade_id"]: trade["price"] for trade in event["trades"]}
        else:
            self.levels = {"bids": {}, "asks": {}}
            self._set(event)

    def _change(self, event: Json) -> None:
        if event["type"] == "update":
            if event["sequence"] > (self.last or 0):
                self._set(event)
        elif event["trade_id"] not in self.trades:
            assert not self.trades or event["trade_id"] == max(self.trades) + 1
            self.trades[event["trade_id"]] = event["price"]

    def _set(self, event: Json) -> None:
        for side in ("bids", "asks"):
            for price, quantity, count in event[side]:
                if float(quantity):
                    self.levels[side][price] = (quantity, count)
                else:
                    del self.levels[side][price]
