"""The client order ids that were used, so that a repeated order is not placed twice."""

from collections.abc import Iterable, Iterator
from itertools import chain

from .chunks import Queue
from .commands import NewOrder
from .order_book import OrderBook

_Key = tuple[str | None, str | None]  # account, client order id
_Entry = tuple[int, NewOrder]  # order id, terms as they were first


class ClientOrderIds:
    """What was asked under each account's client order ids, the newest `bound` of them.

    Only orders that have such an id are asked about and noted. Ids of open orders are never
    forgotten, as long as the bound is at least 1. Every operation is O(1), amortized, but for
    `entries`, and for `held`, which is O(n / CHUNK_MAX).
    """

    __slots__ = ("_queue", "_seen", "bound")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self._seen: dict[_Key, _Entry] = {}
        # Beside the dict, which would find its first key in O(n) once many before it have gone.
        self._queue: Queue[_Entry] = Queue()

    def find(self, terms: NewOrder) -> _Entry | None:
        """The id and the first terms of the order with this account and client order id."""
        return self._seen.get((terms.account, terms.client_order_id))

    def remember(self, order_id: int, terms: NewOrder, book: OrderBook) -> None:
        """Note an accepted order, and forget the oldest when there are too many.

        Looks at two of them at most: so many that a bound that was lowered is met in time.
        """
        self.restore([(order_id, terms)])
        for _ in range(min(2, len(self._seen) - self.bound)):
            oldest = self._queue.popleft()
            if oldest[0] in book.orders:
                self._queue.append(oldest)
            else:
                del self._seen[_key(oldest[1])]

    def restore(self, entries: Iterable[_Entry]) -> None:
        """Take over what `entries` of another gave."""
        for entry in entries:
            self._seen[_key(entry[1])] = entry
            self._queue.append(entry)

    def entries(self) -> list[_Entry]:
        """All that is remembered, oldest first."""
        return list(chain.from_iterable(self.held()))

    def held(self) -> Iterator[list[_Entry]]:
        """All that is remembered now, oldest first, in slices between which anything may happen."""
        return self._queue.held()


def _key(terms: NewOrder) -> _Key:
    return terms.account, terms.client_order_id
