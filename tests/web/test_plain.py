"""The short way to the routes: what it takes, it reads as h11 does, and what it leaves, it leaves whole."""

import re

import h11
import pytest
import trio
import trio.testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goquant.web.http1 import refusal, wants_websocket
from goquant.web.limits import HEADERS_MAX, TARGET_BYTES_MAX, Limits
from goquant.web.plain import Head, read_head
from sockets import SOON_S, Site, connected, serving

START = b"POST /orders HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
ENOUGH = HOST + b"\r\n"


def test_a_head_is_read() -> None:
    data = b"POST /a?b=c?d HTTP/1.1\r\nHOST: x\r\nA-b:\t c d \t\r\nContent-Length: 07\r\n\r\nbody"
    headers = {b"host": b"x", b"a-b": b"c d", b"content-length": b"07"}
    assert read_head(data) == Head("POST", "/a", "b=c?d", headers, len(data) - 4, 7)


def test_a_head_needs_no_length() -> None:
    head = read_head(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\nGET")
    assert head is not None
    assert (head.query, head.body_size) == ("", 0)


LEFT: dict[str, bytes] = {
    "nothing": b"",
    "half": START + HOST,
    "no-host": START + b"A: b\r\n\r\n",
    "two-hosts": START + HOST + ENOUGH,
    "a-header-twice": START + b"Cookie: a\r\ncookie: b\r\n" + ENOUGH,
    "lengths-differ": START + b"Content-Length: 1\r\nContent-Length: 2\r\n" + ENOUGH,
    "length-negative": START + b"Content-Length: -1\r\n" + ENOUGH,
    "length-signed": START + b"Content-Length: +1\r\n" + ENOUGH,
    "length-empty": START + b"Content-Length:\r\n" + ENOUGH,
    "length-list": START + b"Content-Length: 1, 1\r\n" + ENOUGH,
    "length-huge": START + b"Content-Length: 1000000000\r\n" + ENOUGH,
    "chunks": START + b"Transfer-Encoding: chunked\r\n" + ENOUGH,
    "length-and-chunks": START + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" + ENOUGH,
    "continue": START + b"Expect: 100-continue\r\n" + ENOUGH,
    "upgrade": START + b"Upgrade: websocket\r\n" + ENOUGH,
    "page": START + b"Origin: http://x\r\n" + ENOUGH,
    "close": START + b"Connection: close\r\n" + ENOUGH,
    "upgrade-of-connection": START + b"Connection: keep-alive, Upgrade\r\n" + ENOUGH,
    "version-1.0": b"POST /orders HTTP/1.0\r\n" + ENOUGH,
    "version-2.0": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "lower-case": b"post /orders HTTP/1.1\r\n" + ENOUGH,
    "another-form": b"POST http://x/orders HTTP/1.1\r\n" + ENOUGH,
    "star": b"OPTIONS * HTTP/1.1\r\n" + ENOUGH,
    "two-spaces": b"POST  /orders HTTP/1.1\r\n" + ENOUGH,
    "no-ascii-in-target": b"POST /\xff HTTP/1.1\r\n" + ENOUGH,
    "no-ascii-in-value": START + b"A: \xff\r\n" + ENOUGH,
    "zero-in-value": START + b"A: \0\r\n" + ENOUGH,
    "bare-newline": START + b"A: b\nC: d\r\n" + ENOUGH,
    "bare-newlines": b"POST /orders HTTP/1.1\nHost: x\n\n",
    "bare-return": START + b"A: b\rC: d\r\n" + ENOUGH,
    "folded": START + b"A: b\r\n c\r\n" + ENOUGH,
    "space-before-colon": START + b"A : b\r\n" + ENOUGH,
    "no-colon": START + b"A\r\n" + ENOUGH,
    "no-name": START + b": b\r\n" + ENOUGH,
    "newline-before": b"\r\n" + START + ENOUGH,
    "target-long": b"GET /" + b"a" * TARGET_BYTES_MAX + b" HTTP/1.1\r\n" + ENOUGH,
    "headers-many": START + b"".join(b"a%d: b\r\n" % n for n in range(HEADERS_MAX)) + ENOUGH,
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_written_plainly_is_left_to_h11(name: str) -> None:
    assert read_head(LEFT[name]) is None


PLAIN = ("Host: x", "Content-Length: 3", "Connection: keep-alive", "Accept: */*", "A:b", "B: c  d")
ODD_STARTS = [
    *("get /", "OPTIONS *", "GET http://x/", "GET /\xff", "GET  /", "GET /a b", "GET", "GET /#"),
    *("GET /?%ff", "GET /\x7f"),
]
ODD_LINES = [
    *("Host: y", "host:", "Host : x", "Host: \xff", "Host: \x7f", "Content-Length: 3"),
    *("content-length:3", "Content-Length: 0", "Content-Length: 3, 3", "Content-Length: +3"),
    *("Content-Length: \t3 ", "Content-Length: 0x3", "Content-Length:"),
    *("Transfer-Encoding: chunked", "transfer-encoding: identity", "Transfer-Encoding:"),
    *("Connection: close", "Connection: close", "Connection: Upgrade", "Connection: x, close"),
    *("Upgrade: websocket", "upgrade: h2c", "Expect: 100-continue", "Expect: x"),
    *("Sec-WebSocket-Key: x", "no colon", ": x", "a b: c", "A:\x00", "A: \x0b", "A\x0b: b"),
    *("A: b\nC: d", "A: b\rC: d", " folded"),
]
ODD_BYTES = (b"", b" ", b"\t", b"\r", b"\n", b"\r\n", b":", b"\0", b"\x0b", b"\x85", b"0")


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """A plain head and a body, with up to two oddities."""
    start = draw(st.sampled_from(["GET /a?b=c", "POST /orders", "DELETE /orders/A-1"]))
    version = "HTTP/1.1"
    lines = draw(st.permutations(PLAIN))[draw(st.integers(0, len(PLAIN))) :]
    damages: list[bytes] = []
    for _ in range(draw(st.integers(0, 2))):
        match draw(st.sampled_from(["start", "version", "line", "line", "line", "bytes"])):
            case "start":
                start = draw(st.sampled_from(ODD_STARTS))
            case "version":
                version = draw(st.sampled_from(["HTTP/1.0", "HTTP/2.0", "HTTP/1.1 ", "http/1.1"]))
            case "line":
                lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(ODD_LINES)))
            case "bytes":
                damages.append(draw(st.sampled_from(ODD_BYTES)))
    data = "\r\n".join([f"{start} {version}", *lines, "", "abc"]).encode("latin-1")
    for damage in damages:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + damage + data[place + draw(st.integers(0, 3)) :]
    return data


@settings(max_examples=1000, deadline=None, print_blob=True)
@given(data=heads())
@example(data=START + ENOUGH)
@example(data=START + b"Content-Length: 3\r\n" + ENOUGH + b"abcGET")
@example(data=START + b'A!#$%&\'*+-.^_`|~9: "x", (y)\t;\r\n' + ENOUGH)
def test_what_is_taken_means_the_same_to_h11(data: bytes) -> None:
    head = read_head(data)
    if head is None:
        return
    http = h11.Connection(h11.SERVER)
    # What follows the body is another request, be it cut off.
    whole = (data + bytes(head.body_size))[: head.size + head.body_size]
    http.receive_data(whole)
    request = http.next_event()
    assert isinstance(request, h11.Request)
    target = f"{head.path}?{head.query}" if b"?" in request.target else head.path
    assert (request.method, request.target) == (head.method.encode(), target.encode())
    assert dict(request.headers) == head.headers
    assert refusal(request, head_bytes_max=head.size) is None
    assert not wants_websocket(request)
    assert not http.they_are_waiting_for_100_continue
    body = b""
    while isinstance(event := http.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert body == whole[head.size :]
    assert http.their_state is h11.DONE
    assert not http.trailing_data[0]


# On a connection


@pytest.fixture
def _h11_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(self: h11.Connection, data: bytes) -> None:
        raise AssertionError("this was to be read without h11")

    monkeypatch.setattr(h11.Connection, "receive_data", ask)


@pytest.mark.usefixtures("_h11_is_never_asked")
async def test_plain_requests_are_answered_without_h11_however_their_bodies_are_cut() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.post("/route/echo", b"hi")
        await client.get("/route/hello?x=y", "Connection: keep-alive")
        assert await client.answer() == (200, b"hi")
        assert await client.answer() == (200, b"hello")
        await client.send(b"POST /route/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
        for byte in b"abc":
            await trio.testing.wait_all_tasks_blocked()
            await client.send(bytes([byte]))
        assert await client.answer() == (200, b"abc")


async def test_an_answer_is_dated_and_says_what_it_is() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.get("/route/hello")
        _, headers = await client.head()
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d gmt", headers.pop("date"))
        assert re.fullmatch("[0-9a-f]{16}", headers.pop("x-request-id"))
        assert headers == {
            "content-type": "application/octet-stream",
            "content-length": "5",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }


async def test_plain_requests_and_others_take_turns_on_a_connection() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        for path in ("/route/hello", "/hello", "/route/%68ello", "/route/hello", "/route/nothing"):
            await client.get(path)
        for status in (200, 200, 200, 200, 404):
            assert (await client.answer())[0] == status
        await client.get("/route/hello")
        assert await client.answer() == (200, b"hello")


async def test_a_body_has_its_own_deadline_and_its_handler_has_none() -> None:
    site = Site(Limits(body_s=0.1))
    async with serving(site.app) as address, connected(address) as client:
        await client.send(b"POST /route/wait HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        await trio.testing.wait_all_tasks_blocked()
        await client.send(b"x")
        await site.entered.wait()
        await trio.sleep(0.15)
        site.go_on.set()
        assert await client.answer() == (200, b"waited")


async def test_a_body_that_trickles_is_given_up_on() -> None:
    site = Site(Limits(body_s=0.1))
    async with serving(site.app) as address, connected(address) as client:
        await client.send(b"POST /route/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n")
        with trio.move_on_after(SOON_S):
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def trickle() -> None:
                    while True:
                        await client.send(b"x")
                        await trio.sleep(0.01)

                assert (await client.answer())[0] == 408
                nursery.cancel_scope.cancel()
        await client.to_the_end()


async def test_a_body_that_is_cut_off_is_400() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(b"POST /route/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        await client.stream.send_eof()
        assert (await client.answer())[0] == 400
        assert await client.to_the_end() == b""
