"""What becomes of single orders, event by event: the execution reports of their owners.

The blotter knows how an order stands after a command. Its owner is told of every event, with the
order as it stands right after that, so that a report never shows what had not happened yet.
"""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from .commands import Sequenced
from .enums import CancelReason, OrderStatus
from .events import Event, OrderAccepted, OrderCanceled, OrderReplaced, OrderTriggered, Trade
from .records import FILLS_MAX, Fill, OrderRecord

# Fields of a record, and what they become.
Changes = dict[str, object]


class Report(Struct, frozen=True, gc=False):
    """What happened to an order, and the order right after it."""

    event: Event
    order: OrderRecord


def accepted(sequenced: Sequenced, event: OrderAccepted) -> OrderRecord:
    """The record with which an order begins."""
    terms, time_ns = event.terms, sequenced.time_ns
    status = OrderStatus.NEW if terms.trigger_price is None else OrderStatus.ARMED
    return OrderRecord(
        order_id=event.order_id,
        terms=terms,
        status=status,
        filled=0,
        notional=0,
        fee=0,
        reason=None,
        sequence=sequenced.sequence,
        created_ns=time_ns,
        updated_ns=time_ns,
        fills=(),
    )


def after(record: OrderRecord, sequenced: Sequenced, event: Event) -> OrderRecord:
    """The record of an order after one more event that is about it."""
    changes = _CHANGES[type(event)](record, sequenced, event)
    return replace(record, sequence=sequenced.sequence, updated_ns=sequenced.time_ns, **changes)


def orders_of(event: Event) -> tuple[int, ...]:
    """The orders that an event changes, but for one that it begins."""
    if type(event) is Trade:
        return event.maker_order_id, event.taker_order_id
    if isinstance(event, OrderCanceled | OrderReplaced | OrderTriggered):
        return (event.order_id,)
    return ()


def _triggered(record: OrderRecord, sequenced: Sequenced, event: OrderTriggered) -> Changes:
    return {"status": OrderStatus.NEW}


def _replaced(record: OrderRecord, sequenced: Sequenced, event: OrderReplaced) -> Changes:
    return {"terms": event.after}


def _canceled(record: OrderRecord, sequenced: Sequenced, event: OrderCanceled) -> Changes:
    expired = event.reason is CancelReason.EXPIRED
    status = OrderStatus.EXPIRED if expired else OrderStatus.CANCELED
    return {"status": status, "reason": event.reason}


def _traded(record: OrderRecord, sequenced: Sequenced, trade: Trade) -> Changes:
    is_maker = record.order_id == trade.maker_order_id
    fee = trade.maker_fee if is_maker else trade.taker_fee
    fill = Fill(trade.trade_id, trade.price, trade.quantity, is_maker, fee, sequenced.time_ns)
    filled = record.filled + trade.quantity
    is_done = filled == record.terms.quantity
    return {
        "status": OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED,
        "filled": filled,
        "notional": record.notional + trade.price * trade.quantity,
        "fee": record.fee + fee,
        "fills": (*record.fills[1 - FILLS_MAX :], fill),
    }


_CHANGES: dict[type[Event], Callable[..., Changes]] = {
    OrderTriggered: _triggered,
    OrderReplaced: _replaced,
    OrderCanceled: _canceled,
    Trade: _traded,
}
