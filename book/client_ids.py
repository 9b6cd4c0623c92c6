"""The client order ids that were used, so that a repeated order is not placed twice."""

from collections import OrderedDict
from collections.abc import Iterable

from .commands import NewOrder
from .order_book import OrderBook

_Key = tuple[str | None, str | None]  # account, client order id


class ClientOrderIds:
    """What was asked under each account's client order ids, the newest `bound` of them.

    Only orders that have such an id are asked about and noted. Ids of open orders are never
    forgotten, as long as the bound is at least 1. Every operation is O(1).
    """

    __slots__ = ("_bound", "_seen")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        # A plain dict finds its first key in O(n) once many before it have gone.
        self._seen: OrderedDict[_Key, tuple[int, NewOrder]] = OrderedDict()

    def find(self, terms: NewOrder) -> tuple[int, NewOrder] | None:
        """The id and the first terms of the order with this account and client order id."""
        return self._seen.get((terms.account, terms.client_order_id))

    def remember(self, order_id: int, terms: NewOrder, book: OrderBook) -> None:
        """Note an accepted order, and forget the oldest one when there are too many."""
        self._seen[terms.account, terms.client_order_id] = order_id, terms
        if len(self._seen) <= self._bound:
            return
        oldest, entry = self._seen.popitem(last=False)
        if entry[0] in book.orders:
            self._seen[oldest] = entry

    def restore(self, entries: Iterable[tuple[int, NewOrder]]) -> None:
        """Take over what `entries` of another gave."""
        for order_id, terms in entries:
            self._seen[terms.account, terms.client_order_id] = order_id, terms

    def entries(self) -> list[tuple[int, NewOrder]]:
        """All that is remembered, oldest first."""
        return list(self._seen.values())
