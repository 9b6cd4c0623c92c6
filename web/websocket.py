"""WebSockets: handshakes, messages in, frames out, and how the two sides part.

A route is a function of a `Session`. It accepts the handshake, or refuses it by raising an
ApiError before that, and goes through the messages, beside the tasks that send:

    async def route(session: Session) -> None:
        await session.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell, session)
            async for message in session:  # until the client leaves or the server stops
                await session.send(answer_to(message))
            nursery.cancel_scope.cancel()

It is called by way of ASGI, but not of quart, which costs two tasks and two queues more for each
client, and closes with 1000 whatever went wrong.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar, cast

import structlog
from hypercorn.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    WebsocketReceiveEvent,
    WebsocketScope,
)
from msgspec import Struct
from wsproto.frame_protocol import CloseReason

from ..actors.groups import leaf
from ..book.instrument import INTEGER_MAX
from .application import Application
from .errors import ApiError, ErrorDetail, Malformed, error_body, new_request_id
from .http1 import FRAME, text_frame
from .origins import Origins
from .rates import Rates
from .routes import encode
from .shapes import decode_object, structure_query
from .traffic import Traffic

T = TypeVar("T")

log = structlog.get_logger()

MESSAGE_ID_CHARACTERS_MAX = 64

# How a client calls a message. The answer says it too.
MessageId = str | int | None


# The codes with which the server makes a session end.
STOPPING = frozenset({CloseReason.GOING_AWAY, CloseReason.SERVICE_RESTART})


class Goodbye(Exception):
    """The session ends, with a close code and a reason of at most 123 bytes."""

    def __init__(self, code: CloseReason, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Message(NamedTuple):
    """What a client has sent: what to do, how it calls that, and what it says beyond."""

    id: MessageId
    op: str
    fields: dict[str, object]


class Refusal(Struct, frozen=True):
    """An error as the answer to a message."""

    id: MessageId
    error: ErrorDetail


class Session:
    """One client's WebSocket, from its handshake to its close."""

    def __init__(
        self,
        scope: WebsocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        messages_per_s: int,
        traffic: Traffic,
    ) -> None:
        self._traffic = traffic
        self._scope = scope
        self._receive = receive
        self._send = send
        self._messages_per_s = messages_per_s
        self._messages = Rates(messages_per_s, messages_per_s)
        self._refusals = Rates(messages_per_s, messages_per_s)
        self._accepted = False
        self._goodbye = (CloseReason.NORMAL_CLOSURE, "")

    @property
    def path(self) -> str:
        """What was asked for."""
        return self._scope["path"]

    @property
    def client(self) -> str:
        """The address that the client has, without its port."""
        found = self._scope["client"]
        return found[0] if found else "unknown"

    def headers(self, name: bytes) -> list[str]:
        """The values of a header of the handshake, whose name is in lower case."""
        return [value.decode("latin-1") for key, value in self._scope["headers"] if key == name]

    def query(self, cls: type[T]) -> T:
        """The query, checked against a class of `requests`. Raises Malformed."""
        return structure_query(cls, self._scope["query_string"].decode("latin-1"))

    @property
    def is_stopped(self) -> bool:
        """Whether it ends because the server stops."""
        return self._goodbye[0] in STOPPING

    async def accept(self) -> None:
        """Complete the handshake."""
        self._accepted = True
        await self._send({"type": "websocket.accept", "subprotocol": None, "headers": []})

    def __aiter__(self) -> "Session":
        return self

    async def __anext__(self) -> Message:
        """The next message that is one. The others are answered with an error.

        Raises:
            Goodbye: the client sends far too many.
        """
        while True:
            event = await self._receive()
            if event["type"] != "websocket.receive":
                assert event["type"] == "websocket.disconnect"
                if event["code"] in STOPPING:
                    self._goodbye = (CloseReason(event["code"]), "the server is stopping")
                raise StopAsyncIteration
            message = await self._checked(event)
            if message is not None:
                return message

    async def send(self, value: Struct) -> None:
        """Send a value as JSON. If the client has gone nothing happens, but others get a turn."""
        await self.send_frame(text_frame(encode(value)))

    async def send_frame(self, frame: bytes) -> None:
        """As `send`, what is a frame already: of `text_frame`, and perhaps for many clients.

        It waits for nothing if there is room, so that a loop of it needs a checkpoint of its own.
        """
        await self._send(cast(ASGISendEvent, {"type": FRAME, "frame": frame}))

    async def refuse(self, error: ApiError, message_id: MessageId) -> None:
        """Answer a message with an error."""
        await self.send(Refusal(message_id, error_body(error, new_request_id()).error))

    async def turn_away(self, error: ApiError) -> None:
        """Refuse the handshake; once it is accepted, say why and part."""
        if self._accepted:
            await self.refuse(error, None)
            self.say_goodbye(CloseReason.POLICY_VIOLATION, error.code)
            return
        request_id = new_request_id()
        body = encode(error_body(error, request_id))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
        await self._send(
            {
                "type": "websocket.http.response.start",
                "status": error.status,
                "headers": headers,
            }
        )
        await self._send({"type": "websocket.http.response.body", "body": body, "more_body": False})

    def say_goodbye(self, code: CloseReason, reason: str) -> None:
        """With what to close when the route has ended."""
        self._goodbye = (code, reason)

    async def part(self) -> None:
        """Close, unless the client has."""
        if self._accepted:
            code, reason = self._goodbye
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _checked(self, event: WebsocketReceiveEvent) -> Message | None:
        """The message in an event; None if it was answered with an error."""
        message_id = None
        try:
            if self._messages.take(self):
                if self._refusals.take(self):
                    self._traffic.floods += 1
                    raise Goodbye(CloseReason.POLICY_VIOLATION, "too many messages")
                self._traffic.messages_refused += 1
                raise ApiError("too_many_messages", rate=self._messages_per_s)
            data = event["bytes"] if event["text"] is None else event["text"].encode()
            fields = decode_object(data or b"", "message")
            message_id = _message_id(fields.pop("id", None))
            op = fields.pop("op", None)
            if not isinstance(op, str):
                raise Malformed("op", "op must say what to do")
            return Message(message_id, op, fields)
        except ApiError as error:
            await self.refuse(error, message_id)
            return None


Route = Callable[[Session], Awaitable[None]]


class WebSockets:
    """The WebSocket routes of an application."""

    def __init__(self, app: Application, origins: Origins) -> None:
        self._origins = origins
        self._limits = app.limits
        self._traffic = app.traffic
        self.routes: dict[str, tuple[Route, int]] = {}
        app.asgi_websocket_class = self._connection  # type: ignore[assignment]

    def add(self, path: str, route: Route, *, messages_per_s: int | None = None) -> None:
        """Serve a path. Without a rate the usual bound of messages from one client holds."""
        self.routes[path] = (route, messages_per_s or self._limits.messages_per_s_max)

    def _connection(
        self, app: Application, scope: WebsocketScope
    ) -> Callable[[ASGIReceiveCallable, ASGISendCallable], Awaitable[None]]:
        async def serve(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            await receive()  # that it connects
            route, rate = self.routes.get(scope["path"], (_no_route, 1))
            await self._serve(route, Session(scope, receive, send, rate, self._traffic))

        return serve

    async def _serve(self, route: Route, session: Session) -> None:
        """Run a route, and part from its client as what comes of that demands."""
        try:
            host = session.headers(b"host")
            self._origins.check(session.headers(b"origin"), host[0] if host else None)
            await route(session)
        except* ApiError as group:
            await session.turn_away(cast(ApiError, leaf(group)))
        except* Goodbye as group:
            goodbye = cast(Goodbye, leaf(group))
            session.say_goodbye(goodbye.code, goodbye.reason)
        except* Exception:
            log.exception("websocket failed", path=session.path)
            await session.turn_away(ApiError("internal"))
            session.say_goodbye(CloseReason.INTERNAL_ERROR, "this is our fault")
        await session.part()


async def _no_route(session: Session) -> None:
    raise ApiError("not_found")


def _message_id(value: object) -> MessageId:
    if value is None:
        return None
    if type(value) is int and abs(value) <= INTEGER_MAX:
        return value
    if type(value) is str and len(value) <= MESSAGE_ID_CHARACTERS_MAX:
        return value
    raise Malformed(
        "id",
        f"id must be a string of at most {MESSAGE_ID_CHARACTERS_MAX} characters, or an integer",
    )
