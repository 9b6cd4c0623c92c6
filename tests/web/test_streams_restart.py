"""What clients of the streams see of a server that is stopped, or killed, and started again."""

import json
import signal
from pathlib import Path

import pytest

from follower import Follower
from others import closing, events, websocket
from processes import Caller, Server
from sockets import Client, connected

SYMBOL = "BTC-USD"
HOST = "127.0.0.1"
CHANNELS = ("trades", "marketdata")


def place(server: Server, side: str, price: str) -> None:
    """Place an order, and see that it is acknowledged."""
    with Caller(server.port) as caller:
        assert caller.place(side=side, price=price).status == 201


async def follow(server: Server, follower: Follower, channel: str) -> None:
    """Connect, and take in what comes at once."""
    path = f"/ws/{channel}?symbols={SYMBOL}{follower.since()}"
    async with websocket((HOST, server.port), path) as connection:
        follower.hear(await events(connection))


async def test_a_client_goes_on_where_it_was_when_the_server_was_killed(tmp_path: Path) -> None:
    followers = {channel: Follower() for channel in CHANNELS}
    behind = Follower()
    with Server(tmp_path / "data") as server:
        server.ready()
        place(server, "sell", "101")
        await follow(server, behind, "marketdata")
        place(server, "sell", "100")
        place(server, "buy", "100")
        for channel, follower in followers.items():
            await follow(server, follower, channel)
        server.kill()
    with Server(tmp_path / "data") as server:
        server.ready()
        for channel, follower in followers.items():
            await follow(server, follower, channel)
            assert (follower.last, follower.resets) == (3, 0)
        await follow(server, behind, "marketdata")
        assert (behind.last, behind.resets) == (3, 1)
        place(server, "buy", "99")
        await follow(server, followers["marketdata"], "marketdata")
        await follow(server, behind, "marketdata")
        for follower in (followers["marketdata"], behind):
            assert follower.last == 4
            assert [level[0] for level in follower.book()["bids"]] == ["99.00"]
            assert [level[0] for level in follower.book()["asks"]] == ["101.00"]
        assert followers["marketdata"].resets == 0


async def test_a_stream_of_a_browser_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = f"/stream/marketdata?symbols={SYMBOL}"
    with Server(tmp_path / "data") as server:
        server.ready()
        place(server, "sell", "101")
        async with connected((HOST, server.port)) as client:
            await client.get(path)
            last_id = (await record(client))[0]
            server.process.kill()
            await client.to_the_end()
    with Server(tmp_path / "data") as server:
        server.ready()
        async with connected((HOST, server.port)) as client:
            await client.get(path, f"Last-Event-ID: {last_id}")
            assert await record(client) == ("1", "heartbeat")
            place(server, "sell", "102")
            assert await record(client) == ("2", "update")


async def record(client: Client) -> tuple[str, str]:
    """The id of the next record, and the type of its event."""
    await client.until(b"\nid: ")
    number = await client.until(b"\ndata: ")
    return number.decode(), json.loads(await client.until(b"\n\n"))["type"]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 1012), (signal.SIGINT, 1001)], ids=["TERM", "INT"]
)
async def test_a_client_is_told_why_the_server_stops(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with Server(tmp_path / "data") as server:
        server.ready()
        path = f"/ws/trades?symbols={SYMBOL}"
        async with websocket((HOST, server.port), path) as connection:
            await events(connection)
            server.process.send_signal(number)
            assert await closing(connection) == (code, "the server is stopping")
        assert server.ended() == 0
