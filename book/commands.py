"""What can be asked of a book. Commands are imperative, frozen and well-formed.

Well-formed means: built by an edge that has checked the shape (`problem_with` states the
rules). Whether a well-formed command is granted is for the engine to say, as an event.

Prices are whole ticks and quantities whole lots of the instrument; times are nanoseconds
since the Unix epoch. The structs are `gc=False`: they cannot be part of a reference
cycle, and the garbage collector never has to look at a book's millions of them.
"""

from msgspec import Struct

from .enums import LIMIT_TYPES, TRIGGER_TYPES, OrderType, SelfTradePrevention, Side, TimeInForce


class NewOrder(Struct, frozen=True, gc=False, omit_defaults=True):
    """Place an order. Its order id is the sequence of this command.

    Journals and snapshots leave defaults out, so that none may ever change.
    """

    side: Side
    type: OrderType
    quantity: int
    price: int | None = None
    trigger_price: int | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at_ns: int | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_TAKER
    account: str | None = None
    client_order_id: str | None = None


class CancelOrder(Struct, frozen=True, gc=False):
    """Take an open order, resting or armed, off the book."""

    order_id: int


class ReplaceOrder(Struct, frozen=True, gc=False):
    """Change the limit price or the whole quantity (filled part included) of an open order.

    The same price with no more quantity keeps time priority, anything else loses it.
    None leaves a value as it is.
    """

    order_id: int
    price: int | None = None
    quantity: int | None = None


class MassCancel(Struct, frozen=True, gc=False):
    """Cancel every open order of an account, or of everybody."""

    account: str | None = None


class ExpireOrders(Struct, frozen=True, gc=False):
    """Do nothing but let time pass: what is due by the command's time expires."""


Command = NewOrder | CancelOrder | ReplaceOrder | MassCancel | ExpireOrders


class Sequenced(Struct, frozen=True, gc=False):
    """A command with its place in the symbol's history: all that decides what it does.

    Sequences of a symbol are 1, 2, 3, …; times never go back.
    """

    sequence: int
    time_ns: int
    command: Command


def problem_with(order: NewOrder) -> tuple[str, str] | None:
    """The first rule of shape that an order breaks, as (field, rule), or None.

    These rules need neither the instrument nor the book; every edge that builds a
    `NewOrder` from foreign input must ask.
    """
    market, tif = order.type not in LIMIT_TYPES, order.time_in_force
    wants_trigger = order.type in TRIGGER_TYPES
    rules = (
        ("quantity", "must be more than zero", order.quantity > 0),
        ("price", "is required for {type} orders", market or order.price is not None),
        ("price", "is not allowed for {type} orders", not market or order.price is None),
        ("price", "must be more than zero", order.price is None or order.price > 0),
        (
            "trigger_price",
            "is required for {type} orders"
            if wants_trigger
            else "is not allowed for {type} orders",
            wants_trigger == (order.trigger_price is not None),
        ),
        (
            "trigger_price",
            "must be more than zero",
            order.trigger_price is None or order.trigger_price > 0,
        ),
        (
            "time_in_force",
            "must be ioc or fok for {type} orders",
            not market or tif in (TimeInForce.IOC, TimeInForce.FOK),
        ),
        (
            "expires_at",
            "is required with time_in_force gtd, and only then allowed",
            (tif is TimeInForce.GTD) == (order.expires_at_ns is not None),
        ),
        (
            "post_only",
            "is only for limit orders that may rest (gtc or gtd)",
            not order.post_only or (not market and tif in (TimeInForce.GTC, TimeInForce.GTD)),
        ),
    )
    for field, rule, holds in rules:
        if not holds:
            return field, rule.format(type=order.type)
    return None
