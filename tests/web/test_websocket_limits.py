"""How much, and how slowly, a WebSocket's client may speak."""

from contextlib import suppress

import pytest
import trio
from quart import websocket
from trio.testing import wait_all_tasks_blocked

from frames import BINARY, CONTINUATION, PING, PONG, TEXT, Frame
from goquant.web.limits import Limits
from sockets import Client, Site, connected, eventually, serving

FEW = Limits(frames_per_s_max=10)
HASTY = Limits(body_s=0.1)

FRAGMENT = bytes(Frame(CONTINUATION, fin=False))


async def opened(client: Client) -> None:
    """A WebSocket that echoes."""
    await client.upgrade("/ws/echo")
    assert (await client.head())[0] == 101


async def assert_closed(client: Client, reason: bytes) -> None:
    """The last that the server says is 1008."""
    assert (await client.to_the_end()).endswith((1008).to_bytes(2) + reason)


@pytest.mark.parametrize(
    "data",
    [
        bytes(Frame(PING)) * 12,
        bytes(Frame(PONG)) * 12,
        bytes(Frame(TEXT, fin=False)) + FRAGMENT * 12,
        bytes(Frame(BINARY, b"x", fin=False)) + bytes(Frame(CONTINUATION, b"x", fin=False)) * 12,
    ],
    ids=["pings", "pongs", "empty-fragments", "fragments"],
)
async def test_frames_that_bring_no_message_are_counted(data: bytes) -> None:
    site = Site(FEW)
    async with serving(site.app) as address:
        async with connected(address) as client:
            await opened(client)
            await client.send(data)
            await assert_closed(client, b"too many frames")
        assert site.app.traffic.floods == 1


async def test_messages_and_what_comes_in_few_fragments_are_not() -> None:
    site = Site(FEW)
    async with serving(site.app) as address, connected(address) as client:
        await opened(client)
        await client.send(bytes(Frame(TEXT, b"x")) * 30)
        await client.send(bytes(Frame(TEXT, b"y", fin=False)) + FRAGMENT * 5)
        await client.send(bytes(Frame(CONTINUATION, b"z")))
        await client.until(b"yz")
    assert site.app.traffic.floods == 0


@pytest.mark.parametrize(
    ("begin", "data"),
    [
        (bytes(Frame(TEXT, b"x", length=1_000)), b"x"),
        (bytes(Frame(TEXT, b"x", fin=False)), FRAGMENT),
        (bytes(Frame(TEXT, b"x", fin=False)), bytes(Frame(PING))),
        (b"\x81", b""),
    ],
    ids=["bytes", "fragments", "pings-between", "half-a-head"],
)
async def test_a_message_must_end_in_time_however_it_trickles(begin: bytes, data: bytes) -> None:
    async with serving(Site().app, HASTY) as address, connected(address) as client:
        await opened(client)
        await client.send(begin)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trickle, client, data)
            await assert_closed(client, b"a message that does not end")
            nursery.cancel_scope.cancel()


async def trickle(client: Client, data: bytes) -> None:
    with suppress(trio.BrokenResourceError):
        while data:
            await client.send(data)
            await trio.sleep(0.01)


async def test_a_message_that_the_application_has_no_room_for_may_wait() -> None:
    """And so may the half of one that came along with it."""
    site = Site()
    limits = Limits(body_s=0.1, ping_s=0.05)
    async with serving(site.app, limits) as address, connected(address) as client:
        await client.upgrade("/ws/idle")
        await client.head()
        whole = bytes(Frame(TEXT, b"x" * 1_000))
        await client.send(whole * 40 + whole[:500])
        # The server pings for longer than a message may take.
        for _ in range(6):
            await client.until(b"\x89\0")
        await client.send(whole[500:])
        await client.until(b"\x89\0")


async def test_a_client_whose_messages_wait_when_the_application_parts_is_let_go() -> None:
    site = Site(Limits(linger_s=0.1))

    async def parts() -> None:
        await websocket.accept()
        await site.go_on.wait()

    site.app.add_websocket("/ws/parts", view_func=parts)
    async with serving(site.app) as address, connected(address) as client:
        await client.upgrade("/ws/parts")
        await client.head()
        await client.send(bytes(Frame(TEXT, b"x")) * 40)
        await wait_all_tasks_blocked()
        site.go_on.set()
        await client.to_the_end()
        await eventually(lambda: site.app.traffic.connections == 0)
