"""One side of the book: its price levels, best first."""

from collections.abc import Iterator, Mapping

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

    def remove(self, order: Order, orders: Mapping[int, Order]) -> None:
        """Take an order out, and its level with it when that is empty."""
        level = self.level_of(order)
        if level.count > 1:
            level.unlink(order, orders)
            return
        del self.levels[level.key]
        if level is self.best:
            self.best = next(iter(self), None)

    def level_of(self, order: Order) -> PriceLevel:
        """The level that an order rests at."""
        price = order.terms.price
        assert price is not None, "only orders with a limit price rest"
        return self.levels[price * self.sign]

    def __iter__(self) -> Iterator[PriceLevel]:
        """The levels, best first."""
        return iter(self.levels.values())
