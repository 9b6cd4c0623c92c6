"""Threads that run what blocks: real ones, and no test waits for a time."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from goquant.actors.blocking import RunBlocking, one_thread, own_thread

PATIENCE_S = 10.0


@asynccontextmanager
async def shared() -> AsyncIterator[RunBlocking]:
    """One of trio's threads each time."""
    yield one_thread()


Make = Callable[[], AbstractAsyncContextManager[RunBlocking]]
both = pytest.mark.parametrize("make", [shared, own_thread])


class Slow:
    """Work that lasts until the test lets it end."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.ended = False

    def __call__(self) -> str:
        self.began.set()
        assert self.may_end.wait(PATIENCE_S)
        self.ended = True
        return "done"

    async def has_begun(self) -> None:
        await trio.to_thread.run_sync(self.began.wait, PATIENCE_S)


@both
async def test_it_returns_what_the_work_returns_or_raises_what_it_raises(make: Make) -> None:
    async with make() as run:
        assert await run(lambda: 6 * 7) == 42
        with pytest.raises(ZeroDivisionError):
            await run(lambda: 1 // 0)
        assert await run(lambda: "and goes on") == "and goes on"


@both
async def test_others_go_on_while_it_blocks(make: Make) -> None:
    slow = Slow()
    async with make() as run, trio.open_nursery() as nursery:
        nursery.start_soon(run, slow)
        await slow.has_begun()
        assert not slow.ended
        slow.may_end.set()
    assert slow.ended


@both
async def test_work_is_done_one_after_the_other_in_the_order_in_which_it_came(make: Make) -> None:
    order, slow = list[int](), Slow()
    async with make() as run, trio.open_nursery() as nursery:
        nursery.start_soon(run, slow)
        await slow.has_begun()
        for number in range(5):
            nursery.start_soon(run, lambda number=number: order.append(number))
            await wait_all_tasks_blocked()
        assert order == []
        slow.may_end.set()
    assert order == [0, 1, 2, 3, 4]


@both
async def test_a_cancellation_waits_for_what_has_begun(make: Make) -> None:
    """What was begun on the disk will be there: nobody may believe that it will not."""
    slow = Slow()
    async with make() as run, trio.open_nursery() as nursery:
        nursery.start_soon(run, slow)
        await slow.has_begun()
        nursery.cancel_scope.cancel()
        trio.lowlevel.current_trio_token().run_sync_soon(slow.may_end.set)
    assert slow.ended


def busy_threads() -> int:
    """How many of trio's threads do something."""
    return int(trio.to_thread.current_default_thread_limiter().borrowed_tokens)


async def test_an_own_thread_is_the_same_one_until_the_end_of_the_block() -> None:
    async with own_thread() as run:
        names = {await run(threading.get_ident) for _ in range(20)}
        assert len(names) == 1
        assert names != {threading.get_ident()}
        assert busy_threads() == 1
    assert busy_threads() == 0


async def test_an_own_thread_ends_when_the_block_fails() -> None:
    with pytest.RaisesGroup(ZeroDivisionError):
        async with own_thread() as run:
            await run(lambda: None)
            raise ZeroDivisionError
    assert busy_threads() == 0
