"""The queue at one price: first in, first out."""

from collections.abc import Iterator, Mapping

from .order import Order


class PriceLevel:
    """All resting orders at one price, oldest first, as a doubly linked list of ids.

    Every operation is O(1). A deque would be O(n) to cancel from the middle; a dict would
    be O(n) to find its first key once many before it have gone.
    """

    __slots__ = ("count", "head", "key", "price", "quantity", "tail")

    def __init__(self, key: int, price: int, first: Order) -> None:
        self.key = key
        self.price = price
        self.head = first
        self.tail = first
        self.quantity = first.remaining
        self.count = 1

    def append(self, order: Order) -> None:
        """Queue an order behind all others."""
        tail = self.tail
        tail.next = order.order_id
        order.previous = tail.order_id
        self.tail = order
        self.quantity += order.remaining
        self.count += 1

    def unlink(self, order: Order, orders: Mapping[int, Order]) -> None:
        """Take an order out that is not the only one. `orders` finds its neighbours.

        The order keeps its own links: one that comes back does so as a new `Order`.
        """
        previous, following = order.previous, order.next
        if previous:
            before = orders[previous]
            before.next = following
        else:
            before = None
            self.head = orders[following]
        if following:
            after = orders[following]
            after.previous = previous
        elif before is not None:
            self.tail = before
        self.quantity -= order.remaining
        self.count -= 1

    def queue(self, orders: Mapping[int, Order]) -> Iterator[Order]:
        """The orders, oldest first. O(count)."""
        order = self.head
        while True:
            yield order
            if not order.next:
                return
            order = orders[order.next]
