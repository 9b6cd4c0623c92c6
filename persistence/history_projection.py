"""What the commands of the journal did, collected until it is written."""

from collections.abc import Iterable

from ..book.blotter import Blotter
from ..book.commands import Sequenced
from ..book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from ..book.instrument import Instrument
from ..book.market import Market
from ..book.records import OrderRecord, TradeRecord
from .codec import Record, Ruled
from .history_candles import Candles, Newest
from .history_file import Changes, Reached

_ABOUT_AN_ORDER = (OrderAccepted, OrderTriggered, OrderReplaced, OrderCanceled)


class Projection:
    """Carries out the commands of the journal again, on markets of its own."""

    def __init__(self, markets: Iterable[Market], newest_candle: Newest) -> None:
        """Go on with markets as they stand after some record of the journal."""
        self._markets = {market.instrument.symbol: _lean(market) for market in markets}
        self._candles = Candles(newest_candle)
        self._begin()

    def take(self, record: Record) -> None:
        """Go on by one record of the journal. As `Engine.apply`, with O(1) more for each event.

        Raises:
            Exception: any; the record does not follow those before it.
        """
        if isinstance(record, Ruled):
            self._rule(record.instrument)
        else:
            self._apply(record.symbol, record.sequenced)
        self.records += 1

    def reached(self) -> dict[str, Reached]:
        """The last command of every symbol."""
        return {symbol: _reached(market) for symbol, market in self._markets.items()}

    def changes(self, position: int) -> Changes:
        """What was collected since the last call, the last record being at `position`."""
        changes = Changes(
            position,
            {symbol: _reached(self._markets[symbol]) for symbol in self._symbols},
            self._trades,
            self._orders,
            self._candles.changed(),
        )
        self._begin()
        return changes

    def _begin(self) -> None:
        self.records = 0
        self._symbols: set[str] = set()
        self._trades: list[tuple[str, TradeRecord]] = []
        self._orders: dict[tuple[str, int], OrderRecord] = {}

    def _rule(self, instrument: Instrument) -> None:
        symbol = instrument.symbol
        if symbol in self._markets:
            self._markets[symbol].engine.adopt(instrument)
        else:
            self._markets[symbol] = _lean(Market.empty(instrument))
        self._symbols.add(symbol)

    def _apply(self, symbol: str, sequenced: Sequenced) -> None:
        market = self._markets[symbol]
        events = market.engine.apply(sequenced)
        for record in market.blotter.record(sequenced, events, _changed(events)):
            self._orders[symbol, record.order_id] = record
        for event in events:
            if type(event) is Trade:
                trade = TradeRecord(event, sequenced.sequence, sequenced.time_ns)
                self._trades.append((symbol, trade))
                self._candles.take(symbol, sequenced.time_ns, event)
        self._symbols.add(symbol)


def _lean(market: Market) -> Market:
    """A market that knows open orders alone: the records of others are taken down at once."""
    engine, blotter = market.engine, Blotter(finished_orders_max=0, trades_max=0)
    found = map(market.blotter.order, engine.book.orders)
    blotter.restore(record for record in found if record is not None)
    blotter.restored(engine.sequence)
    return Market(engine, blotter)


def _changed(events: Iterable[Event]) -> dict[int, None]:
    """The orders that events change, each once."""
    changed: dict[int, None] = {}
    for event in events:
        if type(event) is Trade:
            changed[event.maker_order_id] = changed[event.taker_order_id] = None
        elif isinstance(event, _ABOUT_AN_ORDER):
            changed[event.order_id] = None
    return changed


def _reached(market: Market) -> Reached:
    return Reached(market.engine.sequence, market.engine.time_ns)
