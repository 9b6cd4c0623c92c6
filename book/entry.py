"""An order's record while it is being written."""

from msgspec import Struct

from .commands import NewOrder
from .enums import CancelReason, OrderStatus
from .records import FILLS_MAX, Fill, OrderRecord

_FILLED = OrderStatus.FILLED
_PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED


class Entry(Struct, gc=False):
    """What is known of an order, at one place: who gets behind all others becomes another entry.

    Captures are numbered. `captured` is the last one that has nothing more to ask of this entry:
    it has read it, or finds what it wants in `aside`, or began before it was there.
    """

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
    captured: int = 0
    aside: OrderRecord | None = None
    is_open: bool = True
    """It has its place still. A finished order has none, and a replaced one has a new one."""

    @classmethod
    def of(cls, record: OrderRecord) -> "Entry":
        """The entry of an open order that has this record."""
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

    def add(self, fill: Fill) -> None:
        """Take in a fill, which may be the last one."""
        self.filled += fill.quantity
        self.notional += fill.price * fill.quantity
        self.fee += fill.fee
        self.fills = (*self.fills[1 - FILLS_MAX :], fill)
        done = self.filled == self.terms.quantity
        self.status = _FILLED if done else _PARTIALLY_FILLED

    def record(self) -> OrderRecord:
        """The order as it stands."""
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

    def set_aside(self, capture: int) -> None:
        """Keep the record for a capture: the entry is about to change."""
        self.captured = capture
        self.aside = self.record()

    def as_captured(self, capture: int) -> OrderRecord | None:
        """The record as it stood when a capture began, once; None if it was not open then."""
        if self.captured == capture:
            record, self.aside = self.aside, None
            return record
        self.captured = capture
        return self.record() if self.is_open else None
