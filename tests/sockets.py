"""A small site behind the real server, and a client that says exactly the bytes it is told to."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio
from quart import request, websocket
from quart.wrappers import Response

from goquant.web import server
from goquant.web.application import Application
from goquant.web.limits import Limits
from goquant.web.routes import Reply, Request

# For what takes milliseconds unless it hangs.
SOON_S = 2.0

BIG = b"x" * (16 << 20)  # More than all the buffers between two sockets.


class Site:
    """An application whose handlers tell the test what became of them.

    What /hello, /echo, /wait and /big do as views of Quart, /route/hello and so on do as routes.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.app = Application("site", limits)
        self.entered = trio.Event()
        self.left = trio.Event()
        self.go_on = trio.Event()
        for view in (self.hello, self.echo, self.wait, self.big):
            path = f"/{view.__name__}"
            self.app.add_url_rule(path, view_func=view, methods=["GET", "POST"])
            for method in ("GET", "POST"):
                self.app.add_route(method, f"/route{path}", partial(self._route, view))
        self.app.add_url_rule("/sse", view_func=self.sse)
        self.app.add_websocket("/ws/echo", view_func=self.ws_echo)
        self.app.add_websocket("/ws/push", view_func=self.ws_push)
        self.app.add_websocket("/ws/idle", view_func=self.ws_idle)
        self.app.add_websocket("/ws/late", view_func=self.ws_late)

    async def hello(self) -> bytes:
        return b"hello"

    async def echo(self, body: bytes | None = None) -> bytes:
        if body is None:
            return await request.get_data(cache=True, as_text=False, parse_form_data=False)
        return body

    async def wait(self) -> bytes:
        with self._presence():
            await self.go_on.wait()
        return b"waited"

    async def big(self) -> bytes:
        return BIG

    async def sse(self) -> Response:
        async def stream() -> AsyncGenerator[bytes, None]:
            with self._presence():
                await self.go_on.wait()
                yield b"data: 1\n\n"
                await trio.sleep_forever()

        response = Response(stream(), mimetype="text/event-stream")
        response.timeout = None
        return response

    async def ws_echo(self) -> None:
        await websocket.accept()
        with self._presence():
            while True:
                await websocket.send(await websocket.receive())

    async def ws_push(self) -> None:
        """Send for ever and never listen: what a handler must not do, see D5 and D6."""
        with self._presence():
            while True:
                await websocket.send(b"x" * 10_000)

    async def ws_idle(self) -> None:
        await websocket.accept()
        with self._presence():
            await trio.sleep_forever()

    async def ws_late(self) -> None:
        with self._presence():
            await self.go_on.wait()
            await websocket.accept()

    async def _route(self, view: Callable[..., Awaitable[bytes]], request: Request) -> Reply:
        body = await (view(request.body) if view == self.echo else view())
        return Reply(200, body, content_type="application/octet-stream")

    def _presence(self) -> "Presence":
        return Presence(self)


class Presence:
    """Tells that a handler has been entered and left, however that came to be."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __enter__(self) -> None:
        self._site.entered.set()

    def __exit__(self, *_: object) -> None:
        self._site.left.set()


@asynccontextmanager
async def serving(app: Application, limits: Limits | None = None) -> AsyncIterator[server.Address]:
    """The address of `app`'s server, which is asked to stop, and must, at the end of the block."""
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        yield await nursery.start(
            partial(
                server.serve,
                app,
                port=0,
                limits=limits,
                shutdown_trigger=stop.wait,
            )
        )
        stop.set()
        nursery.cancel_scope.deadline = trio.current_time() + SOON_S
    assert not nursery.cancel_scope.cancelled_caught, "the server did not stop in time"


class Client:
    """A connection on which only the given bytes are sent."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._buffer = b""

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def get(self, path: str, *headers: str) -> None:
        await self.send("\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())

    async def post(self, path: str, body: bytes, *headers: str) -> None:
        head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
        await self.send("\r\n".join([*head, "", ""]).encode() + body)

    async def upgrade(self, path: str, *headers: str) -> None:
        await self.get(
            path,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *headers,
        )

    async def head(self) -> tuple[int, dict[str, str]]:
        """The next status and headers; an answer cut off in its head is an EOFError."""
        lines = (await self.until(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), headers

    async def answer(self) -> tuple[int, bytes]:
        """The next status and body of known length."""
        status, headers = await self.head()
        return status, await self.exactly(int(headers.get("content-length", 0)))

    async def until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            await self._receive()
        found, _, self._buffer = self._buffer.partition(end)
        return found

    async def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._receive()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    async def to_the_end(self) -> bytes:
        """All that comes until the server closes or resets the connection."""
        try:
            while True:
                await self._receive()
        except (EOFError, trio.BrokenResourceError):
            rest, self._buffer = self._buffer, b""
            return rest

    async def _receive(self) -> None:
        data = await self.stream.receive_some(65536)
        if not data:
            raise EOFError(f"the server closed after {self._buffer!r}")
        self._buffer += data


@asynccontextmanager
async def connected(address: server.Address) -> AsyncIterator[Client]:
    """A client of the server at `address`; the block must be done SOON_S later."""
    with trio.fail_after(SOON_S):
        stream = await trio.open_tcp_stream(*address)
        try:
            yield Client(stream)
        finally:
            await trio.aclose_forcefully(stream)


async def eventually(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds, of something outside trio; fail if it does not SOON_S later."""
    with trio.fail_after(SOON_S):
        while not condition():  # noqa: ASYNC110 -- nobody sets an event for it
            await trio.sleep(0.01)
