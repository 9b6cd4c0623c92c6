"""The routes that answer at once: each is a function from a request, which has come whole, to a reply.

They know no framework, and two doors lead to them. `plain` hands over what it reads from a socket, with
nothing in between, and is what programs meet. `application` makes views for Quart of the same
functions, for whatever else is asked of their paths: HEAD, OPTIONS, the wrong method, a path with
escapes in it, a page's request, and a test that needs no socket.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog
from msgspec import Struct

from .errors import ApiError, error_body

log = structlog.get_logger()

JSON = "application/json"

Header = tuple[bytes, bytes]

# What stands in every answer: it is JSON whatever a browser takes it for, and old a moment later.
SAFE_HEADERS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)

encode = msgspec.json.Encoder().encode


class Request(Struct, frozen=True):
    """A request that has come whole. The names of its headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes
    client: str
    """The address that it comes from, without the port."""
    id: str
    """In its answer and in the log."""


class Reply(Struct, frozen=True):
    """The answer to a request, without the headers that every answer has."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    content_type: str = JSON


# Its arguments are the request and, as text, what stands in the place of each <name> of its path.
Handler = Callable[..., Awaitable[Reply]]


class Route(Struct, frozen=True):
    """A handler, the path that it is for, and the arguments that a request's path has for it."""

    rule: str
    handler: Handler
    arguments: tuple[str, ...] = ()

    async def answer(self, request: Request) -> Reply:
        """What the handler says, be it an error."""
        try:
            return await self.handler(request, *self.arguments)
        except ApiError as error:
            return error_reply(error, request.id)
        except Exception as error:  # noqa: BLE001 -- it is logged
            return bug_reply(error, request.id, request.method, request.path)


class Routes:
    """The handlers by method and path. Finding one costs the same however many there are."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], Route] = {}
        self._up_to_the_last: dict[tuple[str, str], Route] = {}

    def add(self, method: str, rule: str, handler: Handler) -> None:
        """Let a handler answer a method of a path, whose last segment may be a <name>.

        A path with a name elsewhere is not found here and left to Quart.
        """
        start = rule.rpartition("/")[0]
        if "<" not in rule:
            self._whole[method, rule] = Route(rule, handler)
        elif "<" not in start:
            self._up_to_the_last[method, start] = Route(rule, handler)

    def find(self, method: str, path: str) -> Route | None:
        """The route of a path without escapes, None if it is none of these."""
        route = self._whole.get((method, path))
        if route is None:
            start, _, last = path.rpartition("/")
            found = self._up_to_the_last.get((method, start))
            if found is not None and last:
                route = Route(found.rule, found.handler, (last,))
        return route


def error_reply(error: ApiError, request_id: str) -> Reply:
    """An error as JSON."""
    headers: tuple[Header, ...] = ()
    if error.retry_after_s is not None:
        headers = ((b"retry-after", b"%d" % error.retry_after_s),)
    return Reply(error.status, encode(error_body(error, request_id)), headers)


def bug_reply(error: Exception, request_id: str, method: str, path: str) -> Reply:
    """What a client is told of a defect of ours. The log is told all."""
    log.error("request failed", request_id=request_id, method=method, path=path, exc_info=error)
    return error_reply(ApiError("internal"), request_id)
