"""Event by event an order's record becomes what the blotter has after the command."""

from hypothesis import given

from builders import Market, order
from goquant.book.blotter import Blotter
from goquant.book.commands import Sequenced
from goquant.book.enums import OrderStatus, Side
from goquant.book.events import OrderAccepted, Trade
from goquant.book.instrument import Instrument
from goquant.book.records import FILLS_MAX, OrderRecord
from goquant.book.reports import accepted, after, orders_of
from records import Steps, played
from strategies import instruments, steps


@given(instruments(), steps())
def test_after_every_command_the_records_are_those_of_the_blotter(
    rules: Instrument, wished: Steps
) -> None:
    blotter, records = Blotter(), dict[int, OrderRecord]()
    for _, sequenced, events in played(rules, wished):
        blotter.record(sequenced, events)
        touched = set()
        for event in events:
            if isinstance(event, OrderAccepted):
                records[event.order_id] = accepted(sequenced, event)
                touched.add(event.order_id)
            for order_id in orders_of(event):
                records[order_id] = after(records[order_id], sequenced, event)
                touched.add(order_id)
        for order_id in touched:
            assert records[order_id] == blotter.order(order_id)


def test_a_record_is_how_the_order_stands_after_one_event_of_several() -> None:
    terms = order("buy 5 @ 100")
    record = accepted(Sequenced(7, 1, terms), OrderAccepted(7, terms))
    trades = [Trade(number, 100, 2, Side.SELL, 7, 8 + number, -1, 3) for number in (1, 2)]
    first = after(record, Sequenced(9, 2, terms), trades[0])
    second = after(first, Sequenced(9, 2, terms), trades[1])
    assert (record.filled, first.filled, second.filled) == (0, 2, 4)
    assert (record.status, first.status) == (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
    assert (record.sequence, first.sequence, first.updated_ns) == (7, 9, 2)
    assert [fill.trade_id for fill in second.fills] == [1, 2]
    assert second.fee == -2


def test_of_very_many_fills_the_newest_are_kept() -> None:
    market = Market()
    terms = order(f"buy {2 * FILLS_MAX} @ 100")
    record = accepted(Sequenced(1, 1, terms), OrderAccepted(1, terms))
    for number in range(1, FILLS_MAX + 11):
        trade = Trade(number, 100, 1, Side.SELL, 1, 1 + number, 0, 0)
        record = after(record, Sequenced(1 + number, market.time_ns, terms), trade)
    assert [fill.trade_id for fill in record.fills] == list(range(11, FILLS_MAX + 11))
    assert record.filled == FILLS_MAX + 10
