"""Orders that stand in our book although they are gone from the real one.

A recording can miss that an order went; its `deleted` comes only when the recording ends, if at
all. Such a ghost is in everybody's way: post-only orders are refused at it, and takers waste
themselves on it. It gives itself away: all orders but the takers rested in reality, so a bid and
a lower ask among them cannot both have stood for a second.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from ..book.enums import Side
from .flow import Row

# How long an order must stand to prove anything. Feeds mix up what happens within a few
# milliseconds, and most orders that are refused at the best price are gone by then.
STANDING_MS = 1000


class Waiting:
    """Orders that were refused as they would have taken, from then on until they go or are due."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}  # in the order of the file
        self._done: set[str] = set()

    def add(self, row: Row) -> None:
        """Have an order wait, unless it has done so before."""
        if row.id not in self._done:
            self._rows[row.id] = row

    def change(self, id: str, volume: Decimal) -> None:
        """So much is left of an order, if it waits."""
        if id in self._rows:
            self._rows[id] = replace(self._rows[id], volume=volume)

    def discard(self, id: str) -> None:
        """An order is gone; it need not have waited."""
        self._rows.pop(id, None)

    def pop_due(self, time_ms: int) -> Row | None:
        """The oldest order, if it has stood long enough at this time; it waits no more, ever."""
        oldest = next(iter(self._rows.values()), None)
        if oldest is None or time_ms - oldest.time_ms < STANDING_MS:
            return None
        self._done.add(oldest.id)
        return self._rows.pop(oldest.id)


def ghosts_at(row: Row, open_rows: Iterable[Row]) -> list[str]:
    """Ids of the open orders that cannot be there if this one is: those at which it would take.

    One at the very same price can, where prices are rounded. O(n).
    """
    if row.side is Side.BUY:
        return [o.id for o in open_rows if o.side is Side.SELL and o.price < row.price]
    return [o.id for o in open_rows if o.side is Side.BUY and o.price > row.price]
