"""The streams through the real server: what only sockets can show."""

import gc
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import trio
import trio.lowlevel

from api import INSTRUMENTS, order
from follower import Follower
from goquant.actors.exchange import Exchange
from goquant.actors.feed import Feed
from goquant.book.commands import NewOrder
from goquant.book.enums import OrderType, Side
from goquant.web import app as app_module
from goquant.web.app import create_app
from goquant.web.connection import Connection
from goquant.web.limits import Limits
from goquant.web.server import Address, serve
from others import closing, events, websocket
from sockets import SOON_S, Client, connected, eventually
from streaming import payload_of

SYMBOL = "BTC-USD"


@dataclass
class Venue:
    """An exchange behind its server."""

    exchange: Exchange
    feed: Feed
    address: Address
    stop: Callable[[int | None], None]
    is_over: Callable[[], bool]

    async def place(self, side: Side, price: int, quantity: int = 10**8) -> None:
        """Place a limit order."""
        await self.exchange.execute(SYMBOL, NewOrder(side, OrderType.LIMIT, quantity, price))

    async def trade(self) -> None:
        """One trade of two commands."""
        for side in (Side.SELL, Side.BUY):
            await self.place(side, 10_000)

    def readers(self) -> int:
        """How many read anything."""
        return sum(len(ring.readers) for ring in self.feed.rings)


@asynccontextmanager
async def venue(limits: Limits | None = None) -> AsyncIterator[Venue]:
    """A server, which is asked to stop at the end of the block if nobody did before."""
    exchange = Exchange(INSTRUMENTS)
    feeds: list[Feed] = []

    class Watched(Feed):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            feeds.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_module, "Feed", Watched)
        app = create_app(exchange, limits=limits)
    stopping = trio.Event()
    codes: list[int | None] = []

    def stop(code: int | None = None) -> None:
        codes.append(code)
        stopping.set()

    async def trigger() -> int | None:
        await stopping.wait()
        return codes[0]

    async with trio.open_nursery() as root:
        await root.start(exchange.run)
        async with trio.open_nursery() as http:
            address = await http.start(
                partial(serve, app, port=0, limits=limits, shutdown_trigger=trigger)
            )
            yield Venue(exchange, feeds[0], address, stop, lambda: not http.child_tasks)
            stop()
            http.cancel_scope.deadline = trio.current_time() + SOON_S
        assert not http.cancel_scope.cancelled_caught, "the server did not stop in time"
        root.cancel_scope.cancel()


async def test_another_websocket_library_follows_the_book() -> None:
    async with venue() as it:
        path = f"/ws/marketdata?symbols={SYMBOL}&depth=5"
        async with websocket(it.address, path) as connection:
            follower = Follower()
            follower.hear(await events(connection))
            for price in range(100, 120):
                await it.place(Side.BUY, price)
            while follower.last != 20:
                follower.hear(await events(connection))
            assert [level[0] for level in follower.book()["bids"]] == [
                "1.19",
                "1.18",
                "1.17",
                "1.16",
                "1.15",
            ]
            with trio.fail_after(SOON_S):
                await connection.ping(b"are you there?")
        await eventually(lambda: it.readers() == 0)


async def test_one_goes_on_from_transport_to_transport() -> None:
    async with venue() as it:
        follower = Follower()
        async with websocket(it.address, f"/ws/trades?symbols={SYMBOL}") as connection:
            follower.hear(await events(connection))
            await it.trade()
            follower.hear(await events(connection))
        await it.trade()
        async with connected(it.address) as client:
            await client.get(f"/stream/trades?symbols={SYMBOL}", f"Last-Event-ID: {follower.last}")
            assert (await client.head())[0] == 200
            follower.hear([json.loads(await record(client))])
        await it.trade()
        async with connected(it.address) as client:
            await client.get(f"/poll/{SYMBOL}?channels=trades{follower.since()}")
            status, body = await client.answer()
            assert status == 200
            follower.hear(json.loads(body)["events"])
        assert sorted(follower.trades) == [1, 2, 3]
        assert follower.resets == 0
        await eventually(lambda: it.readers() == 0)


async def record(client: Client) -> bytes:
    """The data of the next record of SSE, whatever the chunks are."""
    await client.until(b"data: ")
    return await client.until(b"\n\n")


@pytest.mark.parametrize("path", ["/ws/trades", "/ws/marketdata"])
async def test_a_page_of_somebody_else_is_refused_before_the_handshake(path: str) -> None:
    async with venue() as it:
        async with connected(it.address) as client:
            await client.upgrade(path, "Origin: https://evil.example")
            status, body = await client.answer()
            assert status == 403
            assert json.loads(body)["error"]["code"] == "origin_not_allowed"
            assert await client.to_the_end() == b""
        host = f"{it.address[0]}:{it.address[1]}"
        async with connected(it.address) as client:
            await client.send(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert (await client.head())[0] == 101


async def test_a_query_that_is_bad_is_refused_before_the_handshake() -> None:
    async with venue() as it, connected(it.address) as client:
        await client.upgrade("/ws/trades?symbols=NO-USD")
        status, body = await client.answer()
        assert (status, json.loads(body)["error"]["code"]) == (404, "unknown_symbol")
        assert await client.to_the_end() == b""


async def test_a_message_too_big_is_closed_with_1009() -> None:
    async with (
        venue(Limits(message_bytes_max=1_000)) as it,
        websocket(it.address, "/ws/trades") as connection,
    ):
        await connection.send_message("x" * 1_001)
        assert (await closing(connection))[0] == 1009


async def test_a_flood_of_messages_is_closed_with_1008_after_it_was_told() -> None:
    async with (
        venue(Limits(messages_per_s_max=5)) as it,
        websocket(it.address, "/ws/trades", message_queue_size=100) as connection,
    ):
        for _ in range(11):
            await connection.send_message("{}")
        codes = [json.loads(await connection.get_message())["error"]["code"] for _ in range(10)]
        assert codes == ["malformed"] * 5 + ["too_many_messages"] * 5
        assert (await closing(connection))[0] == 1008


@pytest.mark.parametrize(("asked", "expected"), [(None, 1001), (1001, 1001), (1012, 1012)])
async def test_at_a_stop_every_websocket_is_told_which_kind_it_is(
    asked: int | None, expected: int
) -> None:
    async with (
        venue() as it,
        websocket(it.address, "/ws/trades") as idle,
        websocket(it.address, f"/ws/marketdata?symbols={SYMBOL}") as busy,
    ):
        await events(busy)
        it.stop(asked)
        for connection in (idle, busy):
            assert await closing(connection) == (expected, "the server is stopping")
        await eventually(it.is_over)


async def test_at_a_stop_a_stream_and_a_poll_end_well_and_at_once() -> None:
    async with (
        venue(Limits(grace_s=60)) as it,
        connected(it.address) as streaming,
        connected(it.address) as polling,
    ):
        await streaming.get(f"/stream/trades?symbols={SYMBOL}")
        await streaming.head()
        await record(streaming)
        await polling.get(f"/poll/{SYMBOL}?since=0")
        await eventually(lambda: it.readers() == 3)
        it.stop(None)
        assert await streaming.to_the_end() == b"\r\n0\r\n\r\n"
        status, body = await polling.answer()
        assert (status, json.loads(body)["events"]) == (200, [])
        assert await polling.to_the_end() == b""
        await eventually(it.is_over)


async def test_a_client_that_does_not_read_is_dropped_and_the_others_go_on() -> None:
    limits = Limits(stall_s=0.2, messages_per_s_max=10_000)
    async with venue(limits) as it:
        for price in range(1_000):
            await it.place(Side.BUY, 1_000_000 + price)
        path = f"/ws/marketdata?symbols={SYMBOL}&depth=1000"
        async with websocket(it.address, path, message_queue_size=100) as well:
            follower = Follower()
            follower.hear(await events(well))
            async with deaf(it.address, path) as stalled:
                await eventually(lambda: it.readers() == 2)
                # Each asks for 40 KiB more than nobody will read.
                message = json.dumps({"op": "subscribe", "symbols": [SYMBOL]}).encode()
                with trio.move_on_after(SOON_S):
                    for _ in range(1_000):
                        await stalled.send(masked(message))
                        await trio.lowlevel.checkpoint()
                for price in range(50):
                    await it.place(Side.BUY, 2_000_000 + price)
                while follower.last != 1_050:
                    follower.hear(await events(well))
                await eventually(lambda: it.readers() == 1)


@asynccontextmanager
async def deaf(address: Address, path: str) -> AsyncIterator[Client]:
    """A client with a small buffer, which reads no more than the head of its answer."""
    sock = trio.socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    await sock.connect(address)
    client = Client(trio.SocketStream(sock))
    try:
        await client.upgrade(path)
        yield client
    finally:
        await trio.aclose_forcefully(client.stream)


def masked(payload: bytes) -> bytes:
    """A text message of a client, with a mask that changes nothing."""
    assert len(payload) < 126
    return b"\x81%c\0\0\0\0" % (0x80 | len(payload)) + payload


async def test_frames_come_as_they_are_written_even_to_those_who_read_slowly() -> None:
    """What does not fit into the socket at once goes on where it stopped."""
    async with venue() as it:
        for price in range(1_000):
            await it.place(Side.BUY, 1_000_000 + price)
        path = f"/ws/marketdata?symbols={SYMBOL}"
        async with deaf(it.address, path) as client:
            await client.until(b"\r\n\r\n")
            for _ in range(20):
                await client.send(masked(b'{"op":"subscribe","symbols":["BTC-USD"]}'))
            snapshots = acks = 0
            while acks < 20:
                message = json.loads(await message_of(client))
                acks += "op" in message
                for event in message.get("events", ()):
                    assert (event["type"], len(event["bids"])) == ("snapshot", 1_000)
                    snapshots += 1
            assert snapshots


async def message_of(client: Client) -> bytes:
    """The next text message; pings are passed over."""
    while True:
        head = await client.exactly(2)
        size = head[1]
        if size > 125:
            more = await client.exactly(2 if size == 126 else 8)
            head, size = head + more, int.from_bytes(more, "big")
        frame = head + await client.exactly(size)
        if frame[0] == 0x81:
            return payload_of(frame)


async def test_a_silent_client_is_gone_for_the_feed_too() -> None:
    async with (
        venue(Limits(ping_s=0.1, silence_s=0.3)) as it,
        connected(it.address) as client,
    ):
        await client.upgrade(f"/ws/trades?symbols={SYMBOL}")
        await client.head()
        await eventually(lambda: it.readers() == 1)
        await client.to_the_end()
        await eventually(lambda: it.readers() == 0)


async def leave_a_websocket(client: Client) -> None:
    await client.upgrade(f"/ws/trades?symbols={SYMBOL}")
    assert (await client.head())[0] == 101


async def leave_a_stream(client: Client) -> None:
    await client.get(f"/stream/trades?symbols={SYMBOL}")
    assert (await client.head())[0] == 200


async def leave_a_poll(client: Client) -> None:
    await client.get(f"/poll/{SYMBOL}?since=0")


@pytest.mark.parametrize("begin", [leave_a_websocket, leave_a_stream, leave_a_poll])
async def test_nothing_of_a_client_stays_behind(begin: Callable[[Client], Awaitable[None]]) -> None:
    async with venue() as it:
        async with connected(it.address) as client:
            await client.post(
                "/orders", json.dumps(order()).encode(), "Content-Type: application/json"
            )
            await client.answer()
        before = len(os.listdir("/proc/self/fd"))
        tasks = trio.lowlevel.current_statistics().tasks_living
        for _ in range(50):
            async with connected(it.address) as client:
                await begin(client)
        await eventually(lambda: it.readers() == 0)
        await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
        await eventually(lambda: trio.lowlevel.current_statistics().tasks_living <= tasks)


@pytest.mark.parametrize("begin", [leave_a_websocket, leave_a_stream, leave_a_poll])
async def test_a_client_that_has_left_is_freed_without_the_collector(
    begin: Callable[[Client], Awaitable[None]],
) -> None:
    def living() -> int:
        return sum(type(each) is Connection for each in gc.get_objects())

    async with venue() as it:
        gc.collect()
        gc.disable()
        try:
            before = living()
            for _ in range(10):
                async with connected(it.address) as client:
                    await begin(client)
            await eventually(lambda: living() <= before)
        finally:
            gc.enable()
