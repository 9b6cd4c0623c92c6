"""A copy of a book's price levels that changes only when it is told what happened.

What subscribers know of a book is what they were told, not what it is by now. The copy stands
where they stand, so that the difference is what to tell them next.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sortedcontainers import SortedDict

from .commands import NewOrder, Sequenced
from .depth import Depth, DepthLevel, touched
from .enums import Side
from .events import Event, OrderAccepted, OrderCanceled, OrderReplaced, OrderTriggered, Trade
from .instrument import INTEGER_MAX
from .ladder import Ladder
from .market import Answer, Market
from .order_book import OrderBook

_OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}

# Beyond the key of every level.
NO_EDGE = INTEGER_MAX + 1

_Place = tuple[Side, int | None]


class Touched(Struct, frozen=True):
    """The prices of each side at which some commands may have changed a book.

    `last` is the last command of them that may have; None if none has.
    """

    prices: dict[Side, set[int]]
    last: Sequenced | None


def touched_by(market: Market, answers: Iterable[Answer]) -> Touched:
    """Where commands may have changed the book; `market` stands right after the last. O(events)."""
    prices: dict[Side, set[int]] = {Side.BUY: set(), Side.SELL: set()}
    last = None
    for answer in answers:
        for event in answer.events:
            for side, price in _places(market, event):
                if price is not None:
                    prices[side].add(price)
                    last = answer.sequenced
    return Touched(prices, last)


def _places(market: Market, event: Event) -> Sequence[_Place]:
    """Where an event may have changed the book. No price is no place on a ladder."""
    match event:
        case Trade():
            return ((_OPPOSITE[event.aggressor_side], event.price),)
        case OrderAccepted():
            return _place(event.terms) if event.terms.trigger_price is None else ()
        case OrderCanceled():
            return ((event.side, event.price),)
        case OrderReplaced():
            return (*_place(event.before), *_place(event.after))
        case OrderTriggered():
            # The event names no price. If the order was replaced since, the event of that names
            # the price that it had before; if it is forgotten, other events say where it went.
            record = market.blotter.order(event.order_id)
            return () if record is None else _place(record.terms)
        case _:
            return ()


def _place(terms: NewOrder) -> Sequence[_Place]:
    return ((terms.side, terms.price),)


class Mirror:
    """The price levels of a book as they were when it was last looked at."""

    def __init__(self, book: OrderBook) -> None:
        """O(levels)."""
        self._sides = {side: _MirrorSide(book.ladder(side)) for side in Side}

    def best(self, size: int) -> Depth:
        """The first levels of both sides, best first. O(size)."""
        return Depth(self._sides[Side.BUY].best(size), self._sides[Side.SELL].best(size))

    def catch_up(
        self, book: OrderBook, prices: dict[Side, set[int]], sizes: Sequence[int]
    ) -> list[Depth]:
        """Look at some prices again. Returns what that changes in `best(size)`, for each size.

        `apply_change` of `best(size)` before and the change is `best(size)` after; a level that only
        moved into sight is in it as well, and one that moved out of sight has quantity 0.
        O(log L) for each price that opens or closes a level and for each size, else O(1) for
        each price and each level that comes or goes.
        """
        bids, asks = (
            self._sides[side].catch_up(touched(side, book, prices[side]), sizes) for side in Side
        )
        return [Depth(*pair) for pair in zip(bids, asks, strict=True)]


class _MirrorSide:
    """The levels of one side, by the keys of its ladder: best first."""

    __slots__ = ("_levels", "_sign")

    def __init__(self, ladder: Ladder) -> None:
        self._sign = ladder.sign
        self._levels: SortedDict[int, DepthLevel] = SortedDict(
            (level.key, DepthLevel(level.price, level.quantity, level.count)) for level in ladder
        )

    def best(self, size: int) -> tuple[DepthLevel, ...]:
        return tuple(self._levels.values()[:size])

    def catch_up(
        self, now: Iterable[DepthLevel], sizes: Sequence[int]
    ) -> list[tuple[DepthLevel, ...]]:
        before = [self._edge(size) for size in sizes]
        changed: dict[int, DepthLevel] = {}
        opened: set[int] = set()
        for level in now:
            key = level.price * self._sign
            old = self._levels.get(key)
            if level == old or (old is None and not level.quantity):
                continue
            changed[key] = level
            if old is None:
                opened.add(key)
            if level.quantity:
                self._levels[key] = level
            else:
                del self._levels[key]
        if not changed:
            return [()] * len(sizes)
        after = [self._edge(size) for size in sizes]
        return [
            self._in_sight(changed, opened, *edges) for edges in zip(before, after, strict=True)
        ]

    def _edge(self, size: int) -> int:
        """The key of the last level in sight when only so many are; without end if all are."""
        return self._levels.keys()[size - 1] if len(self._levels) >= size else NO_EDGE

    def _in_sight(
        self, changed: dict[int, DepthLevel], opened: set[int], before: int, after: int
    ) -> tuple[DepthLevel, ...]:
        """What changed for those who saw as far as one edge before, and see as far as another now."""
        found: dict[int, DepthLevel] = {}
        for key, level in changed.items():
            if key <= after and level.quantity:
                found[key] = level
            elif key <= before and key not in opened:
                found[key] = DepthLevel(level.price, 0, 0)
        if before != after:
            low, high = min(before, after), max(before, after)
            for key in self._levels.irange(low, high, (False, True)):
                if key not in changed:
                    level = self._levels[key]
                    found[key] = level if after > before else DepthLevel(level.price, 0, 0)
        return tuple(found[key] for key in sorted(found))
