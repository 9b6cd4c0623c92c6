"""Running what blocks: in a worker thread, or, in tests with a simulated disk, on the spot."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import trio

T = TypeVar("T")


class RunBlocking(Protocol):
    """Runs a function that blocks, and returns what it returns or raises what it raises."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...


def one_thread() -> RunBlocking:
    """Runs one function at a time, in a thread. A cancellation waits for it."""
    limiter = trio.CapacityLimiter(1)

    async def run(work: Callable[[], T], /) -> T:
        return await trio.to_thread.run_sync(work, limiter=limiter)

    return run
