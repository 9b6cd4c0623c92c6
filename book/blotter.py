"""What became of every order: the events of one symbol, kept as records to read.

A projection: it is built from commands and events alone and decides nothing. It holds all
open orders, and the newest finished orders and trades up to a bound.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import islice

from .by_id import BUCKET_BITS, ById
from .commands import Sequenced
from .entry import Entry
from .enums import CancelReason, OrderStatus
from .events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from .places import Places
from .records import Fill, OrderRecord, TradeRecord

FINISHED_ORDERS_MAX = 100_000
TRADES_MAX = 100_000

# Looking a member up in its enum takes as long as all of a change.
_NEW = OrderStatus.NEW
_ARMED = OrderStatus.ARMED
_FILLED = OrderStatus.FILLED
_CANCELED = OrderStatus.CANCELED
_EXPIRED = OrderStatus.EXPIRED
_BY_TIME = CancelReason.EXPIRED

# A page of orders looks at no more than this many, however few of them match, so that one
# reader cannot hold the exchange up for more than about a millisecond.
SCAN_MAX = 5_000


class Blotter:
    """The orders and trades of one symbol.

    Every order that was changed by a command after `known_from` is here; of those that were not,
    at least those that are open.
    """

    def __init__(
        self, finished_orders_max: int = FINISHED_ORDERS_MAX, trades_max: int = TRADES_MAX
    ) -> None:
        self._entries: ById[Entry] = ById()
        self._places = Places()
        self._captures = 0
        self._finished: deque[int] = deque()
        self._finished_max = finished_orders_max
        self._trades: deque[TradeRecord] = deque(maxlen=trades_max)
        self.known_from = 0

    def restore(self, records: Iterable[OrderRecord]) -> None:
        """Take over records of open orders, the next ones in the order of their places.

        Into a blotter that has taken in nothing yet.
        """
        for record in records:
            self._enter(Entry.of(record))

    def restored(self, sequence: int) -> None:
        """All open orders have been taken over, as they stood after the command `sequence`."""
        self.known_from = sequence

    def capture(self) -> Iterator[list[OrderRecord]]:
        """The records of all open orders as they stand now, in the order of their places.

        They come in slices, between which anything may happen; some may be empty.
        O(n / CHUNK_MAX) to begin with; until all is read, every open order that is changed has a
        copy of its record made first. Only the newest capture can be read.
        """
        self._captures += 1
        return self._slices(self._captures, self._places.held())

    def _slices(self, capture: int, held: Iterator[list[Entry]]) -> Iterator[list[OrderRecord]]:
        for entries in held:
            assert capture == self._captures, "one capture at a time"
            records = [entry.as_captured(capture) for entry in entries]
            yield [record for record in records if record is not None]

    def record(
        self, sequenced: Sequenced, events: list[Event], named: Iterable[int] = ()
    ) -> list[OrderRecord]:
        """Take in what a command caused. O(1) for each event, amortized.

        Returns the records of the orders named, as far as they are known, as they stand right
        after the command: only then is forgotten what is too much.
        """
        for event in events:
            writer = _WRITERS.get(type(event))
            if writer is not None:
                writer(self, sequenced, event)
        found = [entry.record() for entry in map(self._entries.find, named) if entry is not None]
        self._forget_oldest()
        return found

    def order(self, order_id: int) -> OrderRecord | None:
        """An order as it stands, or None if there was none or it is forgotten. O(1)."""
        entry = self._entries.find(order_id)
        return None if entry is None else entry.record()

    def orders(
        self,
        *,
        matches: Callable[[OrderStatus, str | None], bool],
        limit: int,
        before: int | None = None,
    ) -> tuple[list[OrderRecord], int | None]:
        """A page of the orders whose status and account match, newest first.

        Also returns the order id to pass as `before` for the next page, None at the end. A
        page may hold fewer than `limit` although there is a next one.
        """
        found: list[OrderRecord] = []
        older = self._entries.newest_first(before)
        for scanned, entry in enumerate(older, 1):
            if matches(entry.status, entry.terms.account):
                found.append(entry.record())
            if len(found) == limit or scanned == SCAN_MAX:
                return found, (entry.order_id if next(older, None) is not None else None)
        return found, None

    def trades(self, limit: int, before: int | None = None) -> tuple[list[TradeRecord], int | None]:
        """A page of trades, newest first, and the trade id to pass as `before` for the next."""
        if not self._trades:
            return [], None
        newest = self._trades[-1].trade.trade_id
        skip = 0 if before is None else max(0, newest - before + 1)
        page = list(islice(reversed(self._trades), skip, skip + limit))
        oldest = self._trades[0].trade.trade_id
        more = bool(page) and page[-1].trade.trade_id > oldest
        return page, page[-1].trade.trade_id if more else None

    def _accepted(self, sequenced: Sequenced, event: OrderAccepted) -> None:
        order_id, terms, time_ns = event.order_id, event.terms, sequenced.time_ns
        status = _NEW if terms.trigger_price is None else _ARMED
        entry = Entry(order_id, terms, status, order_id, time_ns, time_ns, captured=self._captures)
        self._entries[order_id >> BUCKET_BITS][order_id] = entry
        self._places.append(entry)

    def _triggered(self, sequenced: Sequenced, event: OrderTriggered) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.status = _NEW
        self._place_anew(entry)

    def _replaced(self, sequenced: Sequenced, event: OrderReplaced) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.terms = event.after
        if not event.kept_priority:
            self._place_anew(entry)

    def _canceled(self, sequenced: Sequenced, event: OrderCanceled) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.reason = event.reason
        entry.status = _EXPIRED if event.reason is _BY_TIME else _CANCELED
        self._finish(entry)

    def _traded(self, sequenced: Sequenced, trade: Trade) -> None:
        time_ns = sequenced.time_ns
        self._trades.append(TradeRecord(trade, sequenced.sequence, time_ns))
        for order_id, is_maker, fee in (
            (trade.maker_order_id, True, trade.maker_fee),
            (trade.taker_order_id, False, trade.taker_fee),
        ):
            entry = self._change(order_id, sequenced)
            entry.add(Fill(trade.trade_id, trade.price, trade.quantity, is_maker, fee, time_ns))
            if entry.status is _FILLED:
                self._finish(entry)

    def _change(self, order_id: int, sequenced: Sequenced) -> Entry:
        entry = self._entries[order_id >> BUCKET_BITS][order_id]
        if entry.captured != self._captures:
            entry.set_aside(self._captures)
        entry.sequence = sequenced.sequence
        entry.updated_ns = sequenced.time_ns
        return entry

    def _place_anew(self, entry: Entry) -> None:
        """Behind all others."""
        again = copy(entry)
        again.aside = None
        entry.is_open = False
        self._enter(again)

    def _enter(self, entry: Entry) -> None:
        self._entries[entry.order_id >> BUCKET_BITS][entry.order_id] = entry
        self._places.append(entry)

    def _finish(self, entry: Entry) -> None:
        entry.is_open = False
        self._finished.append(entry.order_id)

    def _forget_oldest(self) -> None:
        while len(self._finished) > self._finished_max:
            forgotten = self._entries.take(self._finished.popleft())
            self.known_from = max(self.known_from, forgotten.sequence)


_WRITERS: dict[type[Event], Callable[..., None]] = {
    OrderAccepted: Blotter._accepted,
    OrderTriggered: Blotter._triggered,
    OrderReplaced: Blotter._replaced,
    OrderCanceled: Blotter._canceled,
    Trade: Blotter._traded,
}
