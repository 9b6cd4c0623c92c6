"""The client order ids that were used, so that a repeated order is not placed twice."""

from collections import OrderedDict
from collections.abc import Iterable

from .commands import NewOrder
from .order_book import OrderBook

_Key = tuple[str | None, str]


class ClientOrderIds:
    """What was asked under each account's client order ids, the newest `bound` of them.

    Ids of open orders are never forgotten. Every operation is O(1).
    """

    __slots__ = ("_bound", "_seen")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        # A plain dict finds its first key in O(n) once many before it have gone.
        self._seen: OrderedDict[_Key, tuple[int, NewOrder]] = OrderedDict()

    def find(self, terms: NewOrder) -> tuple[int, NewOrder] | None:
        """The id and the original terms of the order with the same account and client order id."""
        client_order_id = terms.client_order_id
        return None if client_order_id is None else self._seen.get((terms.account, client_order_id))

    def remember(self, order_id: int, terms: NewOrder, book: OrderBook) -> None:
        """Note an accepted order, and forget the oldest one when there are too many."""
        if terms.client_order_id is None:
            return
        self._seen[terms.account, terms.client_order_id] = order_id, terms
        if len(self._seen) <= self._bound:
            return
        oldest, entry = self._seen.popitem(last=False)
        if entry[0] in book.orders:
            self._seen[oldest] = entry

    def restore(self, entries: Iterable[tuple[int, NewOrder]]) -> None:
        """Take over what `entries` of another gave."""
        for order_id, terms in entries:
            assert terms.client_order_id is not None, "only named orders are remembered"
            self._seen[terms.account, terms.client_order_id] = order_id, terms

    def entries(self) -> list[tuple[int, NewOrder]]:
        """All that is remembered, oldest first."""
        return list(self._seen.values())
