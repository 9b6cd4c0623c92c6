"""The traders in an exchange of a test's: the same seed, the same session; and what breaks is mended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from statistics import mean

import httpx
import pytest
import trio
from trio.testing import MockClock

from goquant.book.enums import Side
from goquant.client import Client, Depth, Entry, Trade
from goquant.testing import Venue, running_exchange
from goquant.traders import Crowd, run
from goquant.traders.model import Maker, Seen

SYMBOL = "BTC-USD"


@asynccontextmanager
async def crowded(crowd: Crowd) -> AsyncIterator[Venue]:
    """An exchange with traders, who are gone after the block."""
    async with (
        running_exchange([SYMBOL]) as venue,
        venue.client() as client,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(run, client, crowd)
        yield venue
        nursery.cancel_scope.cancel()


async def tape_of(venue: Venue) -> list[Trade]:
    async with venue.client() as client:
        return [trade async for trade in client.trades(SYMBOL)][::-1]


async def book_of(venue: Venue) -> Depth:
    async with venue.client() as client:
        return await client.orderbook(SYMBOL)


async def session(crowd: Crowd, seconds: float) -> tuple[list[Trade], Depth]:
    async with crowded(crowd) as venue:
        await trio.sleep(seconds)
        return await tape_of(venue), await book_of(venue)


async def test_the_same_seed_is_the_same_session(autojump_clock: MockClock) -> None:
    first = await session(Crowd(seed=7), 20)
    # The tape and the book name orders by their sequences: all that was ever asked for is in them.
    assert first == await session(Crowd(seed=7), 20)
    assert first[0]
    assert first != await session(Crowd(seed=8), 20)


async def test_the_flow_looks_like_a_market(autojump_clock: MockClock) -> None:
    async with crowded(Crowd(seed=3, rate=10)) as venue:
        spreads: list[Decimal] = []
        for _ in range(8):
            await trio.sleep(1)
            book = await book_of(venue)
            assert min(len(book.bids), len(book.asks)) >= 8
            spreads.append(book.asks[0].price / book.bids[0].price - 1)
        tape = await tape_of(venue)
    assert 0 < min(spreads) <= max(spreads) < Decimal("0.002")
    assert {trade.aggressor_side for trade in tape} == {Side.BUY, Side.SELL}
    assert len({trade.price for trade in tape}) > 20
    sizes = [float(trade.quantity) for trade in tape]
    assert max(sizes) > 5 * mean(sizes)


async def test_nothing_is_left_behind(autojump_clock: MockClock) -> None:
    async with running_exchange([SYMBOL]) as venue, venue.client() as client:
        with trio.move_on_after(5):
            await run(client, Crowd())
        await trio.sleep(1)
        venue.assert_book(SYMBOL)


async def test_they_go_on_after_a_restart_and_what_an_exchange_may_do(
    autojump_clock: MockClock,
) -> None:
    async with crowded(Crowd()) as venue:
        await trio.sleep(5)
        for harm in (venue.restart, venue.reset, lambda: venue.crash(SYMBOL)):
            await harm()
            venue.disconnect()
            venue.lag()
            venue.reject_next("busy")
            await trio.sleep(20)
            before = len(await tape_of(venue))
            await trio.sleep(20)
            assert len(await tape_of(venue)) > before


async def test_a_trader_that_fails_comes_back_and_the_others_do_not_notice(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    decide = Maker.decide

    def decide_badly(maker: Maker, seen: Seen) -> list[Entry]:
        nonlocal calls
        calls += 1
        if calls == 10:
            raise ZeroDivisionError
        return decide(maker, seen)

    monkeypatch.setattr(Maker, "decide", decide_badly)
    async with crowded(Crowd(rate=2)) as venue:
        await trio.sleep(30)
        assert calls > 20
        book = await book_of(venue)
        # Nobody else has so many.
        assert min(len(book.bids), len(book.asks)) >= Maker.LEVELS


class Away(httpx.AsyncBaseTransport):
    """A way to an exchange that is not there before its time has come."""

    def __init__(self, way: httpx.AsyncBaseTransport, until: float) -> None:
        self._way = way
        self._until = until

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if trio.current_time() < self._until:
            await trio.lowlevel.checkpoint()
            raise httpx.ConnectError("nobody is there")
        return await self._way.handle_async_request(request)

    async def aclose(self) -> None:
        await self._way.aclose()


async def test_they_wait_for_an_exchange_that_is_away(autojump_clock: MockClock) -> None:
    async with running_exchange([SYMBOL]) as venue:
        way = Away(venue.transport(), trio.current_time() + 600)
        async with (
            Client(venue.url, transport=way, dial=venue.dial) as client,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(run, client, Crowd())
            await trio.sleep(590)
            venue.assert_book(SYMBOL)
            await trio.sleep(60)
            assert await tape_of(venue)
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("rate", [1.0, 4.0])
async def test_the_rate_is_how_fast_they_live(autojump_clock: MockClock, rate: float) -> None:
    tape, _ = await session(Crowd(seed=2, rate=rate, large=False), 40 / rate)
    assert 40 <= len(tape) <= 400
    ids = [trade.trade_id for trade in tape]
    assert all(after == before + 1 for before, after in pairwise(ids))
