"""Handshakes that come to nothing: each is an error at once, and nothing of it stays."""

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from goquant.client import ApiError, Disconnected
from goquant.client.sockets import CONNECT_S, Dial, close_socket, open_socket
from goquant.testing import running_exchange

URL = "ws://exchange.test/ws/trades?symbols=BTC-USD"


async def answered(dial: Dial) -> None:
    """Open a socket, and expect its task to have ended if that fails."""
    async with trio.open_nursery() as nursery:
        try:
            await close_socket(await open_socket(nursery, URL, dial))
        finally:
            assert not nursery.child_tasks


async def leave(stream: trio.abc.Stream) -> None:
    """A server that hangs up as soon as it has read something."""
    await stream.receive_some(1000)
    await stream.aclose()


@pytest.mark.parametrize("answers", [True, False])
async def test_a_server_that_hangs_up_or_is_silent(
    answers: bool, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async def dial() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        ours, theirs = memory_stream_pair()
        if answers:
            nursery.start_soon(leave, theirs)
        return ours

    with pytest.RaisesGroup(Disconnected):
        await answered(dial)
    assert trio.current_time() == (0 if answers else CONNECT_S)


async def test_nobody_is_there() -> None:
    async def dial() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        raise ConnectionRefusedError

    with pytest.RaisesGroup(pytest.RaisesExc(Disconnected, match="ConnectionRefusedError")):
        await answered(dial)


async def test_a_refusal_says_why(autojump_clock: MockClock) -> None:
    async with running_exchange(["ETH-USD"]) as venue:
        with pytest.RaisesGroup(ApiError) as caught:
            await answered(venue.dial)
    refused = caught.value.exceptions[0]
    assert isinstance(refused, ApiError)
    assert (refused.status, refused.code) == (404, "unknown_symbol")
