"""One side of the book: its price levels, best first."""

from collections.abc import Iterator

from sortedcontainers import SortedDict

from .enums import Side
from .level import PriceLevel
from .order import Order


class Ladder:
    """The price levels of one side.

    Levels are kept under a key that sorts best first on both sides: the price for asks,
    the negated price for bids. An order that takes may therefore compare keys without
    asking which side it is on: `level.key <= bound` says that the level crosses.

    Opening or closing a level is O(log L); all else is O(1), the best level included.
    """

    __slots__ = ("best", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side is Side.BUY else 1
        self.levels: SortedDict[int, PriceLevel] = SortedDict()
        self.best: PriceLevel | None = None

    def add(self, order: Order) -> None:
        """Queue an order at its limit price, behind all that is there."""
        price = order.terms.price
        assert price is not None, "only orders with a limit price rest"
        key = price * self.sign
        level = self.levels.get(key)
        if level is not None:
            level.append(order)
            return
        level = self.levels[key] = PriceLevel(key, price, order)
        if self.best is None or key < self.best.key:
            self.best = level

    def remove(self, order: Order) -> None:
        """Take an order out, and its level with it when it was the last one there."""
        price = order.terms.price
        assert price is not None, "only orders with a limit price rest"
        level = self.levels[price * self.sign]
        if level.count > 1:
            level.remove(order)
        else:
            self.drop(level)

    def drop(self, level: PriceLevel) -> None:
        """Take out a level that has no orders left."""
        del self.levels[level.key]
        if level is self.best:
            self.best = self.levels.peekitem(0)[1] if self.levels else None

    def __iter__(self) -> Iterator[PriceLevel]:
        """The levels, best first."""
        return iter(self.levels.values())
