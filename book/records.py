"""What became of an order, and of a trade, as frozen data to read."""

from msgspec import Struct

from .commands import NewOrder
from .enums import CancelReason, OrderStatus
from .events import Trade

# An order's record lists its newest fills, up to this many; its sums cover all. A market maker's
# order may be filled tens of thousands of times, and is shown in every answer that names it.
FILLS_MAX = 100


class Fill(Struct, frozen=True, gc=False, array_like=True):
    """One order's half of a trade. Prices in ticks, quantities in lots, fees in fee units."""

    trade_id: int
    price: int
    quantity: int
    is_maker: bool
    fee: int
    time_ns: int


class TradeRecord(Struct, frozen=True, gc=False):
    """A trade, with the sequence and the time of the command that caused it."""

    trade: Trade
    sequence: int
    time_ns: int


class OrderRecord(Struct, frozen=True, gc=False):
    """An order as it stood after the command `sequence`, the last one that changed it.

    `terms` are those in force: a replace changes them. `notional` is the sum of price x
    quantity over all fills, `fee` that of their fees; `fills` are the newest
    `FILLS_MAX`.
    """

    order_id: int
    terms: NewOrder
    status: OrderStatus
    filled: int
    notional: int
    fee: int
    reason: CancelReason | None
    sequence: int
    created_ns: int
    updated_ns: int
    fills: tuple[Fill, ...]
