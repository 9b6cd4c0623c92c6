"""Requests to the routes, written as nearly all of them are, read and answered on the spot.

h11, hypercorn and Quart understand every way in which a request can be written, and cost several
times what the exchange itself does. This module understands one way, and nothing that h11 would read
otherwise: a head of ASCII that comes in one piece, each header once, a body with its length before
it. Whatever else comes is left to them, and reaches the same handlers as a view of Quart.

A handler runs in the task that reads its connection. It is never cancelled because its client left,
so what it began it also finishes; nothing more is read from that client meanwhile.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from wsgiref.handlers import format_date_time

from hypercorn.events import Closed, Event, RawData, Updated

from .errors import ApiError, new_request_id
from .http1 import Service
from .limits import HEADERS_MAX, TARGET_BYTES_MAX
from .routes import SAFE_HEADERS, Header, Reply, Request, Route, error_reply

# The request line and all headers. A name cannot contain a colon, nor a value the end of its line,
# so that there is only one way to match, and it takes no longer than the head is long.
_HEAD = re.compile(
    rb"([A-Z]+) (/[!-~]*) HTTP/1\.1\r\n((?:[-!#$%&'*+.^_`|~0-9A-Za-z]+:[\t -~]*\r\n)+)\r\n"
)

# With one of these headers a request goes on in a way that is not ours, or comes from a browser on
# behalf of a page, whose answer may need more than a route knows.
_DETOURS = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"origin"})

_LENGTH = re.compile(rb"[0-9]{1,9}")

_STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}


class Head(NamedTuple):
    """The head of a request that is written plainly."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    size: int
    """Bytes of the head itself."""
    body_size: int
    """Bytes that belong to the request after it."""


def read_head(data: bytes) -> Head | None:
    """The head that the data begins with; None if it is not all there, or not written plainly."""
    match = _HEAD.match(data)
    if match is None:
        return None
    method, target, block = match.groups()
    lines = block.splitlines()
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip(b" \t")
    length = headers.get(b"content-length", b"0")
    if (
        len(headers) != len(lines)
        or len(lines) > HEADERS_MAX
        or len(target) > TARGET_BYTES_MAX
        or b"host" not in headers
        or not _DETOURS.isdisjoint(headers)
        or headers.get(b"connection", b"keep-alive").lower() != b"keep-alive"
        or not _LENGTH.fullmatch(length)
    ):
        return None
    path, _, query = target.decode().partition("?")
    return Head(method.decode(), path, query, headers, match.end(), int(length))


class Incoming:
    """A request whose head has come."""

    def __init__(self, route: Route, head: Head) -> None:
        self.route = route
        self.head = head
        self.began_at = time.perf_counter()
        self._pieces: list[bytes] = []
        self._missing = head.body_size

    @property
    def is_whole(self) -> bool:
        """Whether its body has come too."""
        return not self._missing

    def take(self, data: bytes) -> bytes:
        """Take what belongs to the body, and return the rest."""
        piece, rest = data[: self._missing], data[self._missing :]
        self._pieces.append(piece)
        self._missing -= len(piece)
        return rest

    def request(self, client: str) -> Request:
        """The request, once it is whole."""
        head = self.head
        return Request(
            method=head.method,
            path=head.path,
            query=head.query,
            headers=head.headers,
            body=b"".join(self._pieces),
            client=client,
            id=new_request_id(),
        )


class PlainHttp:
    """One client's plainly written requests. It tells the connection what to do, as `Http1` does."""

    def __init__(
        self, service: Service, client: str, send: Callable[[Event], Awaitable[None]]
    ) -> None:
        self._service = service
        self._client = client
        self._send = send
        self._incoming: Incoming | None = None

    @property
    def awaits_body(self) -> bool:
        """Whether a head has come, and its body not yet."""
        return self._incoming is not None

    async def handle(self, data: bytes) -> bytes:
        """Answer the requests that the data begins with, and return what is not ours."""
        while data:
            if self._incoming is None:
                head = read_head(data)
                route = None if head is None else self._route(head)
                if head is None or route is None:
                    return data
                self._incoming = Incoming(route, head)
                data = data[head.size :]
            data = self._incoming.take(data)
            if self._incoming.is_whole and not await self._answer(self._incoming):
                return b""
        return b""

    async def refuse(self, error: ApiError) -> None:
        """Answer a request whose body does not come, and hang up."""
        assert self._incoming is not None, "what does not come is the body of a request"
        await self._send(Updated(idle=False))
        request_id = new_request_id()
        await self._reply(self._incoming, error_reply(error, request_id), request_id, is_last=True)

    def _route(self, head: Head) -> Route | None:
        """Where a request leads; None if that is for Quart to find out."""
        limits = self._service.limits
        if (
            "%" in head.path
            or head.size > limits.head_bytes_max
            or head.body_size > limits.body_bytes_max
        ):
            return None
        return self._service.routes.find(head.method, head.path)

    async def _answer(self, incoming: Incoming) -> bool:
        """Carry a request out. False if nothing may follow it."""
        self._incoming = None
        await self._send(Updated(idle=False))
        request = incoming.request(self._client)
        reply = await incoming.route.answer(request)
        is_last = self._service.context.terminated.is_set()
        await self._reply(incoming, reply, request.id, is_last)
        return not is_last

    async def _reply(
        self, incoming: Incoming, reply: Reply, request_id: str, is_last: bool
    ) -> None:
        await self._send(RawData(written(reply, request_id, is_last)))
        self._service.traffic.answered(
            incoming.head.method,
            incoming.route.rule,
            reply.status,
            time.perf_counter() - incoming.began_at,
            request_id,
            self._client,
        )
        await self._send(Closed() if is_last else Updated(idle=True))


def written(reply: Reply, request_id: str, is_last: bool) -> bytes:
    """A reply as it goes over the wire."""
    headers: list[Header] = [
        (b"date", _date(int(time.time()))),
        (b"content-type", reply.content_type.encode()),
        (b"content-length", b"%d" % len(reply.body)),
        (b"x-request-id", request_id.encode()),
        *SAFE_HEADERS,
        *reply.headers,
    ]
    if is_last:
        headers.append((b"connection", b"close"))
    lines = [b"%b: %b" % header for header in headers]
    return b"\r\n".join([_STATUS_LINES[reply.status], *lines, b"", reply.body])


@lru_cache(maxsize=1)
def _date(seconds: int) -> bytes:
    return format_date_time(seconds).encode()
