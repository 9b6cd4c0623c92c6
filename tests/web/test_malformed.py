"""Bytes that no decent client sends. After each, the server is there and answers the next client."""

from collections.abc import AsyncIterator

import pytest
import trio

from goquant.web.limits import Limits
from goquant.web.server import Address
from sockets import SOON_S, Site, connected, serving

HOST = b"Host: x\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"GET /ws/echo HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = b"Sec-WebSocket-Version: 13\r\n"

# The bytes, and the status of the answer; None if there is nothing to answer but the end.
REQUESTS: dict[str, tuple[bytes, int | None]] = {
    "nothing": (b"", None),
    "zero-byte": (b"\0", 400),
    "tls-hello": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\0" * 32, 400),
    "random": (bytes(range(255, -1, -1)) + b"\r\n\r\n", 400),
    "only-newlines": (b"\r\n" * 100, 400),
    "only-method": (b"GET\r\n\r\n", 400),
    "no-version": (b"GET /\r\n\r\n", 400),
    "half-a-line": (b"GET / HT", 400),
    "half-a-head": (b"GET / HTTP/1.1\r\nHost", 400),
    "strange-version": (b"GET / HTTP/x.y\r\nHost: x\r\n\r\n", 400),
    "version-9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
    "version-2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "no-host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two-hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "host-with-newline": (b"GET / HTTP/1.1\r\nHost: a\nb\r\n\r\n", 400),
    "host-folded": (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 404),
    "space-before-colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "no-colon": (b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
    "empty-name": (b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400),
    "zero-in-header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
    "space-in-target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "utf-8-in-target": ("GET /\N{EURO SIGN} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
    "target-without-path": (b"GET ? HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target-relative": (b"GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target-star": (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target-broken-url": (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target-other-scheme": (b"GET file:///etc HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target-url": (b"GET http://x/hello HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    "target-no-utf-8": (b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "target-dots": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "target-long": (b"GET /" + b"a" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "query-long": (b"GET /hello?" + b"%41=%f0&" * 1_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "target-huge": (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    "headers-many": (b"GET /hello HTTP/1.1\r\nHost: x\r\n" + b"a:b\r\n" * 101 + b"\r\n", 431),
    "query-no-utf-8": (b"GET /hello?%ff=%fe&&==&a HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    "connect": (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "strange-method": (b"BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "long-method": (b"A" * 70_000, 431),
    "head-too-large": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000, 431),
    "too-many-headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 50_000, 431),
    "length-negative": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "length-no-number": (POST + b"Content-Length: ten\r\n\r\n", 400),
    "length-empty": (POST + b"Content-Length: \r\n\r\n", 400),
    "length-endless": (POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
    "length-huge": (POST + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n", 413),
    "lengths-differ": (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "length-and-chunks": (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0", 400),
    "body-too-short": (POST + b"Content-Length: 9\r\n\r\nx", 400),
    "coding-unknown": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "coding-twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
    "chunk-no-number": (CHUNKED + b"zz\r\n", 400),
    "chunk-negative": (CHUNKED + b"-1\r\n\r\n", 400),
    "chunk-huge": (CHUNKED + b"f" * 100 + b"\r\n", 400),
    "chunk-no-end": (CHUNKED + b"1\r\nab\r\n", 400),
    "chunk-cut-off": (CHUNKED + b"5\r\nab", 400),
    "trailer-broken": (CHUNKED + b"0\r\nno colon\r\n\r\n", 400),
    "ws-no-key": (UPGRADE + VERSION + b"\r\n", 400),
    "ws-no-version": (UPGRADE + KEY + b"\r\n", 400),
    "ws-version-8": (UPGRADE + KEY + b"Sec-WebSocket-Version: 8\r\n\r\n", 400),
    "ws-http-1.0": (UPGRADE.replace(b"1.1", b"1.0") + KEY + VERSION + b"\r\n", 400),
    "ws-speaks-early": (UPGRADE + KEY + VERSION + b"\r\n\x81\x80\0\0\0\0", 400),
    "ws-protocol-no-ascii": (
        UPGRADE + KEY + VERSION + b"Sec-WebSocket-Protocol: \xff\r\n\r\n",
        400,
    ),
    "ws-extension-no-ascii": (
        UPGRADE + KEY + VERSION + b"Sec-WebSocket-Extensions: \xff\r\n\r\n",
        400,
    ),
    "ws-connection-no-ascii": (
        UPGRADE.replace(b"n: Upgrade", b"n: Upgrade, \xff") + KEY + VERSION + b"\r\n",
        400,
    ),
    "ws-nowhere": (UPGRADE.replace(b"/echo", b"/none") + KEY + VERSION + b"\r\n", 404),
    "ws-by-post": (UPGRADE.replace(b"GET", b"POST") + KEY + VERSION + b"\r\n", 405),
    "h2c": (
        b"GET /hello HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nHTTP2-Settings: \xff\r\n\r\n",
        200,
    ),
}

# The bytes after a good handshake, and the code of the close frame that answers them.
MASK = b"\0\0\0\0"
FRAMES: dict[str, tuple[bytes, int]] = {
    "not-masked": (b"\x81\x02hi", 1002),
    "reserved-bits": (b"\xf1\x80" + MASK, 1002),
    "reserved-opcode": (b"\x83\x80" + MASK, 1002),
    "compressed": (b"\xc1\x82" + MASK + b"\x4b\x04", 1002),
    "no-utf-8": (b"\x81\x82" + MASK + b"\xff\xff", 1007),
    "continues-nothing": (b"\x80\x80" + MASK, 1002),
    "begins-twice": ((b"\x01\x81" + MASK + b"x") * 2, 1002),
    "fragmented-ping": (b"\x09\x80" + MASK, 1002),
    "long-ping": (b"\x89\xfe\x00\x7e" + MASK + b"x" * 126, 1002),
    "close-of-one-byte": (b"\x88\x81" + MASK + b"x", 1002),
    "close-with-bad-code": (b"\x88\x82" + MASK + b"\0\x01", 1002),
    "close-with-bad-reason": (b"\x88\x83" + MASK + b"\x03\xe8\xff", 1007),
    "length-of-2-to-the-63": (b"\x82\xff" + b"\xff" * 8 + MASK, 1002),
    "length-not-shortest": (b"\x81\xfe\x00\x01" + MASK + b"x", 1002),
    "too-large": (b"\x82\xff" + (70_000).to_bytes(8) + MASK + b"x" * 70_000, 1009),
    "too-large-in-pieces": (
        b"\x02\xfe\x80\0" + MASK + b"x" * 32_768 + (b"\0\xfe\x80\0" + MASK + b"x" * 32_768) * 2,
        1009,
    ),
}


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    async with serving(Site().app, Limits(head_s=0.2)) as address:
        yield address


async def assert_alive(address: Address) -> None:
    async with connected(address) as client:
        await client.get("/hello")
        assert await client.answer() == (200, b"hello")


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_malformed_request(address: Address, name: str) -> None:
    data, expected = REQUESTS[name]
    async with connected(address) as client:
        await client.send(data)
        if expected in {None, 400}:
            # Some of these are only wrong because nothing follows.
            await client.stream.send_eof()
        if expected is None:
            assert await client.to_the_end() == b""
        else:
            assert (await client.answer())[0] == expected
    await assert_alive(address)


@pytest.mark.parametrize("name", FRAMES)
async def test_a_malformed_frame(address: Address, name: str) -> None:
    data, code = FRAMES[name]
    async with connected(address) as client:
        await client.send(UPGRADE + KEY + VERSION + b"\r\n")
        assert (await client.head())[0] == 101
        await client.send(data)
        await client.until(b"\x88")
        assert (await client.to_the_end())[1:3] == code.to_bytes(2)
    await assert_alive(address)


async def test_a_websocket_that_speaks_between_its_handshake_and_the_answer() -> None:
    site = Site()
    async with serving(site.app) as address:
        async with connected(address) as client:
            await client.upgrade("/ws/late")
            await site.entered.wait()
            await client.send(b"\x81\x80" + MASK)
            assert (await client.answer())[0] == 400
            site.go_on.set()
            await client.to_the_end()
        with trio.fail_after(SOON_S):
            await site.left.wait()
        await assert_alive(address)
