"""How long to go on trying, and how long to wait between two tries."""

from collections.abc import Iterator
from random import Random

from msgspec import Struct


class Patience(Struct, frozen=True):
    """Waits double from the first to the longest; each is drawn between nothing and that.

    The draw is what keeps a thousand clients from coming back at the same moment.
    """

    first_s: float = 0.1
    longest_s: float = 10.0
    tries_max: int = 5
    """Of one request. A stream never gives up."""

    def waits(self, random: Random) -> Iterator[float]:
        """The waits between tries, without end."""
        bound_s = self.first_s
        while True:
            yield random.uniform(0, bound_s)
            bound_s = min(2 * bound_s, self.longest_s)
