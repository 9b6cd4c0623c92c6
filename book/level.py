"""The queue at one price: first in, first out."""

from collections import deque
from collections.abc import Iterator

from .order import Order

# A queue is swept when it holds this many tombstones more than living orders.
TOMBSTONES_SLACK = 32


class PriceLevel:
    """All resting orders at one price, oldest first.

    An order that leaves from the middle becomes a tombstone: nothing remains of it, and it is
    dropped when its turn comes. So a cancel touches the order and its level and nothing
    else, where a linked list would fetch two neighbours from all over the memory. When a
    removal leaves more tombstones than living orders the queue is swept, so every operation
    is amortized O(1) and the queue never grows beyond about twice the orders that it had.
    """

    __slots__ = ("count", "key", "price", "quantity", "queue")

    def __init__(self, key: int, price: int, first: Order) -> None:
        self.key = key
        self.price = price
        self.queue = deque((first,))
        self.quantity = first.remaining
        self.count = 1

    def __repr__(self) -> str:
        return f"<level {self.price}: {self.quantity} in {self.count} orders>"

    def append(self, order: Order) -> None:
        """Queue an order behind all others."""
        self.queue.append(order)
        self.quantity += order.remaining
        self.count += 1

    def remove(self, order: Order) -> None:
        """Take an order out: it becomes a tombstone. The level must not be left empty."""
        self.quantity -= order.remaining
        self.count = count = self.count - 1
        order.remaining = 0
        if len(self.queue) > 2 * count + TOMBSTONES_SLACK:
            self.queue = deque(self)

    def fill_first(self) -> int:
        """Take out the first order, used up by a trade. Returns how many are left."""
        self.quantity -= self.queue.popleft().remaining
        self.count = count = self.count - 1
        return count

    def __iter__(self) -> Iterator[Order]:
        """The living orders, oldest first. O(count)."""
        return (order for order in self.queue if order.remaining)
