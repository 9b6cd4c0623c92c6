"""The feed beside its exchange: what is told when, by whom, and what its own failure costs."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import instrument, order
from goquant.actors import ring as ring_module
from goquant.actors.calls import Call
from goquant.actors.cursor import FeedClosed, Subscriber
from goquant.actors.exchange import Exchange
from goquant.actors.feed import HEARTBEAT_S, Feed
from goquant.actors.ring import Ring
from goquant.book.market import Answer, Market
from running import Gate, SlowJournal, problem_of, run_until
from simdisk import SimDisk
from storing import POISON, durable, listed, poisonous_engines
from telling import Client, JsonScribes

SYMBOL = "ABC-USD"
BUY = order("buy 1 @ 100")
SELL = order("sell 1 @ 100")


class Listener:
    """A client with a task of its own, which takes in what comes."""

    def __init__(self, ring: Ring, since: int | None = None) -> None:
        self.client = Client()
        self.types: list[str] = []
        self.subscriber = Subscriber()
        self.subscriber.subscribe(ring, since)

    async def run(self) -> None:
        while True:
            await self.subscriber.wait()
            for _, frame in self.subscriber.take():
                for event in json.loads(frame.message):
                    self.types.append(event["type"])
                    self.client.hear(event)


@asynccontextmanager
async def fed(*, late: bool = False) -> AsyncIterator[tuple[Exchange, Feed]]:
    """A running exchange and its feed, which was made before the start or after it."""
    exchange = Exchange([instrument()], clock=lambda: 7)
    feed = None if late else Feed(exchange, JsonScribes(), 100)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        yield exchange, feed or Feed(exchange, JsonScribes(), 100)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("late", [False, True])
async def test_readers_are_woken_when_something_happens(late: bool, nursery: trio.Nursery) -> None:
    async with fed(late=late) as (exchange, feed):
        trades, levels = Listener(feed.trades(SYMBOL)), Listener(feed.depth(SYMBOL, 5))
        nursery.start_soon(trades.run)
        nursery.start_soon(levels.run)
        await wait_all_tasks_blocked()
        for command in (BUY, SELL, BUY):
            await exchange.execute(SYMBOL, command)
            await wait_all_tasks_blocked()
        assert trades.types == ["snapshot", "trade"]
        assert levels.types == ["snapshot", "update", "update", "update"]
        nursery.cancel_scope.cancel()


async def test_nothing_is_told_before_it_is_committed(nursery: trio.Nursery) -> None:
    exchange = Exchange([instrument()], clock=lambda: 7)
    journal = SlowJournal(Gate.within(nursery))
    exchange.symbols[SYMBOL]._journal = journal
    listener = Listener(Feed(exchange, JsonScribes(), 100).depth(SYMBOL, 5))
    nursery.start_soon(listener.run)
    await nursery.start(exchange.run)
    call = exchange.post(SYMBOL, BUY)
    await wait_all_tasks_blocked()
    assert len(journal.batches) == 1
    newcomer = Listener(next(iter(listener.subscriber.cursors)))
    nursery.start_soon(newcomer.run)
    await wait_all_tasks_blocked()
    assert listener.types == newcomer.types == ["snapshot"]
    await journal.gate.let_through()
    assert call.is_over
    assert listener.types == newcomer.types == ["snapshot", "update"]
    assert newcomer.client.depth.bids[0].quantity == 1


async def test_a_feed_made_in_the_middle_of_a_batch_catches_up_after_it(
    nursery: trio.Nursery,
) -> None:
    exchange = Exchange([instrument()], clock=lambda: 7)
    gate = Gate.within(nursery)
    exchange.symbols[SYMBOL]._journal = SlowJournal(gate)
    await nursery.start(exchange.run)
    exchange.post(SYMBOL, BUY)
    await gate.let_through()
    exchange.post(SYMBOL, BUY)
    await wait_all_tasks_blocked()
    listener = Listener(Feed(exchange, JsonScribes(), 100).depth(SYMBOL, 5))
    nursery.start_soon(listener.run)
    await wait_all_tasks_blocked()
    assert not listener.client.depth.bids, "it does not look at what is not committed"
    await gate.let_through()
    assert listener.types == ["snapshot", "reset", "snapshot"]
    assert listener.client.depth.bids[0].quantity == 2


async def test_a_command_is_answered_before_it_is_published() -> None:
    exchange = Exchange([instrument()])
    calls: list[Call] = []

    def observer(market: Market, answers: Sequence[Answer]) -> None:
        assert all(call.is_over for call in calls)
        assert exchange.symbol(SYMBOL).view.committed is None, "who looks finds observers informed"
        assert market.engine.sequence == answers[-1].sequenced.sequence
        seen.extend(answer.sequenced.sequence for answer in answers)

    seen: list[int] = []
    exchange.symbol(SYMBOL).observers.append(observer)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        calls += [exchange.post(SYMBOL, BUY) for _ in range(3)]
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert seen == [1, 2, 3]


async def test_an_observer_that_fails_costs_no_command_and_no_other_observer() -> None:
    exchange = Exchange([instrument()])
    seen: list[int] = []

    def broken(market: Market, answers: Sequence[Answer]) -> None:
        raise ValueError("a defect")

    def well(market: Market, answers: Sequence[Answer]) -> None:
        seen.extend(answer.sequenced.sequence for answer in answers)

    exchange.symbol(SYMBOL).observers += [broken, well]
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        with capture_logs() as logs:
            answers = [await exchange.execute(SYMBOL, BUY) for _ in range(3)]
        nursery.cancel_scope.cancel()
    assert [answer.sequenced.sequence for answer in answers] == seen == [1, 2, 3]
    assert [log["event"] for log in logs] == ["observer failed"] * 3


async def test_a_feed_that_fails_starts_over_and_its_readers_with_it(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fed() as (exchange, feed):
        listener = Listener(feed.depth(SYMBOL, 5))
        nursery.start_soon(listener.run)
        await wait_all_tasks_blocked()
        await exchange.execute(SYMBOL, BUY)
        await wait_all_tasks_blocked()
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr(Ring, "append", None)
            await exchange.execute(SYMBOL, BUY)
            await wait_all_tasks_blocked()
        await exchange.execute(SYMBOL, BUY)
        await wait_all_tasks_blocked()
        assert [log["event"] for log in logs] == ["feed failed"]
        assert listener.types == ["snapshot", "update", "reset", "snapshot", "update"]
        assert listener.client.depth.bids[0].quantity == 3
        nursery.cancel_scope.cancel()


async def test_a_feed_that_missed_a_batch_starts_over(nursery: trio.Nursery) -> None:
    async with fed() as (exchange, feed):
        listener = Listener(feed.depth(SYMBOL, 5))
        nursery.start_soon(listener.run)
        actor = exchange.symbol(SYMBOL)
        observers, actor.observers = actor.observers, []
        await exchange.execute(SYMBOL, BUY)
        actor.observers = observers
        await exchange.execute(SYMBOL, BUY)
        await wait_all_tasks_blocked()
        assert listener.types == ["snapshot", "reset", "snapshot"]
        assert listener.client.depth.bids[0].quantity == 2
        nursery.cancel_scope.cancel()


async def test_a_crash_and_restart_of_a_symbol_is_not_noticed_by_readers(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    with poisonous_engines():
        async with durable(SimDisk(), listed(("A-USD",))) as run:
            listener = Listener(Feed(run.exchange, JsonScribes(), 100).depth("A-USD", 5))
            nursery.start_soon(listener.run)
            await wait_all_tasks_blocked()
            await run.exchange.execute("A-USD", BUY)
            bad, good = run.exchange.post("A-USD", order(f"buy 9 @ 99 by {POISON}")), None
            good = run.exchange.post("A-USD", BUY)
            await wait_all_tasks_blocked()
            await run_until(mock_clock, 1)
            assert await problem_of(bad.wait) is not None
            assert (await good.wait()).sequenced.sequence == 2
            await wait_all_tasks_blocked()
            assert listener.types == ["snapshot", "update", "update"]
            assert [level.quantity for level in listener.client.depth.bids] == [2]
            nursery.cancel_scope.cancel()


class Idle:
    """A reader that only counts how often it was woken, and notes when."""

    def __init__(self, log: list[object]) -> None:
        self._log = log

    def wake(self) -> None:
        self._log.append(self)

    def end(self) -> None:
        """Nothing to part from."""


async def test_to_publish_wakes_nobody_but_the_broadcaster() -> None:
    async with fed() as (_, feed):
        ring = feed.trades(SYMBOL)
        log: list[object] = []
        for _ in range(1_000):
            ring.readers[Idle(log)] = None
        ring.append(1, 0, (), 1)
        assert log == []
        await wait_all_tasks_blocked()
        assert len(log) == len(set(map(id, log))) == 1_000


async def test_others_get_their_turn_while_many_readers_are_woken(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_module, "WAKE_MAX", 10)
    log: list[object] = []

    async def other() -> None:
        for turn in range(3):
            log.append(turn)
            await trio.lowlevel.checkpoint()

    async with fed() as (_, feed):
        ring = feed.trades(SYMBOL)
        for _ in range(100):
            ring.readers[Idle(log)] = None
        await wait_all_tasks_blocked()
        ring.append(1, 0, (), 1)
        nursery.start_soon(other)
        await wait_all_tasks_blocked()
    places = [place for place, entry in enumerate(log) if isinstance(entry, int)]
    # Between three turns of a task another one has one to three, depending on who begins.
    assert 12 <= places[2] - places[0] <= 32, places
    assert len(log) == 103


async def test_every_reader_hears_a_heartbeat_in_time(autojump_clock: MockClock) -> None:
    async with fed() as (_, feed), trio.open_nursery() as nursery:
        for ring in (feed.trades(SYMBOL), feed.depth(SYMBOL, 1), feed.depth(SYMBOL, 5)):
            nursery.start_soon(Listener(ring).run)
        listener = Listener(feed.depth(SYMBOL, 5))
        nursery.start_soon(listener.run)
        await trio.sleep(60.5)
        assert listener.client.heartbeats == 60 // HEARTBEAT_S
        assert HEARTBEAT_S < 15
        nursery.cancel_scope.cancel()


async def test_readers_are_told_when_it_is_over() -> None:
    async with fed() as (_, feed):
        listeners = [Listener(feed.trades(SYMBOL)), Listener(feed.depth(SYMBOL, 5))]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ends, listeners[0].run)
            nursery.start_soon(ends, listeners[1].run)
            await wait_all_tasks_blocked()
            feed.close()
        await ends(Listener(feed.trades(SYMBOL)).run)
        await ends(Listener(feed.depth(SYMBOL, 10)).run)
    await ends(Listener(feed.trades(SYMBOL)).run)


async def ends(run: Callable[[], Awaitable[object]]) -> None:
    with trio.fail_after(1):
        assert isinstance(await problem_of(run), FeedClosed)


async def test_a_broadcaster_does_not_keep_the_context_of_whoever_needed_it() -> None:
    request = ContextVar("request", default="none")
    seen = []

    async def broadcast(self: Ring) -> None:
        seen.append(request.get())
        await trio.sleep_forever()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ring, "broadcast", broadcast)
        async with fed() as (_, feed):
            await wait_all_tasks_blocked()
            seen.clear()
            request.set("one")
            feed.depth(SYMBOL, 5)
            await wait_all_tasks_blocked()
            assert seen == ["none"]
