"""Orders that wait for a trade to touch their price.

A stop buy and a take-profit sell wait for the price to rise to their trigger, a stop sell
and a take-profit buy for it to fall there. An order never stays armed once its condition
holds at the last trade, so a trade at the same price as the last one cannot trigger.
"""

from collections import deque

from sortedcontainers import SortedDict

from .commands import NewOrder
from .enums import OrderType, Side
from .order import Order

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def waits_for_rise(terms: NewOrder) -> bool:
    """Whether the order triggers at or above its trigger price, else at or below it."""
    return (terms.type in _STOPS) == (terms.side is Side.BUY)


def is_due(terms: NewOrder, last_price: int | None) -> bool:
    """Whether an order has nothing to wait for: no trigger, or one that the last trade meets."""
    trigger = terms.trigger_price
    if trigger is None:
        return True
    if last_price is None:
        return False
    return last_price >= trigger if waits_for_rise(terms) else last_price <= trigger


class Triggers:
    """The armed orders, and those that a trade has released and that wait for their turn.

    Released orders act in the order in which the price reached them: nearest trigger
    first, at one trigger price the one armed first. Prices reached by later trades,
    those of released orders included, queue behind.
    """

    __slots__ = ("_falling", "_rising", "armed", "released")

    def __init__(self) -> None:
        # Nearest first: ascending triggers wait for a rise, negated ones for a fall. Each
        # holds its orders in the order of arming.
        self._rising: SortedDict[int, dict[int, Order]] = SortedDict()
        self._falling: SortedDict[int, dict[int, Order]] = SortedDict()
        self.armed = 0
        self.released: deque[Order] = deque()

    def arm(self, order: Order) -> None:
        """Wait for the trigger price, behind all that wait for the same. O(log n)."""
        waiting, key = self._place(order.terms)
        waiting.setdefault(key, {})[order.order_id] = order
        self.armed += 1

    def disarm(self, order: Order) -> None:
        """Wait no longer. O(log n) for the last order of a trigger price, else O(1)."""
        waiting, key = self._place(order.terms)
        del waiting[key][order.order_id]
        if not waiting[key]:
            del waiting[key]
        self.armed -= 1

    def touch(self, price: int) -> None:
        """Release all orders that a trade at this price triggers. O(log n) each."""
        for waiting, bound in ((self._rising, price), (self._falling, -price)):
            while waiting and waiting.peekitem(0)[0] <= bound:
                _, orders = waiting.popitem(0)
                self.armed -= len(orders)
                self.released.extend(orders.values())

    def queue(self) -> list[Order]:
        """All armed orders: those that wait for a rise, then the others, nearest first."""
        sides = (self._rising, self._falling)
        return [order for side in sides for at in side.values() for order in at.values()]

    def _place(self, terms: NewOrder) -> tuple[SortedDict[int, dict[int, Order]], int]:
        trigger = terms.trigger_price
        assert trigger is not None, "only orders with a trigger price are armed"
        return (self._rising, trigger) if waits_for_rise(terms) else (self._falling, -trigger)
