"""Candles: what the trades of a stretch of time amount to."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from ..book.events import Trade

SECOND_NS = 1_000_000_000

# The lengths of candles in seconds: 1 s, 1 m, 5 m, 1 h, 1 d. They begin at whole multiples of their
# length since the Unix epoch, so that those of a day begin at midnight UTC.
INTERVALS_S = (1, 60, 300, 3_600, 86_400)


class Candle(Struct, gc=False):
    """The trades of one symbol in some stretch of time, of which there is at least one.

    Prices in ticks; `volume` in lots; `notional` is the sum of price x quantity. Sums have no bound.
    """

    start_ns: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    notional: int
    trades: int

    @classmethod
    def of(cls, start_ns: int, trade: Trade) -> "Candle":
        """A candle of one trade."""
        price, quantity = trade.price, trade.quantity
        return cls(start_ns, price, price, price, price, quantity, price * quantity, 1)

    def join(self, later: "Candle") -> None:
        """Take in the candle of a time that follows. O(1)."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.notional += later.notional
        self.trades += later.trades


# What makes a candle one of its kind: symbol and length in seconds.
Series = tuple[str, int]

# Finds the newest candle of a series that was written.
Newest = Callable[[str, int], Candle | None]


class Candles:
    """The newest candle of each series, and those that are yet to be written.

    Times of a symbol never go back, so no other candle can change.
    """

    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._current: dict[Series, Candle | None] = {}
        self._changed: dict[tuple[str, int, int], Candle] = {}

    def take(self, symbol: str, time_ns: int, trade: Trade) -> None:
        """Take in a trade. O(1)."""
        for interval_s in INTERVALS_S:
            start_ns = time_ns - time_ns % (interval_s * SECOND_NS)
            one = Candle.of(start_ns, trade)
            current = self._of(symbol, interval_s)
            if current is None or current.start_ns != start_ns:
                self._current[symbol, interval_s] = current = one
            else:
                current.join(one)
            self._changed[symbol, interval_s, start_ns] = current

    def changed(self) -> Mapping[tuple[str, int, int], Candle]:
        """Those that changed since the last call, by symbol, length and start."""
        changed, self._changed = self._changed, {}
        return changed

    def _of(self, symbol: str, interval_s: int) -> Candle | None:
        series = symbol, interval_s
        if series not in self._current:
            self._current[series] = self._newest(symbol, interval_s)
        return self._current[series]
