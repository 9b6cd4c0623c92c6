"""An open order: what was asked, and what is left of it."""

from msgspec import Struct

from .commands import NewOrder


class Order(Struct, gc=False):
    """An accepted order for as long as it is open. An armed one stands on no ladder.

    It refers to nothing that refers back: without cycles, a book of a million orders
    costs the garbage collector nothing and is freed without it.
    """

    order_id: int
    terms: NewOrder
    remaining: int
    armed: bool = False

    @property
    def filled(self) -> int:
        """Lots traded so far."""
        return self.terms.quantity - self.remaining
