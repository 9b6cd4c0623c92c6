"""Views of a book: L1 is the best price, L2 quantities by price, L3 single orders."""

from itertools import islice

from msgspec import Struct

from .enums import Side
from .ladder import Ladder
from .order_book import OrderBook


class DepthLevel(Struct, frozen=True, gc=False):
    """The orders at one price, summed up. A `quantity` of 0 in a change says that the level is gone."""

    price: int
    quantity: int
    count: int


class Depth(Struct, frozen=True):
    """Levels of both sides, best first."""

    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]


class RestingOrder(Struct, frozen=True, gc=False):
    """One order of the L3 view. Accounts and client order ids are nobody else's business."""

    order_id: int
    price: int
    quantity: int


class Orders(Struct, frozen=True):
    """Resting orders of both sides in the order in which they will trade."""

    bids: tuple[RestingOrder, ...]
    asks: tuple[RestingOrder, ...]


def l1(book: OrderBook) -> Depth:
    """The best level of each side, if there is one. O(1)."""
    best = (book.bids.best, book.asks.best)
    bids, asks = (
        () if level is None else (DepthLevel(level.price, level.quantity, level.count),)
        for level in best
    )
    return Depth(bids, asks)


def l2(book: OrderBook, levels_max: int | None = None) -> Depth:
    """The best levels of each side, all by default. O(levels)."""
    return Depth(_levels(book.bids, levels_max), _levels(book.asks, levels_max))


def l3(book: OrderBook, orders_max: int | None = None) -> Orders:
    """The first orders of each side to trade, all by default. O(orders)."""
    return Orders(_queue(book.bids, orders_max), _queue(book.asks, orders_max))


def change(before: Depth, after: Depth) -> Depth:
    """What to set in `before` to get `after`: changed levels, and gone ones with quantity 0."""
    return Depth(_changed(before.bids, after.bids, -1), _changed(before.asks, after.asks, 1))


def apply_change(depth: Depth, change: Depth) -> Depth:
    """The depth after a change: `apply_change(a, change(a, b)) == b`."""
    return Depth(_merged(depth.bids, change.bids, -1), _merged(depth.asks, change.asks, 1))


def touched(side: Side, book: OrderBook, prices: set[int]) -> tuple[DepthLevel, ...]:
    """The levels at some prices of one side as they are now, best first. O(prices)."""
    ladder = book.ladder(side)
    keys = sorted(price * ladder.sign for price in prices)
    found = ((key * ladder.sign, ladder.levels.get(key)) for key in keys)
    return tuple(
        DepthLevel(price, 0, 0) if level is None else DepthLevel(price, level.quantity, level.count)
        for price, level in found
    )


def _levels(ladder: Ladder, levels_max: int | None) -> tuple[DepthLevel, ...]:
    return tuple(
        DepthLevel(level.price, level.quantity, level.count) for level in islice(ladder, levels_max)
    )


def _queue(ladder: Ladder, orders_max: int | None) -> tuple[RestingOrder, ...]:
    orders = (
        RestingOrder(order.order_id, level.price, order.remaining)
        for level in ladder
        for order in level
    )
    return tuple(islice(orders, orders_max))


def _changed(
    before: tuple[DepthLevel, ...], after: tuple[DepthLevel, ...], sign: int
) -> tuple[DepthLevel, ...]:
    old, new = ({level.price: level for level in side} for side in (before, after))
    gone = [DepthLevel(price, 0, 0) for price in old.keys() - new.keys()]
    changed = [level for price, level in new.items() if old.get(price) != level]
    return tuple(sorted(gone + changed, key=lambda level: level.price * sign))


def _merged(
    levels: tuple[DepthLevel, ...], change: tuple[DepthLevel, ...], sign: int
) -> tuple[DepthLevel, ...]:
    by_price = {level.price: level for level in (*levels, *change)}
    kept = (level for level in by_price.values() if level.quantity)
    return tuple(sorted(kept, key=lambda level: level.price * sign))
