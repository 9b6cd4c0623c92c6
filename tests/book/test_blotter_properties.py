"""After any commands the records agree with the engine's book and with the events."""

from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from goquant.book.blotter import Blotter
from goquant.book.commands import Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import CancelReason, OrderStatus
from goquant.book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from goquant.book.instrument import Instrument
from goquant.book.records import Fill, OrderRecord, TradeRecord
from records import UNBOUNDED, Steps, everything, pages_of, played
from strategies import instruments, steps


class Diary:
    """What the events alone say of the orders, kept the slow way."""

    def __init__(self) -> None:
        self.touched: list[tuple[int, Sequenced]] = []  # order id, command; oldest first
        self.reasons: dict[int, CancelReason] = {}
        self.trades: list[TradeRecord] = []
        self.fills: dict[int, list[Fill]] = defaultdict(list)

    def take(self, sequenced: Sequenced, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Trade):
                self.trades.append(TradeRecord(event, sequenced.sequence, sequenced.time_ns))
                self._fill(event, event.maker_order_id, True, event.maker_fee, sequenced)
                self._fill(event, event.taker_order_id, False, event.taker_fee, sequenced)
            elif isinstance(event, OrderAccepted | OrderTriggered | OrderReplaced | OrderCanceled):
                self.touched.append((event.order_id, sequenced))
            if isinstance(event, OrderCanceled):
                self.reasons[event.order_id] = event.reason

    def _fill(
        self, trade: Trade, order_id: int, is_maker: bool, fee: int, sequenced: Sequenced
    ) -> None:
        self.touched.append((order_id, sequenced))
        self.fills[order_id].append(
            Fill(trade.trade_id, trade.price, trade.quantity, is_maker, fee, sequenced.time_ns)
        )

    def latest(self) -> Iterable[tuple[int, Sequenced]]:
        """Each order with the last command that touched it."""
        return dict(self.touched).items()

    def finished(self, engine: Engine) -> list[int]:
        """The orders that are gone from the book, the first to go first."""
        last = {order_id: turn for turn, (order_id, _) in enumerate(self.touched)}
        gone = last.keys() - engine.book.orders.keys()
        return sorted(gone, key=lambda order_id: last[order_id])


@given(instruments(), steps())
def test_the_records_agree_with_the_book_and_the_events(rules: Instrument, wished: Steps) -> None:
    blotter, diary = Blotter(), Diary()
    for engine, sequenced, events in played(rules, wished):
        blotter.record(sequenced, events)
        diary.take(sequenced, events)
        records = everything(blotter)
        compare_trades(blotter, diary, records)
        touched = dict(diary.touched)
        assert [one.order_id for one in records] == sorted(touched, reverse=True)
        for record in records:
            compare(record, touched[record.order_id], diary)
            assert record.status == expected_status(record, engine)


def compare(record: OrderRecord, latest: Sequenced, diary: Diary) -> None:
    """One record with the events that named its order, and with its own fills."""
    fills = diary.fills[record.order_id]
    assert record.fills == tuple(fills)
    assert record.filled == sum(fill.quantity for fill in fills)
    assert record.notional == sum(fill.price * fill.quantity for fill in fills)
    assert record.fee == sum(fill.fee for fill in fills)
    assert (record.sequence, record.updated_ns) == (latest.sequence, latest.time_ns)
    assert record.reason == diary.reasons.get(record.order_id)


def compare_trades(blotter: Blotter, diary: Diary, records: list[OrderRecord]) -> None:
    """The trades with the events, and the fees of the trades with those of the orders."""
    page, _ = blotter.trades(UNBOUNDED)
    assert page == diary.trades[::-1]
    fees = sum(one.trade.maker_fee + one.trade.taker_fee for one in page)
    assert sum(record.fee for record in records) == fees


def expected_status(record: OrderRecord, engine: Engine) -> OrderStatus:
    """The status that follows from the book and from the record's other fields."""
    standing = engine.book.orders.get(record.order_id)
    if standing is not None:
        assert standing.terms == record.terms
        assert standing.remaining == record.terms.quantity - record.filled
        if standing.armed:
            return OrderStatus.ARMED
        return OrderStatus.PARTIALLY_FILLED if record.filled else OrderStatus.NEW
    if record.reason is None:
        assert record.filled == record.terms.quantity
        return OrderStatus.FILLED
    assert record.filled < record.terms.quantity
    expired = record.reason is CancelReason.EXPIRED
    return OrderStatus.EXPIRED if expired else OrderStatus.CANCELED


@given(instruments(), steps(), st.integers(0, 5), st.integers(1, 4))
def test_only_the_oldest_finished_orders_and_trades_are_forgotten(
    rules: Instrument, wished: Steps, bound: int, limit: int
) -> None:
    full, bounded, diary = Blotter(), Blotter(bound, trades_max=3), Diary()
    for engine, sequenced, events in played(rules, wished):
        full.record(sequenced, events)
        bounded.record(sequenced, events)
        diary.take(sequenced, events)
        finished = diary.finished(engine)
        forgotten = finished[: max(0, len(finished) - bound)]
        kept = [record for record in everything(full) if record.order_id not in forgotten]
        assert everything(bounded) == kept
        paged = [order_id for page in pages_of(bounded, limit) for order_id in page]
        assert paged == [record.order_id for record in kept]
        assert bounded.trades(UNBOUNDED)[0] == full.trades(3)[0]
        gone = [sequenced.sequence for one, sequenced in diary.latest() if one in forgotten]
        assert bounded.known_from == max(gone, default=0)
