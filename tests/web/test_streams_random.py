"""Clients that change their transport at random know in the end what the routes say."""

from collections.abc import Awaitable, Callable
from random import Random

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import strategies
from api import Api, Clock
from follower import Follower
from goquant.actors.exchange import Exchange
from goquant.book.commands import NewOrder
from goquant.web.app import create_app
from goquant.web.limits import Limits
from running import WallClock
from streaming import stream, websocket

SYMBOL = "BTC-USD"
COMMANDS = 300

# How much is kept for clients that were away.
EVENTS_MAX = (1, 5, 50)


class Client:
    """Follows a channel, now this way and now that."""

    def __init__(self, api: Api, channel: str, depth: int, random: Random) -> None:
        self.channel = channel
        self.depth = depth
        self.follower = Follower()
        self._api = api
        self._random = random
        self._depth = f"&depth={depth}" if channel == "marketdata" else ""

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Follow until it is over, and then to the end."""
        transports: list[Callable[[int], Awaitable[None]]] = [
            self._socket,
            self._stream,
            self._poll,
        ]
        while not is_over():
            await self._random.choice(transports)(self._random.randint(0, 6))
            await trio.sleep(self._random.choice((0, 0, 1, 5)))
        await self._poll(1)

    async def _socket(self, frames: int) -> None:
        path = f"/ws/{self.channel}?symbols={SYMBOL}{self._depth}{self.follower.since()}"
        async with websocket(self._api.app, path) as socket:
            for _ in range(frames):
                self.follower.hear((await socket.receive())["events"])

    async def _stream(self, events: int) -> None:
        path = f"/stream/{self.channel}?symbols={SYMBOL}{self._depth}{self.follower.since()}"
        before = self.follower.last
        async with stream(self._api.app, path) as client:
            for _ in range(events):
                self.follower.hear([await client.event()])
        # A command whose last record has not come has no id, and has to be asked for again.
        self.follower.last = int(client.last_id) if client.last_id else before

    async def _poll(self, polls: int) -> None:
        for _ in range(polls):
            path = f"/poll/{SYMBOL}?timeout=5&channels={self.channel}{self._depth}"
            reply = await self._api.send("GET", path + self.follower.since())
            self.follower.hear(reply.json["events"])
            self.follower.last = reply.json["since"]


async def converse(seed: int) -> int:
    """A session; returns how often somebody had to start again."""
    random = Random(seed)
    exchange = Exchange([strategies.instrument(random.choice)], clock=WallClock())
    is_over = False
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        api = Api(exchange, Clock())
        api.use(create_app(exchange, limits=Limits(feed_events_max=EVENTS_MAX[seed % 3])))
        clients = [
            Client(api, channel, depth, random)
            for channel, depth in [
                ("trades", 0),
                *(("marketdata", n) for n in (1, 5, 10, 100, 1000)),
            ]
        ]
        async with trio.open_nursery() as talking:
            for client in clients:
                talking.start_soon(client.run, lambda: is_over)
            await trade(exchange, random)
            is_over = True
        await wait_all_tasks_blocked()
        await compare(api, clients)
        nursery.cancel_scope.cancel()
    return sum(client.follower.resets for client in clients)


async def trade(exchange: Exchange, random: Random) -> None:
    """Busy moments and quiet ones."""
    sent: list[NewOrder] = []
    for _ in range(COMMANDS):
        engine = exchange.symbol(SYMBOL).engine
        command = strategies.aim(
            strategies.wish(random.choice), sorted(engine.book.orders), sent, engine.time_ns
        )
        if isinstance(command, NewOrder):
            sent.append(command)
        exchange.post(SYMBOL, command)
        await trio.sleep(random.choice((0, 0, 0, 0.5, 2)))
    await trio.sleep(1)  # Whatever has to expire does.


async def compare(api: Api, clients: list[Client]) -> None:
    trades = (await api.send("GET", f"/trades/{SYMBOL}?limit=500")).json["trades"]
    prices = {one["trade_id"]: one["price"] for one in trades}
    for client in clients:
        follower = client.follower
        if client.channel == "trades":
            first = min(follower.trades, default=10**9)
            assert follower.trades == {n: price for n, price in prices.items() if n >= first}
            assert len(follower.trades) >= min(len(prices), 50)
        else:
            book = (await api.send("GET", f"/orderbook/{SYMBOL}?depth={client.depth}")).json
            assert follower.book() == {"bids": book["bids"], "asks": book["asks"]}


@pytest.mark.parametrize("seed", range(9))
def test_clients_that_change_their_transport_miss_nothing(seed: int) -> None:
    resets = trio.run(converse, seed, clock=MockClock(autojump_threshold=0))
    assert resets or EVENTS_MAX[seed % 3] > 1, "some of them had to start again"
