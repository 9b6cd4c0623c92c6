"""Candles: what the trades of a stretch of time amount to."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..book.events import Trade
from ..book.records import TradeRecord

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


def start_of(time_ns: int, interval_s: int) -> int:
    """When the candle of a length begins that a time belongs to."""
    return time_ns - time_ns % (interval_s * SECOND_NS)


def gone_on(last: Candle | None, piece: Candle, interval_s: int) -> Candle:
    """The candle of a length that a later piece belongs to: the last one, or else a new one. O(1)."""
    start_ns = start_of(piece.start_ns, interval_s)
    if last is None or last.start_ns != start_ns:
        return replace(piece, start_ns=start_ns)
    last.join(piece)
    return last


def extended(
    candles: Iterable[Candle], trades: Iterable[TradeRecord], interval_s: int
) -> list[Candle]:
    """Candles of one length, and the trades after them. O(n) in both. The last one may change."""
    found = list(candles)
    for record in trades:
        last = found[-1] if found else None
        candle = gone_on(last, Candle.of(record.time_ns, record.trade), interval_s)
        if candle is not last:
            found.append(candle)
    return found


def total(candles: Iterable[Candle]) -> Candle | None:
    """Candles, oldest first, as one; None if there are none. The first one may change."""
    whole: Candle | None = None
    for candle in candles:
        if whole is None:
            whole = candle
        else:
            whole.join(candle)
    return whole


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
        # A trade is taken into a piece of a second alone; a piece goes into the candles of all
        # lengths when they are written. So a trade costs one addition and not five.
        self._pieces: dict[tuple[str, int], Candle] = {}

    def take(self, symbol: str, time_ns: int, trade: Trade) -> None:
        """Take in a trade. O(1)."""
        start_ns = start_of(time_ns, INTERVALS_S[0])
        one = Candle.of(start_ns, trade)
        piece = self._pieces.setdefault((symbol, start_ns), one)
        if piece is not one:
            piece.join(one)

    def changed(self) -> Mapping[tuple[str, int, int], Candle]:
        """Those that changed since the last call, by symbol, length and start."""
        changed: dict[tuple[str, int, int], Candle] = {}
        for (symbol, _), piece in self._pieces.items():
            for interval_s in INTERVALS_S:
                candle = gone_on(self._of(symbol, interval_s), piece, interval_s)
                self._current[symbol, interval_s] = candle
                changed[symbol, interval_s, candle.start_ns] = candle
        self._pieces.clear()
        return changed

    def _of(self, symbol: str, interval_s: int) -> Candle | None:
        series = symbol, interval_s
        if series not in self._current:
            self._current[series] = self._newest(symbol, interval_s)
        return self._current[series]
