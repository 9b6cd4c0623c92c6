"""What comes in place of an exchange's answer: it is told as it is, and asked for again if that may help."""

import httpx
import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from goquant.client import ApiError, Client, OutcomeUnknown, Patience, Unreadable
from goquant.client.answers import retry_after_s
from goquant.client.sockets import Dial

GOOD = httpx.Response(200, json={"symbols": []})


def client_of(*answers: httpx.Response, tries_max: int = 3) -> Client:
    """A client whose requests are answered so, one after the other."""
    left = list(answers)
    transport = httpx.MockTransport(lambda request: left.pop(0))
    return Client(transport=transport, patience=Patience(tries_max=tries_max))


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"symbols": 3}', b'{"symbols": ["\xff"]}', b"[" * 100_000]
)
async def test_an_answer_that_cannot_be_read_shows_itself(content: bytes) -> None:
    async with client_of(httpx.Response(200, content=content)) as client:
        with pytest.raises(Unreadable, match="GET /symbols: ") as caught:
            await client.symbols()
    assert repr(content[:5].decode(errors="replace"))[1:4] in str(caught.value) or not content
    assert len(str(caught.value)) < 600


async def test_what_a_proxy_says_for_the_exchange_is_asked_again(autojump_clock: MockClock) -> None:
    async with client_of(httpx.Response(502), httpx.Response(504, text="later"), GOOD) as client:
        assert await client.symbols() == []
    async with client_of(*[httpx.Response(504, text="no upstream")] * 3) as client:
        with pytest.raises(OutcomeUnknown, match=r"504 Gateway Timeout.*no upstream"):
            await client.place("BTC-USD", "buy", "market", quantity=1)


async def test_a_probe_is_asked_once() -> None:
    async with client_of(httpx.Response(503, json={})) as client:
        with pytest.raises(ApiError) as caught:
            await client.readyz()
    assert caught.value.status == 503


def test_retry_after_is_seconds_or_a_date() -> None:
    said = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert retry_after_s(httpx.Headers({"Retry-After": "7"})) == 7
    assert retry_after_s(httpx.Headers({"Retry-After": "soon"})) is None
    assert retry_after_s(httpx.Headers()) is None
    dated = {"Retry-After": said, "Date": "Wed, 21 Oct 2026 07:27:30 GMT"}
    assert retry_after_s(httpx.Headers(dated)) == 30
    assert retry_after_s(httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0


def answering(nursery: trio.Nursery, *answers: bytes) -> Dial:
    """What connects to somebody who answers each connection so, whatever it asks; the last hangs up."""
    left = list(answers)

    async def answer(stream: trio.abc.Stream, content: bytes) -> None:
        await stream.receive_some()
        await stream.send_all(content)
        await stream.aclose()

    async def dial() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        ours, theirs = memory_stream_pair()
        nursery.start_soon(answer, ours, left.pop(0))
        return theirs

    return dial


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_a_handshake_that_is_refused_by_somebody_else_says_so(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    dial = answering(nursery, *[http("407 Proxy Authentication Required", b"<h1>Log in</h1>")] * 2)
    async with Client(dial=dial) as client:
        for opens in (client.tape(["BTC-USD"]), client.trading()):
            with pytest.raises(ApiError, match=r"407 Proxy.*Log in") as caught:
                await opens.__aenter__()
            assert (caught.value.status, caught.value.code) == (407, "unknown")


async def test_a_handshake_waits_as_long_as_it_is_told(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    busy = http("503 Service Unavailable", b"", "Retry-After: 30")
    last = http("403 Forbidden")
    dial = answering(nursery, busy, busy, last)
    async with Client(dial=dial) as client:
        with pytest.raises(ApiError, match="403"):
            await client.tape(["BTC-USD"]).__aenter__()
    assert trio.current_time() >= 60


async def test_what_is_no_web_server_is_unreadable(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async with Client(dial=answering(nursery, b"220 mail ESMTP\r\n\r\n")) as client:
        with pytest.raises(Unreadable, match="no WebSocket"):
            await client.tape(["BTC-USD"]).__aenter__()
