"""A book kept from a stream: always right, or says that it is not."""

from decimal import Decimal
from itertools import islice

from sortedcontainers import SortedDict

from .errors import ClientError
from .events import BookSnapshot, BookUpdate, Event, Heartbeat, Interrupted, Reset
from .records import Level


class NotLive(ClientError):
    """The book is not known to be right: nothing has come yet, or the stream is broken."""


class LocalBook:
    """The levels of one symbol, from the events of `Client.marketdata`.

    Feed it every event of the stream; those of other symbols and channels are ignored.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.sequence = 0
        self.is_live = False
        self._is_known = False  # up to `sequence`; a break that is mended does not change that
        self._bids: SortedDict[Decimal, Level] = SortedDict(lambda price: -price)
        self._asks: SortedDict[Decimal, Level] = SortedDict()

    def apply(self, event: Event) -> bool:
        """Take in an event. Returns whether the levels may have changed. O(log L) for each level."""
        if isinstance(event, Interrupted):
            self.is_live = False
            return False
        if event.symbol != self.symbol:
            return False
        match event:
            case BookSnapshot():
                return self._begin(event)
            case BookUpdate():
                return self._follow(event)
            case Reset(channel="marketdata"):
                self.is_live = self._is_known = False
            case Heartbeat(channel="marketdata"):
                # It comes first when a stream goes on and nothing was missed.
                self.is_live = self._is_known and self.sequence >= event.sequence
            case _:
                pass
        return False

    def bids(self, count: int | None = None) -> list[Level]:
        """The best bids, all that are known by default. Raises NotLive."""
        return self._best(self._bids, count)

    def asks(self, count: int | None = None) -> list[Level]:
        """The best asks, all that are known by default. Raises NotLive."""
        return self._best(self._asks, count)

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, if there is any. Raises NotLive."""
        return next(iter(self.bids(1)), None)

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask, if there is any. Raises NotLive."""
        return next(iter(self.asks(1)), None)

    def _best(self, side: "SortedDict[Decimal, Level]", count: int | None) -> list[Level]:
        if not self.is_live:
            raise NotLive(f"the book of {self.symbol} is not known to be right at this moment")
        return list(islice(side.values(), count))

    def _begin(self, snapshot: BookSnapshot) -> bool:
        for side, levels in ((self._bids, snapshot.bids), (self._asks, snapshot.asks)):
            side.clear()
            side.update((level.price, level) for level in levels)
        self.sequence = snapshot.sequence
        self.is_live = self._is_known = True
        return True

    def _follow(self, update: BookUpdate) -> bool:
        if not self._is_known or update.sequence <= self.sequence:
            return False
        if update.prev_sequence > self.sequence:
            # A stream mends its gaps before it tells; whoever feeds us from elsewhere may not.
            self.is_live = self._is_known = False
            return False
        for side, levels in ((self._bids, update.bids), (self._asks, update.asks)):
            for level in levels:
                if level.quantity:
                    side[level.price] = level
                else:
                    side.pop(level.price, None)
        self.sequence = update.sequence
        self.is_live = True
        return True
