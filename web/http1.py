"""HTTP/1.1 and WebSocket on one connection: hypercorn's state machines, with fewer surprises.

What differs from hypercorn, and why:

- A head of known length waits for its body, so that both leave in one send. A head without a
  length belongs to a stream and leaves at once.
- A request that would make hypercorn or quart raise is refused here with a 4xx.
- HTTP/2 is not spoken. hypercorn switches to it on request even in plain text, past all of this.
- permessage-deflate is declined: it inflates without bound before any size is checked.
- A WebSocket client that breaks the protocol is told the close code and hung up on.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import h11
import trio
from hypercorn import typing
from hypercorn.config import Config
from hypercorn.events import Closed, RawData, Updated
from hypercorn.events import Event as ConnectionEvent
from hypercorn.protocol.events import (
    Body,
    Data,
    EndBody,
    Event,
    Request,
    Response,
    StreamClosed,
)
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.protocol.ws_stream import FrameTooLargeError, WSStream
from hypercorn.typing import ASGISendEvent, H11SendableEvent
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Message, Ping, Pong
from wsproto.events import Event as FrameEvent
from wsproto.frame_protocol import CloseReason

from .errors import new_request_id
from .limits import HEADERS_MAX, TARGET_BYTES_MAX, Limits
from .rates import Rates
from .routes import Routes
from .traffic import Traffic

VERSIONS = {b"1.0", b"1.1"}

# The two ways to say where a body ends.
FRAMINGS = {b"content-length", b"transfer-encoding"}


# A message by which an application sends a frame that it has made, in place of `websocket.send`.
FRAME = "goquant.frame"


class Push(RawData):
    """Bytes from somebody who has checkpoints of its own, and so needs none from their sending."""


def text_frame(payload: bytes) -> bytes:
    """A whole text message of a server. Servers do not mask: all clients get the same bytes."""
    size = len(payload)
    if size < 126:
        return b"\x81%c" % size + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def error_answer(status: int, message: str = "") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of a refusal before any route is known, in the API's error shape."""
    known, request_id = HTTPStatus(status), new_request_id()
    error = {
        "code": known.name.lower(),
        "message": message or known.phrase,
        "field": None,
        "request_id": request_id,
    }
    body = json.dumps({"error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    return headers, body


class Service(NamedTuple):
    """What all connections of a server have in common."""

    app: typing.AppWrapper
    config: Config
    context: typing.WorkerContext
    routes: Routes
    limits: Limits
    traffic: Traffic


class Http1(H11Protocol):
    """One client's HTTP/1.1, request after request, until it closes or becomes a WebSocket."""

    _held_head = b""

    def __init__(
        self,
        service: Service,
        tasks: typing.TaskGroup,
        client: tuple[str, int] | None,
        server: tuple[str, int] | None,
        send: Callable[[ConnectionEvent], Awaitable[None]],
    ) -> None:
        """`send` is told what the socket has to do."""
        self._limits, self._traffic = service.limits, service.traffic
        state = typing.ConnectionState({})
        super().__init__(
            service.app, service.config, service.context, tasks, state, False, client, server, send
        )

    @property
    def is_idle(self) -> bool:
        """Whether the next byte begins a request."""
        http = self.connection
        return http.our_state is http.their_state is h11.IDLE and not http.trailing_data[0]

    @property
    def has_partial_head(self) -> bool:
        """Whether a request has begun to arrive but its headers have not ended."""
        return bool(self.connection.trailing_data[0])

    @property
    def is_websocket(self) -> bool:
        return isinstance(self.stream, WSStream)

    @property
    def is_within_message(self) -> bool:
        """Whether a message of a WebSocket, or a frame of it, has begun to arrive but has not ended."""
        return isinstance(self.stream, WebSocketStream) and self.stream.is_within_message

    async def stop(self, code: int) -> None:
        """Make a WebSocket's application part from its client."""
        if isinstance(self.stream, WebSocketStream):
            await self.stream.stop(code)

    async def refuse_message(self) -> None:
        """Close a WebSocket whose client does not get to the end of its message."""
        assert isinstance(self.stream, WebSocketStream), "only those have messages"
        await self.stream.refuse("a message that does not end")

    async def _check_protocol(self, event: h11.Request) -> None:
        """Leave the request in HTTP/1.1, where hypercorn would look for ways out of it."""

    async def _create_stream(self, request: h11.Request) -> None:
        status = refusal(request, self.config.h11_max_incomplete_size)
        if status is not None:
            await self._send_error_response(status, with_body=request.method != b"HEAD")
            await self.send(Closed())
        elif wants_websocket(request):
            await self._create_websocket(request)
        else:
            await super()._create_stream(request)

    async def _create_websocket(self, request: h11.Request) -> None:
        stream = self.stream = WebSocketStream(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        stream.tell = self.send
        stream.frames = Rates(self._limits.frames_per_s_max, self._limits.frames_per_s_max)
        stream.traffic = self._traffic
        http = cast(h11.Connection, self.connection)
        if http.trailing_data[0]:
            # The client must not speak before our 101.
            self.stream = None
            await self._send_error_response(HTTPStatus.BAD_REQUEST)
            await self.send(Closed())
            return
        self.connection = H11WSConnection(http)
        await stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=[h for h in request.headers if h[0] != b"sec-websocket-extensions"],
                http_version=request.http_version.decode(),
                method="GET",
                raw_path=request.target,
                state=self.connection_state,
            )
        )

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return  # The client broke off; that we cannot answer it is its own doing.
        if isinstance(event, h11.Response) and has_length(event.headers):
            self._held_head = data
        elif data or self._held_head:
            data, self._held_head = self._held_head + data, b""
            await self.send(RawData(data))

    async def _send_error_response(self, status_code: int, with_body: bool = True) -> None:
        if status_code == HTTPStatus.NOT_IMPLEMENTED:
            # h11 says so of a transfer coding that it does not know. The mistake is the client's.
            status_code = HTTPStatus.BAD_REQUEST
        headers, body = error_answer(status_code)
        headers += self.config.response_headers("h11")
        await self._send_h11_event(h11.Response(status_code=status_code, headers=headers))
        if with_body:
            await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())


class WebSocketStream(WSStream):
    """A WebSocket that answers a breach of its protocol with a close code, and then hangs up.

    hypercorn says 1009 to a message that is too big but goes on collecting it, and says nothing
    at all to a malformed frame.
    """

    _refused = False

    is_within_message = False
    """Whether what came last is not the end of anything."""

    tell: Callable[[ConnectionEvent], Awaitable[None]]
    """The way to the connection that leads past the protocol of requests and answers."""

    frames: Rates
    """How many frames may come that bring no whole message."""

    traffic: Traffic

    async def stop(self, code: int) -> None:
        """Make the application part from the client. It gets no message any more."""
        if self.app_put is not None:
            await self.app_put({"type": "websocket.disconnect", "code": code})

    async def handle(self, event: Event) -> None:
        if isinstance(event, Body | Data) and not self.closed and not self.handshake.accepted:
            # The client must not speak before our 101, and will not get one now.
            self._refused = True
            await self._send_error_response(HTTPStatus.BAD_REQUEST)
            await self.send(StreamClosed(stream_id=self.stream_id))
            return
        await super().handle(event)
        if isinstance(event, Request) and self.closed:
            # The handshake was refused, after which hypercorn leaves the connection open.
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def _send_error_response(self, status_code: int) -> None:
        headers, body = error_answer(status_code)
        await self.send(Response(self.stream_id, headers, status_code))
        await self.send(Body(self.stream_id, body))
        await self.send(EndBody(self.stream_id))

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Send; if that did nothing, let others run at least, or a loop of sends stops them all (D6)."""
        if self._refused:
            pass
        elif message is None or message["type"] != FRAME:
            await super().app_send(message)
        elif self._is_open:
            await self.tell(Push(cast(Mapping[str, bytes], message)["frame"]))
        if not self._is_open:
            await trio.lowlevel.checkpoint()

    @property
    def _is_open(self) -> bool:
        accepted = self.handshake.accepted and not self.closed
        return accepted and self.connection.state is ConnectionState.OPEN

    async def refuse(self, why: str) -> None:
        """Close, because the client asks for too much."""
        await self._hang_up(CloseConnection(code=CloseReason.POLICY_VIOLATION, reason=why))

    async def _handle_events(self) -> None:
        self.is_within_message = True
        for event in self.connection.events():
            if self.closed:
                # The application has parted from its client while a message of it waited for room.
                return
            if is_extra(event) and self.frames.take(self):
                self.traffic.floods += 1
                await self.refuse("too many frames")
                return
            if isinstance(event, Message):
                try:
                    self.buffer.extend(event)
                except FrameTooLargeError:
                    await self._hang_up(CloseConnection(code=CloseReason.MESSAGE_TOO_BIG))
                    return
                if event.message_finished and self.app_put is not None:
                    # From here on it is not the client who lets us wait.
                    await self.tell(Updated(idle=False))
                    await self.app_put(self.buffer.to_message())
                    self.buffer.clear()
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif isinstance(event, CloseConnection):
                theirs = self.connection.state is ConnectionState.REMOTE_CLOSING
                await self._hang_up(event.response() if theirs else event)
                return
            self.is_within_message = self.buffer.value is not None

    async def _hang_up(self, goodbye: CloseConnection) -> None:
        await self._send_wsproto_event(goodbye)
        await self.send(StreamClosed(stream_id=self.stream_id))


def is_extra(event: FrameEvent) -> bool:
    """Whether a frame has come that is all there and yet no message, nor the end of one."""
    if isinstance(event, Message):
        return event.frame_finished and not event.message_finished
    return isinstance(event, Ping | Pong)


def refusal(request: h11.Request, head_bytes_max: int) -> int | None:
    """The status for a request that is well-formed to h11 but that nothing behind it can take."""
    if len(request.target) > TARGET_BYTES_MAX:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if len(request.headers) > HEADERS_MAX or head_size(request) > head_bytes_max:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    if request.http_version not in VERSIONS or not has_path(request):
        return HTTPStatus.BAD_REQUEST
    framings = 0
    for name, value in request.headers:
        # The handshake's code decodes these as ASCII and fails on anything else (defect D1).
        if (name == b"connection" or name.startswith(b"sec-websocket-")) and not value.isascii():
            return HTTPStatus.BAD_REQUEST
        framings += name in FRAMINGS
    # With both, a proxy before us may see the request end elsewhere than we do.
    return HTTPStatus.BAD_REQUEST if framings > 1 else None


def head_size(request: h11.Request) -> int:
    """How long the head is, written without spaces after colons: h11 takes any that comes in one piece."""
    lines = [
        b"%b %b HTTP/1.1" % (request.method, request.target),
        *map(b":".join, request.headers),
    ]
    return len(b"\r\n".join([*lines, b"", b""]))


def has_path(request: h11.Request) -> bool:
    """Whether the target is /path, http://host/path, or the * of OPTIONS."""
    target = request.target
    if target.startswith(b"/"):
        return True
    if target == b"*":
        return request.method == b"OPTIONS"
    try:
        url = urlsplit(target)
    except ValueError:
        return False
    return url.scheme in {b"http", b"https"} and url.path.startswith(b"/")


def wants_websocket(request: h11.Request) -> bool:
    """Whether this is a WebSocket handshake: GET, Connection: Upgrade, Upgrade: websocket."""
    upgrade = connection = b""
    for name, value in request.headers:
        if name == b"upgrade":
            upgrade = value.lower()
        elif name == b"connection":
            connection = value.lower()
    tokens = {token.strip() for token in connection.split(b",")}
    return request.method == b"GET" and upgrade == b"websocket" and b"upgrade" in tokens


def has_length(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-length" for name, _ in headers)
