"""What is said on the wire, as a client sees it."""

import json
import os
from contextlib import suppress

import pytest
import trio
import trio.testing

from goquant.web.limits import Limits
from sockets import SOON_S, Site, connected, serving

EITHER_WAY = pytest.mark.parametrize("prefix", ["", "/route"])


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the server handed to the kernel, one entry a call."""
    calls: list[bytes] = []
    write = os.write

    def recording(file: int, data: bytes) -> int:
        calls.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", recording)
    return calls


@EITHER_WAY
async def test_head_and_body_leave_in_one_send(prefix: str, writes: list[bytes]) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.get(f"{prefix}/hello")
        assert await client.answer() == (200, b"hello")
    assert len(writes) == 1


@EITHER_WAY
async def test_head_is_answered_with_the_length_and_no_body(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(f"HEAD {prefix}/hello HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, headers = await client.head()
        assert (status, headers["content-length"]) == (200, "5")
        await client.get(f"{prefix}/hello")
        assert await client.answer() == (200, b"hello")


async def test_the_head_of_a_stream_comes_before_its_first_event_and_that_before_its_second() -> (
    None
):
    site = Site()
    async with serving(site.app) as address, connected(address) as client:
        await client.get("/sse")
        status, headers = await client.head()
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        site.go_on.set()
        assert await client.until(b"\n\n") == b"9\r\ndata: 1"


async def test_a_stream_ends_when_its_client_leaves() -> None:
    site = Site()
    async with serving(site.app) as address:
        async with connected(address) as client:
            await client.get("/sse")
            await client.head()
        with trio.fail_after(SOON_S):
            await site.left.wait()


@EITHER_WAY
async def test_100_continue_comes_before_the_body_is_sent(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        head = f"POST {prefix}/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        await client.send(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert (await client.head())[0] == 100
        await client.send(b"hi")
        assert await client.answer() == (200, b"hi")


@EITHER_WAY
async def test_pipelined_requests_are_answered_in_order(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        request = f"POST {prefix}/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
        await client.send("".join(f"{request}{number:02}" for number in range(20)).encode())
        for number in range(20):
            assert await client.answer() == (200, b"%02d" % number)


@EITHER_WAY
async def test_a_chunked_body_arrives_whole_however_it_is_cut(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(f"POST {prefix}/echo HTTP/1.1\r\nHost: x\r\n".encode())
        for byte in b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 20 + b"0\r\n\r\n":
            await client.send(bytes([byte]))
            await trio.testing.wait_all_tasks_blocked()
        assert await client.answer() == (200, b"a" * 20)


@EITHER_WAY
async def test_a_body_too_large_is_413_and_ends_the_connection(prefix: str) -> None:
    async with serving(Site().app) as address:
        async with connected(address) as client:
            await client.post(f"{prefix}/echo", b"x" * (64 * 1024 + 1))
            assert (await client.answer())[0] == 413
        async with connected(address) as client:
            await client.send(f"POST {prefix}/echo HTTP/1.1\r\nHost: x\r\n".encode())
            await client.send(b"Transfer-Encoding: chunked\r\n\r\n")
            await client.send((b"400\r\n" + b"x" * 1024 + b"\r\n") * 100)
            assert (await client.answer())[0] == 413
            await client.send(b"400\r\n" + b"x" * 1024 + b"\r\n")
            assert await client.stream.receive_some(1) == b"", "closed, not reset"


@EITHER_WAY
async def test_a_head_over_its_limit_is_431_even_in_one_piece(prefix: str) -> None:
    site = Site(Limits(head_bytes_max=1024))
    async with serving(site.app) as address:
        async with connected(address) as client:
            await client.get(f"{prefix}/hello", f"A: {'a' * 900}")
            assert (await client.answer())[0] == 200
        async with connected(address) as client:
            await client.get(f"{prefix}/hello", f"A: {'a' * 1000}")
            assert (await client.answer())[0] == 431


async def test_a_refused_head_has_no_body() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(b"HEAD /" + b"a" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        said = await client.to_the_end()
        assert said.startswith(b"HTTP/1.1 414")
        assert said.endswith(b"\r\n\r\n")


async def test_a_body_that_is_announced_too_large_is_refused_before_it_comes() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(b"POST /route/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n")
        assert (await client.answer())[0] == 413


async def test_a_body_in_more_pieces_than_anyone_needs_is_refused() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(b"POST /route/echo HTTP/1.1\r\nHost: x\r\n")
        await client.send(b"Transfer-Encoding: chunked\r\n\r\n")
        await client.send(b"1\r\na\r\n" * 300)
        assert (await client.answer())[0] == 413
        assert await client.stream.receive_some(1) == b""


async def test_a_length_and_chunks_together_are_refused_and_what_follows_is_not_read() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n")
        await client.send(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        await client.send(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.answer())[0] == 400
        assert await client.stream.receive_some(1) == b""


async def test_a_refused_handshake_says_why_and_closes() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.get("/ws/echo", "Connection: Upgrade", "Upgrade: websocket")
        status, body = await client.answer()
        assert status == 400
        assert json.loads(body)["error"]["code"] == "bad_request"
        assert await client.stream.receive_some(1) == b""


async def test_a_body_that_nobody_reads_does_not_hold_up_the_end() -> None:
    site = Site()
    async with serving(site.app) as address, connected(address) as client:
        await client.send(b"POST /wait HTTP/1.1\r\nHost: x\r\n")
        await client.send(b"Transfer-Encoding: chunked\r\n\r\n")
        await client.send((b"400\r\n" + b"x" * 1024 + b"\r\n") * 100)
        await site.entered.wait()
        await trio.testing.wait_all_tasks_blocked()
        site.go_on.set()
        assert await client.answer() == (200, b"waited")
        assert await client.stream.receive_some(1) == b""


@EITHER_WAY
async def test_a_body_that_does_not_come_is_408(prefix: str) -> None:
    site = Site(Limits(body_s=0.1))
    async with serving(site.app) as address, connected(address) as client:
        await client.send(
            f"POST {prefix}/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode()
        )
        assert (await client.answer())[0] == 408
        await client.to_the_end()


async def test_a_head_must_end_in_time_however_it_trickles() -> None:
    limits = Limits(head_s=0.1)
    async with serving(Site().app, limits) as address, connected(address) as client:
        with suppress(trio.BrokenResourceError):
            while True:
                await client.send(b"x")
                await trio.sleep(0.01)


async def test_the_second_head_has_its_own_deadline() -> None:
    limits = Limits(head_s=0.1, keep_alive_s=60)
    async with serving(Site().app, limits) as address, connected(address) as client:
        await client.get("/hello")
        assert (await client.answer())[0] == 200
        await client.send(b"GET /hello HTT")
        assert await client.to_the_end() == b""


async def test_a_half_closed_client_gets_the_answer_of_a_route() -> None:
    site = Site()
    async with serving(site.app) as address, connected(address) as client:
        await client.get("/route/wait")
        await site.entered.wait()
        await client.stream.send_eof()
        await trio.testing.wait_all_tasks_blocked()
        site.go_on.set()
        assert await client.answer() == (200, b"waited")
        assert await client.to_the_end() == b""


async def test_a_half_closed_client_has_left_a_view() -> None:
    site = Site()
    async with serving(site.app) as address, connected(address) as client:
        await client.get("/wait")
        await site.entered.wait()
        await client.stream.send_eof()
        assert await client.to_the_end() == b""
        assert site.left.is_set()


async def test_http_2_is_not_spoken() -> None:
    async with serving(Site().app) as address:
        async with connected(address) as client:
            await client.get("/hello", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")
            assert await client.answer() == (200, b"hello")
        async with connected(address) as client:
            await client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert (await client.answer())[0] == 400


async def test_a_websocket_echoes_and_closes() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.upgrade("/ws/echo")
        await client.head()
        await client.send(b"\x81\x82\0\0\0\0hi")
        assert await client.until(b"hi") == b"\x89\0\x81\x02", "a ping, and the echo"
        await client.send(b"\x88\x82\0\0\0\0\x03\xe8")
        assert await client.to_the_end() == b"\x88\x02\x03\xe8"


async def test_a_silent_websocket_is_closed() -> None:
    site = Site()
    limits = Limits(ping_s=0.1, silence_s=0.3)
    async with serving(site.app, limits) as address, connected(address) as client:
        await client.upgrade("/ws/echo")
        await client.head()
        assert await client.exactly(2) == b"\x89\0"
        await client.to_the_end()
        await site.left.wait()
