"""What to ask of a book: one generator, driven by hypothesis or by a seeded `random.Random`.

Few prices, few accounts and small caps, so that orders cross, meet themselves, trigger each
other, expire, repeat their client order ids and hit every limit within a handful of commands.
Options stand simplest first, which is where hypothesis shrinks to.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    problem_with,
)
from goquant.book.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.book.instrument import Instrument

T = TypeVar("T")

HUGE = 10**15
PRICES = range(95, 106)
# Orders of both sides overlap enough to trade often, but not so much that no book builds up.
PRICES_OF = {Side.BUY: range(95, 103), Side.SELL: range(98, 106)}
QUANTITIES = (1, 2, 3, 5, 8, 13)
ACCOUNTS = (None, "ann", "bob")
CLIENT_ORDER_IDS = (*(None,) * 16, "one", "two", "three", "four", "five")
WAITS_NS = (0, 0, 0, 1, 2, 7)
LIFETIMES_NS = (20, 60, 40, 9, 9, 4, 1, 0)


class Choose(Protocol):
    """Picks one of the options: `random.Random.choice`, or a draw of hypothesis."""

    def __call__(self, options: Sequence[T], /) -> T: ...


class Again(Struct, frozen=True):
    """Send the nth last new order once more, word for word."""

    nth: int


# What is wished for becomes a command when the book is known: see `aim`.
Wish = Command | Again


def _shapes() -> list[NewOrder]:
    """Every well-formed combination of type, time in force and post-only, limit orders first."""
    types = sorted(OrderType, key=lambda kind: kind is not OrderType.LIMIT)
    shapes = [
        NewOrder(
            Side.BUY,
            kind,
            1,
            price=100 if kind.endswith("limit") else None,
            trigger_price=100 if kind.startswith(("stop", "take")) else None,
            time_in_force=time_in_force,
            expires_at_ns=0 if time_in_force is TimeInForce.GTD else None,
            post_only=post_only,
        )
        for kind in types
        for time_in_force in TimeInForce
        for post_only in (False, True)
    ]
    return [shape for shape in shapes if problem_with(shape) is None]


def _weight(shape: NewOrder) -> int:
    """How often a shape is picked: without orders that rest there is nothing to do."""
    if shape.type is OrderType.LIMIT and shape.time_in_force is TimeInForce.GTC:
        return 5 if shape.post_only else 16
    return 3 if shape.type is OrderType.MARKET or shape.post_only else 1


SHAPES = tuple(shape for shape in _shapes() for _ in range(_weight(shape)))


def instrument(choose: Choose) -> Instrument:
    """An instrument with limits small enough to be met."""
    return Instrument(
        symbol="BTC-USD",
        base="BTC",
        quote="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        quantity_min=choose((1, 1, 2)),
        quantity_max=choose((HUGE, HUGE, 8)),
        price_max=choose((HUGE, HUGE, 104)),
        notional_min=choose((0, 0, 0, 200)),
        maker_fee_rate=choose((-100, 0, 150)),
        taker_fee_rate=choose((250, 0, -50)),
        price_band_bps=choose((0, 0, 300, 20_000)),
        open_orders_max=choose((1_000, 1_000, 20, 7)),
        account_open_orders_max=choose((1_000, 1_000, 8, 3)),
        client_order_ids_max=choose((8, 3, 2, 1)),
    )


def new_order(choose: Choose) -> NewOrder:
    """An order of any shape. `expires_at_ns` is how long it is to live."""
    shape = choose(SHAPES)
    side = choose((Side.BUY, Side.SELL))
    odd = (1, 10_000, HUGE, HUGE + 1)
    return replace(
        shape,
        side=side,
        quantity=choose((40, HUGE, HUGE + 1) if _seldom(choose) else QUANTITIES),
        price=None if shape.price is None else choose(odd if _seldom(choose) else PRICES_OF[side]),
        trigger_price=None
        if shape.trigger_price is None
        else choose(odd if _seldom(choose) else PRICES),
        expires_at_ns=None if shape.expires_at_ns is None else choose(LIFETIMES_NS),
        self_trade_prevention=choose(tuple(SelfTradePrevention)),
        account=choose(ACCOUNTS),
        client_order_id=choose(CLIENT_ORDER_IDS),
    )


def cancel_order(choose: Choose) -> CancelOrder:
    """Mostly of a live order: an order id of 0 or less means one, see `aim`."""
    return CancelOrder(_target(choose))


def replace_order(choose: Choose) -> ReplaceOrder:
    """Mostly of a live order, of its price, its quantity, both or neither."""
    price = choose((None, None, *PRICES, 10_000, 10_000, HUGE + 1))
    return ReplaceOrder(_target(choose), price, choose((None, None, *QUANTITIES, HUGE)))


def mass_cancel(choose: Choose) -> MassCancel:
    """Of one account more often than of all."""
    return MassCancel(choose(("ann", "bob", "nobody", None)))


def again(choose: Choose) -> Again:
    """Repeat one of the last few orders."""
    return Again(choose(range(6)))


def expire_orders(choose: Choose) -> ExpireOrders:
    """Nothing but time."""
    return ExpireOrders()


KINDS: tuple[Callable[[Choose], Wish], ...] = (
    *(new_order,) * 30,
    *(cancel_order,) * 4,
    *(replace_order,) * 7,
    *(again,) * 3,
    expire_orders,
    mass_cancel,
)


def wish(choose: Choose) -> Wish:
    """Any command, in the mix of a busy book that now and then is cleared."""
    return choose(KINDS)(choose)


def aim(wished: Wish, live: Sequence[int], sent: Sequence[NewOrder], time_ns: int) -> Command:
    """The command that is meant, given the ids of open orders and the new orders sent so far.

    An order id of 0 or less counts round among the open orders, a lifetime starts now.
    """
    if isinstance(wished, Again):
        return sent[-1 - wished.nth % len(sent)] if sent else ExpireOrders()
    if isinstance(wished, NewOrder) and wished.expires_at_ns is not None:
        return replace(wished, expires_at_ns=time_ns + wished.expires_at_ns)
    if isinstance(wished, CancelOrder | ReplaceOrder) and wished.order_id <= 0:
        target = live[-wished.order_id % len(live)] if live else 1
        return replace(wished, order_id=target)
    return wished


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """Hypothesis draws an instrument."""
    return instrument(_choices_of(draw))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Hypothesis draws what to ask for."""
    return wish(_choices_of(draw))


@st.composite
def new_orders(draw: st.DrawFn) -> NewOrder:
    """Hypothesis draws a new order."""
    return new_order(_choices_of(draw))


@st.composite
def replacements(draw: st.DrawFn) -> ReplaceOrder:
    """Hypothesis draws a replace."""
    return replace_order(_choices_of(draw))


def steps(size_max: int = 60) -> st.SearchStrategy[list[tuple[int, Wish]]]:
    """Hypothesis draws how long to wait and what to ask for then, again and again."""
    step = st.tuples(st.sampled_from(WAITS_NS), wishes())
    return st.lists(step, min_size=1, max_size=size_max)


def _target(choose: Choose) -> int:
    return choose(range(1, 30)) if _seldom(choose) else -choose(range(12))


def _seldom(choose: Choose) -> bool:
    return choose(range(40)) == 39


def _choices_of(draw: st.DrawFn) -> Choose:
    def choose(options: Sequence[T], /) -> T:
        return draw(st.sampled_from(options))

    return choose
