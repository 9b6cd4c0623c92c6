"""Clients of the streams without a socket: they speak ASGI with the application."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from quart_trio import QuartTrio

from api import Api
from described import check_told
from goquant.web.http1 import FRAME

Json = Any  # what JSON says

# Nothing here takes this long unless it hangs.
PATIENCE_S = 60.0


class Rejected(Exception):
    """The handshake was refused."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Json) -> None:
        super().__init__(status, body)
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def code(self) -> str:
        """The code of the error."""
        assert self.body["error"]["request_id"] == self.headers["x-request-id"]
        return str(self.body["error"]["code"])


class Closed(Exception):
    """The application has closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code


class Socket:
    """A WebSocket client. What it is told is held against its description."""

    def __init__(self, path: str) -> None:
        self._path = path.partition("?")[0]
        self._to_app, self._from_client = trio.open_memory_channel[Json](1_000)
        self._to_client, self._from_app = trio.open_memory_channel[Json](1_000)
        self._rest = b""  # frames that came together with the last one

    async def run(self, app: QuartTrio, scope: Json) -> None:
        """Be served by the application."""
        await self._to_app.send({"type": "websocket.connect"})
        await app(scope, self._from_client.receive, self._to_client.send)
        self._to_client.close()

    async def open(self) -> None:
        """Wait for the end of the handshake. Raises Rejected."""
        event = await self._next()
        if event["type"] == "websocket.http.response.start":
            headers = {name.decode(): value.decode() for name, value in event["headers"]}
            body = (await self._next())["body"]
            raise Rejected(event["status"], headers, json.loads(body))
        assert event["type"] == "websocket.accept"

    async def send(self, message: Json) -> None:
        """Send a message: text as it is, bytes as they are, and anything else as JSON."""
        event: Json = {"type": "websocket.receive", "bytes": None, "text": None}
        if isinstance(message, bytes):
            event["bytes"] = message
        else:
            event["text"] = message if isinstance(message, str) else json.dumps(message)
        await self._to_app.send(event)

    async def receive(self) -> Json:
        """The next message. Raises Closed."""
        if not self._rest:
            event = await self._next()
            if event["type"] == "websocket.close":
                raise Closed(event["code"], event["reason"])
            assert event["type"] == FRAME
            self._rest = event["frame"]
        payload, self._rest = split_frame(self._rest)
        told = json.loads(payload)
        check_told(self._path, told)
        return told

    async def events(self, count: int = 1) -> list[Json]:
        """The next events, so many, of whatever frames."""
        found: list[Json] = []
        while len(found) < count:
            found += (await self.receive())["events"]
        return found

    async def leave(self, code: int = 1006) -> None:
        """Close; or, with a code of the server's own, have it say that it is stopping."""
        await self._to_app.send({"type": "websocket.disconnect", "code": code})

    def has_more(self) -> bool:
        """Whether there is something to receive."""
        return bool(self._rest) or self._from_app.statistics().current_buffer_used > 0

    async def _next(self) -> Json:
        with trio.fail_after(PATIENCE_S):
            return await self._from_app.receive()


def split_frame(data: bytes) -> tuple[bytes, bytes]:
    """What is in the first frame of a server, which has to be a whole text message, and the rest."""
    assert data[0] == 0x81
    size, start = data[1], 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(data[2:10], "big"), 10
    assert len(data) >= start + size
    return data[start : start + size], data[start + size :]


def payload_of(frame: bytes) -> bytes:
    """What is in a frame of a server."""
    payload, rest = split_frame(frame)
    assert not rest
    return payload


def scope_of(path: str, kind: str, headers: Mapping[str, str]) -> Json:
    """What a server tells an application of a request."""
    path, _, query = path.partition("?")
    named = {"host": "exchange.example"} | dict(headers)
    return {
        "type": kind,
        "asgi": {"spec_version": "2.3", "version": "3.0"},
        "scheme": "ws" if kind == "websocket" else "http",
        "method": "GET",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }


@asynccontextmanager
async def websocket(
    app: QuartTrio, path: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Socket]:
    """A client whose handshake was accepted; it leaves at the end of the block."""
    socket = Socket(path)
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.run, app, scope_of(path, "websocket", headers or {}))
            await socket.open()
            yield socket
            await socket.leave()


class Stream:
    """A client of an SSE stream. What it is told is held against its description."""

    def __init__(self, path: str) -> None:
        self._path = path.partition("?")[0]
        self._asked = False
        self._leave = trio.Event()
        self._to_client, self._from_app = trio.open_memory_channel[Json](1_000)
        self._rest = b""
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.last_id = ""

    async def run(self, app: QuartTrio, scope: Json) -> None:
        """Be served by the application."""
        await app(scope, self._receive, self._to_client.send)
        self._to_client.close()

    async def open(self) -> None:
        """Wait for the head of the answer."""
        event = await self._next()
        self.status = event["status"]
        self.headers = {name.decode(): value.decode() for name, value in event["headers"]}

    async def text(self, end: bytes = b"\n\n") -> str:
        """What comes, up to and without an end. Raises trio.EndOfChannel."""
        while end not in self._rest:
            self._rest += (await self._next())["body"]
        found, _, self._rest = self._rest.partition(end)
        return found.decode()

    async def event(self) -> Json:
        """The next event."""
        while True:
            lines = dict(line.split(": ", 1) for line in (await self.text()).splitlines())
            self.last_id = lines.get("id", self.last_id)
            if "data" in lines:
                told = json.loads(lines["data"])
                check_told(self._path, told)
                return told

    async def body(self) -> bytes:
        """All that comes until the end."""
        while True:
            event = await self._next()
            self._rest += event.get("body", b"")
            if not event.get("more_body", False):
                return self._rest

    def leave(self) -> None:
        """Disconnect."""
        self._leave.set()

    async def _receive(self) -> Json:
        if self._asked:
            await self._leave.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _next(self) -> Json:
        with trio.fail_after(PATIENCE_S):
            return await self._from_app.receive()


@asynccontextmanager
async def stream(
    app: QuartTrio, path: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Stream]:
    """A client of a stream, which has the head of the answer; it leaves at the end of the block."""
    client = Stream(path)
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run, app, scope_of(path, "http", headers or {}))
            await client.open()
            yield client
            client.leave()


async def trade(api: Api, count: int = 1, price: str = "100") -> None:
    """So many trades of as many commands, each of which rests first."""
    for _ in range(count):
        await api.placed(side="sell", price=price)
        await api.placed(side="buy", price=price)


async def sweep(api: Api) -> None:
    """Three trades of one command."""
    for price in ("101", "102", "103"):
        await api.placed(side="sell", price=price)
    await api.placed(side="buy", type="market", price=None, quantity="3")


def told(events: list[Any]) -> list[tuple[str, int, int]]:
    return [(event["type"], event["prev_sequence"], event["sequence"]) for event in events]


async def rejected(api: Api, path: str) -> Rejected:
    """How a WebSocket was refused."""
    with pytest.RaisesGroup(Rejected, flatten_subgroups=True) as caught:
        async with websocket(api.app, path):
            pytest.fail("it was accepted")
    refusal = caught.value.exceptions[0]
    assert isinstance(refusal, Rejected)
    return refusal
