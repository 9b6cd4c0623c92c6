"""What became of every order: the events of one symbol, kept as records to read.

A projection: it is built from commands and events alone and decides nothing. It holds all
open orders, and the newest finished orders and trades up to a bound.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from .commands import NewOrder, Sequenced
from .enums import CancelReason, OrderStatus
from .events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from .records import Fill, OrderRecord, TradeRecord

FINISHED_ORDERS_MAX = 100_000
TRADES_MAX = 100_000

# An order's record lists its newest fills, up to this many; its sums cover all. A market maker's
# order may be filled tens of thousands of times, and is shown in every answer that names it.
FILLS_MAX = 100

# A page of orders looks at no more than this many, however few of them match, so that one
# reader cannot hold the exchange up for more than about a millisecond.
SCAN_MAX = 5_000


class _Entry(Struct, gc=False):
    """An order's record while it is being written."""

    order_id: int
    terms: NewOrder
    status: OrderStatus
    sequence: int
    created_ns: int
    updated_ns: int
    filled: int = 0
    notional: int = 0
    fee: int = 0
    reason: CancelReason | None = None
    fills: tuple[Fill, ...] = ()

    def add(self, fill: Fill) -> None:
        self.filled += fill.quantity
        self.notional += fill.price * fill.quantity
        self.fee += fill.fee
        self.fills = (*self.fills[1 - FILLS_MAX :], fill)
        done = self.filled == self.terms.quantity
        self.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED

    @classmethod
    def of(cls, record: OrderRecord) -> "_Entry":
        return cls(
            record.order_id,
            record.terms,
            record.status,
            record.sequence,
            record.created_ns,
            record.updated_ns,
            record.filled,
            record.notional,
            record.fee,
            record.reason,
            record.fills,
        )

    def record(self) -> OrderRecord:
        return OrderRecord(
            self.order_id,
            self.terms,
            self.status,
            self.filled,
            self.notional,
            self.fee,
            self.reason,
            self.sequence,
            self.created_ns,
            self.updated_ns,
            self.fills,
        )


class Capture:
    """The records of some orders as they stood when the capture began, whatever happens since.

    Before a record changes for the first time it is set aside, so that a book of any size can be
    read in small pieces, between which its actor goes on.
    """

    def __init__(self, blotter: "Blotter", order_ids: Sequence[int]) -> None:
        self._blotter = blotter
        self._order_ids = order_ids
        self._set_aside: dict[int, OrderRecord] = {}

    def slices(self, size: int) -> Iterator[list[OrderRecord]]:
        """The records, so many at a time, in the order in which the orders were named."""
        kept, entries = self._set_aside, self._blotter._entries
        for start in range(0, len(self._order_ids), size):
            chosen = self._order_ids[start : start + size]
            yield [kept.pop(each) if each in kept else entries[each].record() for each in chosen]

    def set_aside(self, entry: _Entry) -> None:
        """Keep a record that is about to change."""
        if entry.order_id not in self._set_aside:
            self._set_aside[entry.order_id] = entry.record()

    def close(self) -> None:
        """Let records change without a thought for this capture."""
        self._blotter._capture = None


class Blotter:
    """The orders and trades of one symbol.

    Every order that was changed by a command after `known_from` is here; of those that were not,
    at least those that are open.
    """

    def __init__(
        self, finished_orders_max: int = FINISHED_ORDERS_MAX, trades_max: int = TRADES_MAX
    ) -> None:
        self._entries: dict[int, _Entry] = {}
        self._ids: list[int] = []  # of entries, ascending, and of some that are forgotten
        self._finished: deque[int] = deque()
        self._finished_max = finished_orders_max
        self._trades: deque[TradeRecord] = deque(maxlen=trades_max)
        self._capture: Capture | None = None
        self.known_from = 0

    def restore(self, records: Iterable[OrderRecord]) -> None:
        """Take over records of open orders, into a blotter that has taken in nothing yet."""
        for record in records:
            self._entries[record.order_id] = _Entry.of(record)

    def restored(self, sequence: int) -> None:
        """All open orders have been taken over, as they stood after the command `sequence`."""
        self._ids = sorted(self._entries)
        self.known_from = sequence

    def capture(self, order_ids: Sequence[int]) -> Capture:
        """Hold on to the records of open orders as they stand now. One capture at a time.

        O(1), and costs every change until it is closed the copy of a record.
        """
        assert self._capture is None, "one capture at a time"
        self._capture = Capture(self, order_ids)
        return self._capture

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
        found = [entry.record() for entry in map(self._entries.get, named) if entry is not None]
        self._forget_oldest()
        return found

    def order(self, order_id: int) -> OrderRecord | None:
        """An order as it stands, or None if there was none or it is forgotten. O(1)."""
        entry = self._entries.get(order_id)
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
        older = self._newest_first(before)
        for scanned, entry in enumerate(older, 1):
            if matches(entry.status, entry.terms.account):
                found.append(entry.record())
            if len(found) == limit or scanned == SCAN_MAX:
                return found, (entry.order_id if next(older, None) is not None else None)
        return found, None

    def _newest_first(self, before: int | None) -> Iterator[_Entry]:
        """The entries with smaller ids. O(log n) to begin with, O(1) each, amortized."""
        ids = self._ids
        end = len(ids) if before is None else bisect_left(ids, before)
        found = (self._entries.get(ids[index]) for index in range(end - 1, -1, -1))
        return (entry for entry in found if entry is not None)

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
        status = OrderStatus.NEW if terms.trigger_price is None else OrderStatus.ARMED
        self._entries[order_id] = _Entry(order_id, terms, status, order_id, time_ns, time_ns)
        self._ids.append(order_id)

    def _triggered(self, sequenced: Sequenced, event: OrderTriggered) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.status = OrderStatus.NEW

    def _replaced(self, sequenced: Sequenced, event: OrderReplaced) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.terms = event.after

    def _canceled(self, sequenced: Sequenced, event: OrderCanceled) -> None:
        entry = self._change(event.order_id, sequenced)
        entry.reason = event.reason
        expired = event.reason is CancelReason.EXPIRED
        entry.status = OrderStatus.EXPIRED if expired else OrderStatus.CANCELED
        self._finish(event.order_id)

    def _traded(self, sequenced: Sequenced, trade: Trade) -> None:
        time_ns = sequenced.time_ns
        self._trades.append(TradeRecord(trade, sequenced.sequence, time_ns))
        for order_id, is_maker, fee in (
            (trade.maker_order_id, True, trade.maker_fee),
            (trade.taker_order_id, False, trade.taker_fee),
        ):
            entry = self._change(order_id, sequenced)
            entry.add(Fill(trade.trade_id, trade.price, trade.quantity, is_maker, fee, time_ns))
            if entry.status is OrderStatus.FILLED:
                self._finish(order_id)

    def _change(self, order_id: int, sequenced: Sequenced) -> _Entry:
        entry = self._entries[order_id]
        if self._capture is not None:
            self._capture.set_aside(entry)
        entry.sequence = sequenced.sequence
        entry.updated_ns = sequenced.time_ns
        return entry

    def _finish(self, order_id: int) -> None:
        self._finished.append(order_id)

    def _forget_oldest(self) -> None:
        while len(self._finished) > self._finished_max:
            forgotten = self._entries.pop(self._finished.popleft())
            self.known_from = max(self.known_from, forgotten.sequence)
        if len(self._ids) - len(self._entries) > min(len(self._entries), SCAN_MAX):
            self._ids = sorted(self._entries)


_WRITERS: dict[type[Event], Callable[..., None]] = {
    OrderAccepted: Blotter._accepted,
    OrderTriggered: Blotter._triggered,
    OrderReplaced: Blotter._replaced,
    OrderCanceled: Blotter._canceled,
    Trade: Blotter._traded,
}
