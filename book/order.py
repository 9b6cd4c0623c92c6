"""An open order: what was asked, and what is left of it."""

from msgspec import Struct

from .commands import NewOrder


class Order(Struct, gc=False):
    """An accepted order for as long as it is open.

    `previous` and `next` are the ids of its neighbours in the FIFO of its price level, 0
    for none. An armed order stands on no ladder. Ids instead of references keep the order free of cycles, so a book of a
    million orders costs the garbage collector nothing and is freed without it.
    """

    order_id: int
    terms: NewOrder
    remaining: int
    previous: int = 0
    next: int = 0
    armed: bool = False

    @property
    def filled(self) -> int:
        """Lots traded so far."""
        return self.terms.quantity - self.remaining
