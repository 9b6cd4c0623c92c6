"""Every rule that the state of an engine obeys between two commands, stated once."""

from .engine import Engine
from .enums import LIMIT_TYPES, TRIGGER_TYPES, TimeInForce
from .instrument import INTEGER_MAX
from .ladder import Ladder
from .order import Order
from .order_book import OrderBook
from .triggers import is_due

_OPEN_ENDED = frozenset({TimeInForce.GTC, TimeInForce.GTD})


class InvariantError(AssertionError):
    """The state of an engine breaks a rule: a bug in it."""


def check(engine: Engine) -> None:
    """Check every invariant. O(n log n), for tests and for doubts.

    Raises:
        InvariantError: names the rule and shows what breaks it.
    """
    book = engine.book
    resting = _check_ladder(book.bids, book) + _check_ladder(book.asks, book)
    armed = engine.book.triggers.queue()
    _check_uncrossed(book)
    _check_armed(engine, armed)
    _check_index(engine, [*resting, *armed])
    for order in (*resting, *armed):
        _check_order(engine.sequence, order)


def _check_ladder(ladder: Ladder, book: OrderBook) -> list[Order]:
    keys = list(ladder.levels)
    _must(keys == sorted(set(keys)), "levels are sorted, each price once", keys)
    first = next(iter(ladder), None)
    _must(ladder.best is first, "best is the first level", ladder.best)
    found: list[Order] = []
    for key, level in ladder.levels.items():
        queue = list(level)
        _must(level.key == key == level.price * ladder.sign, "a level knows its key", level)
        _must(level.count == len(queue) > 0, "a level counts its orders and is never empty", level)
        total = sum(order.remaining for order in queue)
        _must(level.quantity == total, "a level's quantity is the sum of its orders", level)
        for order in queue:
            terms = order.terms
            _must(book.ladder(terms.side) is ladder, "orders rest on their own side", order)
            _must(terms.price == level.price, "orders rest at their limit", order)
            _must(not order.armed, "resting orders are not armed", order)
            _must(terms.time_in_force in _OPEN_ENDED, "ioc and fok orders never rest", order)
        found += queue
    return found


def _check_uncrossed(book: OrderBook) -> None:
    bid, ask = book.bids.best, book.asks.best
    if bid is not None and ask is not None:
        _must(bid.price < ask.price, "the book is not crossed or locked", (bid.price, ask.price))


def _check_armed(engine: Engine, armed: list[Order]) -> None:
    triggers = engine.book.triggers
    _must(triggers.armed == len(armed), "the armed orders are counted", triggers.armed)
    _must(not triggers.released, "released orders act within their command", triggers.released)
    for order in armed:
        _must(order.armed, "an order that waits is armed", order)
        due = is_due(order.terms, engine.book.last_price)
        _must(not due, "an armed order's condition does not hold yet", order)


def _check_index(engine: Engine, orders: list[Order]) -> None:
    book = engine.book
    by_id = {order.order_id: order for order in orders}
    _must(len(by_id) == len(orders), "an order stands in one place", sorted(by_id))
    _must(book.orders == by_id, "the index holds all open orders", sorted(book.orders))
    accounts: dict[str, dict[int, Order]] = {}
    for order in orders:
        if order.terms.account is not None:
            accounts.setdefault(order.terms.account, {})[order.order_id] = order
    _must(book.by_account == accounts, "accounts know their orders", sorted(book.by_account))
    due = sorted(
        (order.terms.expires_at_ns, order.order_id)
        for order in orders
        if order.terms.expires_at_ns is not None
    )
    _must(list(book.expiries) == due, "all that expires is scheduled", book.expiries)
    _must(book.next_expiry_ns == (due[0][0] if due else None), "the next expiry is known", due)
    for expires_at_ns, order_id in due:
        _must(expires_at_ns > engine.time_ns, "what is due is gone", order_id)


def _check_order(sequence: int, order: Order) -> None:
    """The limits of the instrument are no rule here: they may have been wider when it came."""
    terms = order.terms
    _must(0 < order.order_id <= sequence, "an order id is a past sequence", order)
    _must(0 < order.remaining <= terms.quantity, "0 < remaining <= quantity", order)
    notional = (terms.price or 1) * terms.quantity
    _must(notional <= INTEGER_MAX, "a notional fits into 64 bits", order)
    _must((terms.price is not None) == (terms.type in LIMIT_TYPES), "price as the type says", order)
    _must(terms.type in TRIGGER_TYPES or not order.armed, "only trigger orders are armed", order)
    _must(order.filled == 0 or not order.armed, "an armed order has no fills", order)


def _must(holds: bool, rule: str, found: object) -> None:
    if not holds:
        raise InvariantError(f"broken: {rule}; found {found!r}")
