"""What everybody is told: the trades of each symbol, and what changes in its book.

A projection of what is committed, built from the answers of the actors alone. It keeps what it
tells of, so that no reader has to look into a market, which may be in the middle of a batch.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context
from typing import Protocol

import structlog
import trio

from ..book.commands import Sequenced
from ..book.depth import Depth
from ..book.events import Trade
from ..book.market import Answer, Market
from ..book.mirror import Mirror, touched_by
from ..book.records import OrderRecord, TradeRecord
from .exchange import Exchange
from .reports import Owner, Reports
from .ring import Ring, Scribe

log = structlog.get_logger()

# Between two heartbeats. Clients may rely on one every 15 s.
HEARTBEAT_S = 10.0

# The newest trades, with which a reader of trades begins.
NEWEST_TRADES_MAX = 50


class TradesScribe(Scribe, Protocol):
    """Writes down trades."""

    def snapshot(
        self, sequence: int, time_ns: int, last_trade_id: int, newest: Sequence[TradeRecord], /
    ) -> bytes:
        """The event with which readers begin: the newest trades, oldest first."""


class DepthScribe(Scribe, Protocol):
    """Writes down levels of a book."""

    def snapshot(self, sequence: int, time_ns: int, depth: Depth, /) -> bytes:
        """The event with which readers begin: the levels as they are."""


class OrdersScribe(Scribe, Protocol):
    """Writes down what becomes of orders."""

    def snapshot(self, sequence: int, time_ns: int, orders: Sequence[OrderRecord], /) -> bytes:
        """The event with which readers begin: the open orders as they stand."""


class Scribes(Protocol):
    """Where the scribes of the channels come from."""

    def trades(self, symbol: str, /) -> TradesScribe:
        """The scribe of the trades of a symbol."""

    def depth(self, symbol: str, size: int, /) -> DepthScribe:
        """The scribe of the first `size` levels of each side of its book."""

    def orders(self, symbol: str, account: str | None, /) -> OrdersScribe:
        """The scribe of the orders of an account, or of a session."""


class SymbolFeed:
    """The channels of one symbol. Each depth that is asked for is a channel of its own."""

    def __init__(self, market: Market, scribes: Scribes, feed: "Feed") -> None:
        """O(levels). The market must be as it is committed."""
        self.symbol = market.instrument.symbol
        self._scribes = scribes
        self._feed = feed
        self._look_at(market)
        scribe = scribes.trades(self.symbol)

        def snapshot(sequence: int) -> bytes:
            return scribe.snapshot(sequence, self._time_ns, self._last_trade_id, [*self._newest])

        self.trades = self._ring(scribe, snapshot)
        self._depths: dict[int, Ring] = {}
        self.reports = Reports(self._orders, feed.remove)

    @property
    def rings(self) -> list[Ring]:
        """All channels that there are by now, but for those of owners of orders."""
        return [self.trades, *self.depths]

    @property
    def depths(self) -> list[Ring]:
        """The channels of levels that there are by now."""
        return list(self._depths.values())

    def depth(self, size: int) -> Ring:
        """The channel of the first `size` levels of each side. It exists from its first reader on."""
        ring = self._depths.get(size)
        if ring is None:
            scribe = self._scribes.depth(self.symbol, size)
            ring = self._depths[size] = self._ring(
                scribe,
                lambda sequence: scribe.snapshot(sequence, self._time_ns, self._mirror.best(size)),
            )
        return ring

    def observe(self, market: Market, answers: Sequence[Answer]) -> None:
        """Publish what a batch did. `market` stands right after it, and the batch is committed."""
        try:
            if answers[0].sequenced.sequence == self.reached + 1:
                self._publish(market, answers)
            else:
                # We have missed something: a batch that we failed on, or one that was under way
                # when we came.
                self._start_over(market)
        except Exception:
            log.exception("feed failed", symbol=self.symbol)
            self._start_over(market)

    def _publish(self, market: Market, answers: Sequence[Answer]) -> None:
        for answer in answers:
            trades = tuple([event for event in answer.events if type(event) is Trade])
            if trades:
                self._publish_trades(answer.sequenced, trades)
        last = answers[-1].sequenced
        self.reached, self._time_ns = last.sequence, last.time_ns
        self._publish_levels(market, answers)
        for ring in self.rings:
            ring.reached = self.reached
        self.reports.publish(answers)

    def _publish_trades(self, cause: Sequenced, trades: tuple[Trade, ...]) -> None:
        self._last_trade_id = trades[-1].trade_id
        self._newest.extend(
            TradeRecord(trade, cause.sequence, cause.time_ns)
            for trade in trades[-NEWEST_TRADES_MAX:]
        )
        self.trades.append(cause.sequence, cause.time_ns, trades, len(trades))

    def _publish_levels(self, market: Market, answers: Sequence[Answer]) -> None:
        """One change for the whole batch, with the sequence of the last command behind it."""
        touched = touched_by(market, answers)
        cause = touched.last
        if cause is None:
            return
        changes = self._mirror.catch_up(market.engine.book, touched.prices, tuple(self._depths))
        for ring, change in zip(self._depths.values(), changes, strict=True):
            if change.bids or change.asks:
                ring.append(cause.sequence, cause.time_ns, change, 1)

    def _start_over(self, market: Market) -> None:
        """Go on from a market. Whoever reads gets a snapshot of it."""
        self._look_at(market)
        for ring in self.rings:
            ring.restart(self.reached)
        self.reports.start_over(market)

    def _look_at(self, market: Market) -> None:
        engine = market.engine
        newest, _ = market.blotter.trades(NEWEST_TRADES_MAX)
        self._mirror = Mirror(engine.book)
        self._newest = deque(reversed(newest), NEWEST_TRADES_MAX)
        self._last_trade_id = engine.book.last_trade_id
        self.reached, self._time_ns = engine.sequence, engine.time_ns

    def account(self, account: str, market: Market) -> Owner:
        """The orders of an account. The market must be as it is committed."""
        owner = self.reports.account(account, market)
        owner.ring.reached = self.reached
        return owner

    def _orders(self, owner: Owner) -> Ring:
        scribe = self._scribes.orders(self.symbol, owner.account)
        return self._ring(
            scribe,
            lambda sequence: scribe.snapshot(sequence, self._time_ns, self.reports.orders(owner)),
        )

    def _ring(self, scribe: Scribe, snapshot: Callable[[int], bytes]) -> Ring:
        ring = Ring(
            self.symbol,
            scribe,
            snapshot,
            sequence=self.reached,
            events_max=self._feed.events_max,
        )
        self._feed.add(ring)
        return ring


class Feed:
    """The channels of all symbols of an exchange, and the broadcasters that wake their readers."""

    def __init__(
        self,
        exchange: Exchange,
        scribes: Scribes,
        events_max: int,
        depths: Iterable[int] = (),
    ) -> None:
        """Follows the exchange from now on, whether it runs already or not.

        Each channel keeps `events_max` events for readers that were away. Those of `depths` are there
        from the beginning, for readers that come with what they know from elsewhere.
        """
        self.events_max = events_max
        self.rings: dict[Ring, None] = {}
        self._exchange = exchange
        self._is_closed = False
        self._nursery: trio.Nursery | None = None
        self._symbols = {
            symbol: SymbolFeed(
                actor.view.committed or Market.empty(actor.market.instrument), scribes, self
            )
            for symbol, actor in exchange.symbols.items()
        }
        for symbol in self._symbols.values():
            for size in depths:
                symbol.depth(size)
        exchange.attach(self)

    @property
    def symbols(self) -> Mapping[str, SymbolFeed]:
        """The channels of each symbol."""
        return self._symbols

    def trades(self, symbol: str) -> Ring:
        """The trades of a symbol. Raises KeyError: there is no such symbol."""
        return self._symbols[symbol].trades

    def depth(self, symbol: str, size: int) -> Ring:
        """The first `size` levels of each side of its book. Raises KeyError, as `trades`."""
        return self._symbols[symbol].depth(size)

    async def account(self, symbol: str, account: str) -> Owner:
        """The orders of an account in a symbol, which are told of from now on.

        Raises:
            UnknownSymbol: there is none.
            Refused: the market cannot be seen, and so nobody knows what the account has open.
        """
        return await self._exchange.read(
            symbol, lambda market: self._symbols[symbol].account(account, market)
        )

    def session(self, symbol: str) -> Owner:
        """Somebody who will claim orders of a symbol. Raises KeyError, as `trades`."""
        return self._symbols[symbol].reports.session()

    def observe(self, market: Market, answers: Sequence[Answer]) -> None:
        """Publish what a batch did, see `SymbolFeed.observe`. Readers are woken later, by others."""
        self._symbols[market.instrument.symbol].observe(market, answers)

    def add(self, ring: Ring) -> None:
        """Take a channel in."""
        self.rings[ring] = None
        if self._is_closed:
            ring.close()
        elif self._nursery is not None:
            # A broadcaster outlives the request that wanted it, whose context it must not keep.
            Context().run(self._nursery.start_soon, ring.broadcast)

    def remove(self, ring: Ring) -> None:
        """Tell its readers that this channel is over."""
        self.rings.pop(ring, None)
        ring.close()

    def close(self) -> None:
        """Tell all readers that it is over, so that they can part from their clients in time."""
        self._is_closed = True
        for ring in self.rings:
            ring.close()

    async def run(self) -> None:
        """Wake readers until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                for ring in self.rings:
                    nursery.start_soon(ring.broadcast)
                await self._beat()
        finally:
            self.close()

    async def _beat(self) -> None:
        while True:
            await trio.sleep(HEARTBEAT_S)
            for ring in self.rings:
                ring.beat()
            for symbol in self._symbols.values():
                symbol.reports.beat()
