"""How long to go on trying, and how long to wait between two tries."""

from collections.abc import Awaitable, Callable, Iterator
from random import Random
from typing import TypeVar

import trio
from msgspec import Struct

from .errors import ApiError, ClientError, Unreadable

T = TypeVar("T")

TOO_MANY_REQUESTS = 429


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


class Waits:
    """The waits of somebody who tries again and again, longer each time until it goes well."""

    def __init__(self, patience: Patience, random: Random) -> None:
        self._patience = patience
        self._random = random
        self._waits = patience.waits(random)
        self._due = 0.0

    def failed(self, problem: ClientError) -> None:
        """The next try must wait: no shorter than whoever refused this one has said."""
        self._due = trio.current_time() + (problem.retry_after_s or 0) + next(self._waits)

    def went_well(self) -> None:
        """The next wait is a short one again."""
        self._waits = self._patience.waits(self._random)

    async def wait(self) -> None:
        """Wait until the next try is due, which it may be already."""
        await trio.sleep(max(0.0, self._due - trio.current_time()))


def may_pass(problem: ClientError) -> bool:
    """Whether a connection may come about later, although it has not now."""
    if isinstance(problem, ApiError):
        return problem.status >= 500 or problem.status == TOO_MANY_REQUESTS
    return not isinstance(problem, Unreadable)


async def persist(connect: Callable[[], Awaitable[T]], waits: Waits) -> T:
    """What a way to connect returns when it has succeeded, however long that takes.

    Raises:
        ApiError, Unreadable: it never will.
    """
    while True:
        await waits.wait()
        try:
            return await connect()
        except ClientError as problem:
            if not may_pass(problem):
                raise
            waits.failed(problem)
