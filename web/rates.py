"""How often somebody may do something: token buckets, in a bounded amount of memory."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

import trio

from .times import NANOSECONDS

# Buckets that are remembered: about 2 MB of them.
BUCKETS_MAX = 10_000


class Rates:
    """A bucket for each key: it holds up to `burst` tokens and gets `per_s` of them in a second.

    A bucket is one number, the moment at which it will be full. One that nobody has used is full, and
    so is one that was forgotten: of more than `buckets_max` those go that were used longest ago. What
    they lacked by then they would have got back but for a flood of keys, which makes new buckets anyway.
    """

    def __init__(
        self,
        per_s: int,
        burst: int,
        *,
        buckets_max: int = BUCKETS_MAX,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        """The clock gives seconds and never goes back."""
        self._interval_ns = NANOSECONDS // per_s
        self._capacity_ns = burst * self._interval_ns
        self._buckets_max = buckets_max
        self._clock = clock
        self._full_at_ns: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._full_at_ns)

    def take(self, key: Hashable) -> float:
        """Take a token and return 0, or return in how many seconds there will be one. O(1)."""
        now_ns = round(self._clock() * NANOSECONDS)
        full_at_ns = max(self._full_at_ns.get(key, 0), now_ns) + self._interval_ns
        excess_ns = full_at_ns - now_ns - self._capacity_ns
        if excess_ns > 0:
            return excess_ns / NANOSECONDS
        self._full_at_ns[key] = full_at_ns
        self._full_at_ns.move_to_end(key)
        if len(self._full_at_ns) > self._buckets_max:
            self._full_at_ns.popitem(last=False)
        return 0.0
