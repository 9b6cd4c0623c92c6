"""What happened. Events are past tense and frozen.

1. The events of one command are its complete effect, in order: nothing about the book
   changes that is not among them.
2. They share the sequence and time of their command and do not repeat them.
3. A refusal is an event too; only a bug is an exception.

Prices are ticks, quantities lots, fees in units of tick x lot x FEE_RATE_UNIT.
"""

from typing import final

from msgspec import Struct

from .commands import NewOrder
from .enums import CancelReason, RejectReason, Side


class OrderAccepted(Struct, frozen=True, gc=False):
    """A new order is in: it now trades and rests, or it is armed."""

    order_id: int
    terms: NewOrder


class OrderRepeated(Struct, frozen=True, gc=False):
    """The client order id and the body were seen before: this is that order, nothing changed."""

    order_id: int


class OrderRejected(Struct, frozen=True, gc=False):
    """A command was refused and changed nothing. `order_id` is that of the order it named."""

    reason: RejectReason
    order_id: int | None = None


class OrderTriggered(Struct, frozen=True, gc=False):
    """A trade touched the trigger price: the order now acts as its market or limit order."""

    order_id: int


@final  # so that the exact type tells it from all others
class Trade(Struct, frozen=True, gc=False):
    """A match at the maker's price. Trade ids of a symbol are 1, 2, 3, …

    A fee is what its side pays, in the quote currency; a negative fee is paid to it.
    """

    trade_id: int
    price: int
    quantity: int
    aggressor_side: Side
    maker_order_id: int
    taker_order_id: int
    maker_fee: int
    taker_fee: int


class OrderReplaced(Struct, frozen=True, gc=False):
    """An open order has new terms: another price, another quantity, or neither."""

    order_id: int
    before: NewOrder
    after: NewOrder
    kept_priority: bool


class OrderCanceled(Struct, frozen=True, gc=False):
    """What was left of an order is gone. `price` is its limit, None for a market order."""

    order_id: int
    side: Side
    price: int | None
    remaining: int
    reason: CancelReason


Event = (
    OrderAccepted
    | OrderRepeated
    | OrderRejected
    | OrderTriggered
    | Trade
    | OrderReplaced
    | OrderCanceled
)
