"""What a player needs from an exchange."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from ..book.enums import Side


class VenueError(Exception):
    """The exchange cannot be used: it is not there, or it does not answer as one."""


class Place(Struct, frozen=True, gc=False):
    """A limit order, good till canceled."""

    side: Side
    price: Decimal
    quantity: Decimal
    post_only: bool


class Cancel(Struct, frozen=True, gc=False):
    """The cancel of an order, by the exchange's id."""

    order_id: str


class Replace(Struct, frozen=True, gc=False):
    """Another whole quantity, its filled part included, for an order by the exchange's id."""

    order_id: str
    quantity: Decimal


class Accepted(Struct, frozen=True, gc=False):
    """A new order was taken. `trade_ids` are the trades that it made at once, as the taker."""

    order_id: str
    is_open: bool
    trade_ids: Sequence[int]


class Done(Struct, frozen=True, gc=False):
    """An order was canceled or replaced."""


class Refused(Struct, frozen=True, gc=False):
    """A command changed nothing. The reason is a code of the API's errors."""

    reason: str


class OrderState(Struct, frozen=True, gc=False):
    """How an order stands."""

    is_open: bool
    filled: Decimal
    remaining: Decimal


# An order that the exchange remembers no more: it ended long ago.
FORGOTTEN = OrderState(is_open=False, filled=Decimal(0), remaining=Decimal(0))


class VenueTrade(Struct, frozen=True, gc=False):
    """A trade of the exchange, with its ids of both orders."""

    trade_id: int
    maker_order_id: str
    taker_order_id: str
    price: Decimal
    quantity: Decimal


Entry = Place | Cancel | Replace
Result = Accepted | Done | Refused


class Venue(Protocol):
    """One symbol of an exchange. Every method raises VenueError."""

    @property
    def tick_size(self) -> Decimal:
        """Prices are multiples of this."""

    async def submit(self, batch: Sequence[Entry]) -> list[Result]:
        """Have a batch carried out, in its order, and return the result of each entry."""

    async def order(self, order_id: str) -> OrderState:
        """How an order stands."""

    async def trades_since(self, trade_id: int) -> Iterable[VenueTrade]:
        """That trade and all later ones, as far as the exchange remembers them."""
