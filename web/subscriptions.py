"""What one client reads of a channel: which symbols, from where on, and that it is not too much."""

from collections.abc import Iterable, Mapping, Sequence

from ..actors.cursor import Subscriber
from ..actors.feed import Feed
from ..actors.ring import Ring
from .errors import ApiError, Malformed
from .requests import BookSubscription, Channel, Since, Subscription
from .wire import Wire

# For each symbol what to read, and up to where the client knows it.
Starts = Mapping[str, tuple[Ring, int | None]]


def since_for(wanted: Subscription, symbols: Sequence[str]) -> Since:
    """Up to where a client knows these symbols. Raises Malformed: it says so for some other one."""
    since = wanted.since or Since(None, {})
    if since.sequence is not None and len(symbols) != 1:
        raise Malformed("since", "since must name each symbol, as in BTC-USD:17,ETH-USD:5")
    return since


class Channels:
    """The feed, for clients: it finds what they name, and refuses what there is not."""

    def __init__(self, feed: Feed, wire: Wire, subscriptions_max: int) -> None:
        self._feed = feed
        self._wire = wire
        self._subscriptions_max = subscriptions_max

    def ring(self, channel: Channel, symbol: str, depth: int) -> Ring:
        """A channel of a symbol.

        Raises:
            ApiError: unknown_symbol.
        """
        self._wire.units(symbol)
        if channel is Channel.TRADES:
            return self._feed.trades(symbol)
        return self._feed.depth(symbol, depth)

    def starts(self, channel: Channel, wanted: Subscription, already: Iterable[str] = ()) -> Starts:
        """Where to begin for a client that reads some symbols already.

        Raises:
            ApiError: unknown_symbol, too_many_subscriptions, or malformed.
        """
        symbols = wanted.symbols
        since = since_for(wanted, symbols)
        count = len({*already, *symbols})
        if count > self._subscriptions_max:
            raise ApiError("too_many_subscriptions", count=count, count_max=self._subscriptions_max)
        depth = wanted.depth if isinstance(wanted, BookSubscription) else 0
        for symbol in symbols:
            self._wire.units(symbol)
        return {symbol: (self.ring(channel, symbol, depth), since.of(symbol)) for symbol in symbols}


class Subscriptions:
    """The symbols that one client reads."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._rings: dict[str, Ring] = {}

    @property
    def symbols(self) -> list[str]:
        """What is read."""
        return list(self._rings)

    def begin(self, starts: Starts) -> None:
        """Read more symbols, or some of them anew, perhaps at another depth."""
        self.end(starts)
        for symbol, (ring, since) in starts.items():
            self._rings[symbol] = ring
            self._subscriber.subscribe(ring, since)

    def end(self, symbols: Iterable[str]) -> None:
        """Read some symbols no more, if they are read at all."""
        for symbol in symbols:
            ring = self._rings.pop(symbol, None)
            if ring is not None:
                self._subscriber.unsubscribe(ring)
