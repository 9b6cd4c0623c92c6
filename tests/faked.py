"""An exchange that streams the book of one symbol over memory, and breaks however a test wants."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import trio
from trio.testing import memory_stream_pair
from trio_websocket import ConnectionClosed, WebSocketRequest, wrap_server_stream

SYMBOL = "A-USD"

Levels = dict[Decimal, Decimal]
Event = dict[str, Any]


class Truth:
    """A book and all that ever happened in it. The sequences have gaps, as those of a channel have."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.sequence = 0
        self.bids: Levels = {}
        self.asks: Levels = {}
        self.updates: list[Event] = []

    def go_on(self) -> Event:
        """Let something happen: a level or two change."""
        before, self.sequence = self.sequence, self.sequence + self.random.randrange(1, 4)
        told: dict[str, list[list[object]]] = {"bids": [], "asks": []}
        for _ in range(self.random.randrange(1, 3)):
            side = self.random.choice(("bids", "asks"))
            price = Decimal(self.random.randrange(1, 6)) + (10 if side == "asks" else 0)
            quantity = Decimal(self.random.randrange(3))
            levels = getattr(self, side)
            levels.pop(price, None)
            if quantity:
                levels[price] = quantity
            told[side] = [each for each in told[side] if each[0] != str(price)]
            told[side].append([str(price), str(quantity), int(bool(quantity))])
        event = {
            "type": "update",
            "channel": "marketdata",
            "symbol": SYMBOL,
            "sequence": self.sequence,
            "prev_sequence": before,
            "time": "2026-05-02T10:00:00.000000000Z",
            **told,
        }
        self.updates.append(event)
        return event

    def snapshot(self) -> Event:
        """The book as it is."""
        sides = {
            side: [[str(price), str(levels[price]), 1] for price in sorted(levels, reverse=falls)]
            for side, levels, falls in (("bids", self.bids, True), ("asks", self.asks, False))
        }
        return self._event("snapshot") | sides | {"depth": 1000, "time": None}

    def after(self, since: int | None, held: int) -> list[Event]:
        """What a client is told that knows all up to a sequence; only the newest updates are held."""
        kept = self.updates[len(self.updates) - held :] if held else []
        floor = kept[0]["prev_sequence"] if kept else self.sequence
        if since is None:
            return [self.snapshot()]
        if not floor <= since <= self.sequence:
            return [self._event("reset"), self.snapshot()]
        return [each for each in kept if each["sequence"] > since] or [self._event("heartbeat")]

    def _event(self, kind: str) -> Event:
        place = {"sequence": self.sequence, "prev_sequence": self.sequence}
        return {"type": kind, "channel": "marketdata", "symbol": SYMBOL} | place


# What an exchange does on one connection: the messages that it sends, each a list of events; then it hangs up.
Script = Callable[[int | None], Iterator[list[Event]]]


class FakeExchange:
    """Serves one script after the other, the last one again and again."""

    def __init__(self, nursery: trio.Nursery, scripts: list[Script]) -> None:
        self._nursery = nursery
        self._scripts = scripts
        self.asked: list[int | None] = []
        self.refuses = 0
        self.cut_after: int | None = None

    async def dial(self) -> trio.abc.Stream:
        """A connection, unless it refuses."""
        await trio.lowlevel.checkpoint()
        if self.refuses:
            self.refuses -= 1
            raise OSError("nobody listens")
        ours, theirs = memory_stream_pair()
        self._nursery.start_soon(self._serve, ours)
        return theirs

    async def _serve(self, stream: trio.abc.Stream) -> None:
        async with trio.open_nursery() as nursery:
            request: WebSocketRequest = await wrap_server_stream(nursery, stream)
            query = parse_qs(urlsplit(request.path).query)
            since = query.get("since")
            known = int(since[0].partition(":")[2]) if since else None
            self.asked.append(known)
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            socket = await request.accept()
            try:
                for events in script(known):
                    frame = {"channel": "marketdata", "symbol": SYMBOL, "events": events}
                    await socket.send_message(msgspec.json.encode(frame).decode())
                if len(self._scripts) == 1:
                    await trio.sleep_forever()
            except ConnectionClosed:
                pass
            finally:
                nursery.cancel_scope.cancel()
