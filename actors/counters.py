"""What an exchange counts while it works, as plain numbers that anyone may read between two steps.

Counting must cost next to nothing, so nothing here knows who reads it, or how it will be written.
"""

from bisect import bisect_left
from collections.abc import Sequence
from time import perf_counter

from ..book.commands import NewOrder
from ..book.enums import OrderType
from ..book.events import OrderRejected, OrderRepeated
from ..book.market import Answer, Market
from .calls import Call

# Upper bounds of the durations that are told apart: three for each power of ten, from a microsecond,
# in which nothing is matched, to ten seconds, which nobody waits.
BOUNDS_S = (
    *(1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4),
    *(1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)

# What became of a new order, if it was not refused for a reason of its own.
ACCEPTED = "accepted"
REPEATED = "repeated"


class Histogram:
    """How many durations there were up to each bound, and all of them together."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        """Each without those of the bounds before it; the last one is for all that is longer."""
        self.total_s = 0.0

    def observe(self, seconds: float, times: int = 1) -> None:
        """Count a duration, as often as said. O(log of the number of bounds)."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += times
        self.total_s += seconds * times

    def observe_since(self, starts: Sequence[float], now: float) -> None:
        """Count what began at these moments, in their order, and ends now.

        O(1) for each but for a sum, if all of them are between the same two bounds, as they mostly are.
        """
        first = bisect_left(BOUNDS_S, now - starts[0])
        if first == bisect_left(BOUNDS_S, now - starts[-1]):
            self.counts[first] += len(starts)
            self.total_s += now * len(starts) - sum(starts)
        else:
            for start in starts:
                self.observe(now - start)


class SymbolCounters:
    """What one symbol did in this process; `trades` goes on from those before it."""

    __slots__ = ("latency", "matching", "open_orders", "orders", "trades")

    def __init__(self, market: Market) -> None:
        self.orders: dict[tuple[OrderType, str], int] = {}
        """New orders by their type and by what became of them: ACCEPTED, REPEATED, or a reject reason."""
        self.matching = Histogram()
        """What a command took the engine: the mean of those that were carried out in one go."""
        self.latency = Histogram()
        """From when a command was handed in until it was answered, on disk and all."""
        self.note(market)

    def note(self, market: Market) -> None:
        """Take down how a market stands that is committed."""
        book = market.engine.book
        self.trades = book.last_trade_id
        self.open_orders = len(book.orders)

    def answered(self, calls: Sequence[Call], answers: Sequence[Answer]) -> None:
        """Count a batch that was just answered."""
        self.latency.observe_since([call.posted_at for call in calls], perf_counter())
        orders = self.orders
        for answer in answers:
            command = answer.sequenced.command
            if type(command) is NewOrder:
                last = answer.events[-1]
                result: str = ACCEPTED
                if type(last) is OrderRejected:
                    result = last.reason
                elif type(last) is OrderRepeated:
                    result = REPEATED
                key = command.type, result
                orders[key] = orders.get(key, 0) + 1
