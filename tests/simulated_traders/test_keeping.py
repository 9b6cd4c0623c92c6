"""Whatever a trader fails of, it begins again, later each time; a signal ends the crowd in order."""

import os
import signal
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.client import Disconnected
from goquant.traders.keeping import FIRST_S, LONGEST_S, keep, until_told


async def begins(work: Callable[[], Awaitable[None]], seconds: float) -> list[float]:
    """How long it took from each beginning of the work to the next."""
    at: list[float] = []

    async def noted() -> None:
        at.append(trio.current_time())
        await work()

    with trio.move_on_after(seconds):
        await keep(noted, "somebody")
    return [after - before for before, after in pairwise(at)]


async def lose_the_connection() -> None:
    await trio.lowlevel.checkpoint()
    raise Disconnected("the exchange has gone")


async def fail() -> None:
    await trio.lowlevel.checkpoint()
    raise ZeroDivisionError


async def fail_in_a_task() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail)
        nursery.start_soon(lose_the_connection)
        await trio.sleep_forever()


@pytest.mark.parametrize(
    "work", [trio.lowlevel.checkpoint, lose_the_connection, fail, fail_in_a_task]
)
async def test_what_ends_or_fails_begins_again_later_each_time(
    autojump_clock: MockClock, work: Callable[[], Awaitable[None]]
) -> None:
    expected = [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert (expected[0], expected[-1]) == (FIRST_S, LONGEST_S)
    assert await begins(work, 200) == pytest.approx(expected)


async def test_who_was_well_for_long_begins_again_soon(autojump_clock: MockClock) -> None:
    async def be_well_for_a_while() -> None:
        await trio.sleep(LONGEST_S)
        await fail()

    assert await begins(be_well_for_a_while, 200) == pytest.approx([LONGEST_S + FIRST_S] * 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_it_cleans_up(number: signal.Signals) -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            said.append("goodbye")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(until_told, work)
        await wait_all_tasks_blocked()
        os.kill(os.getpid(), number)
    assert said == ["goodbye"]
    # Whoever had them before has them again.
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
