"""Both ladders and the index of all open orders."""

from sortedcontainers import SortedSet

from .enums import Side
from .ladder import Ladder
from .order import Order
from .triggers import Triggers

_BUY = Side.BUY


class OrderBook:
    """Every open order of a symbol, resting on a ladder or armed, found by its id in O(1).

    Knows where orders stand, not why: the engine decides that.
    """

    __slots__ = (
        "asks",
        "bids",
        "by_account",
        "expiries",
        "last_price",
        "last_trade_id",
        "next_expiry_ns",
        "orders",
        "triggers",
    )

    def __init__(self) -> None:
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)
        self.triggers = Triggers()
        self.orders: dict[int, Order] = {}  # by id, in the order of their places
        self.by_account: dict[str, dict[int, Order]] = {}
        self.expiries: SortedSet[tuple[int, int]] = SortedSet()  # of (expires_at_ns, order_id)
        self.next_expiry_ns: int | None = None
        self.last_trade_id = 0
        self.last_price: int | None = None

    def ladder(self, side: Side) -> Ladder:
        """The side that orders of this side rest on."""
        return self.bids if side is _BUY else self.asks

    def opposite(self, side: Side) -> Ladder:
        """The side that orders of this side take from."""
        return self.asks if side is _BUY else self.bids

    def open(self, order: Order) -> None:
        """Enter an order: into the index, and onto its ladder or among the armed.

        O(1); O(log L) when it opens a price level, O(log n) when it is armed or expires.
        """
        terms = order.terms
        self.orders[order.order_id] = order
        if order.armed:
            self.triggers.arm(order)
        else:
            (self.bids if terms.side is _BUY else self.asks).add(order)
        if terms.account is not None:
            self.by_account.setdefault(terms.account, {})[order.order_id] = order
        if terms.expires_at_ns is not None:
            self.expiries.add((terms.expires_at_ns, order.order_id))
            self.next_expiry_ns = self.expiries[0][0]

    def close(self, order: Order) -> None:
        """Take an order out of wherever it stands. As `open`."""
        if order.armed:
            self.triggers.disarm(order)
        else:
            (self.bids if order.terms.side is _BUY else self.asks).remove(order)
        self.forget(order)

    def forget(self, order: Order) -> None:
        """Drop an order from the index that has left its ladder, or its trigger, already."""
        terms = order.terms
        del self.orders[order.order_id]
        if terms.account is not None:
            own = self.by_account[terms.account]
            del own[order.order_id]
            if not own:
                del self.by_account[terms.account]
        if terms.expires_at_ns is not None:
            self.expiries.remove((terms.expires_at_ns, order.order_id))
            self.next_expiry_ns = self.expiries[0][0] if self.expiries else None

    def reduce(self, order: Order, quantity: int) -> None:
        """Take lots, fewer than all, off an open order. It keeps its place. O(1)."""
        order.remaining -= quantity
        price = order.terms.price
        if not order.armed and price is not None:
            ladder = self.ladder(order.terms.side)
            ladder.levels[price * ladder.sign].quantity -= quantity
