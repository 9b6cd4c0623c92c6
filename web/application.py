"""Quart, with our limits, our errors, and the routes that answer at once as views of it."""

from collections.abc import Callable
from time import perf_counter

from quart import g, has_request_context, request, wrappers
from quart.wrappers import Response
from quart_trio import QuartTrio
from quart_trio.wrappers.request import TrioBody, TrioRequest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    RequestTimeout,
)
from werkzeug.wrappers import Response as WerkzeugResponse

from ..actors.feed import Feed
from .errors import ApiError, Malformed, new_request_id
from .limits import BODY_PIECES_MAX, Limits
from .routes import (
    SAFE_HEADERS,
    Handler,
    Reply,
    Request,
    Route,
    Routes,
    bug_reply,
    error_reply,
)
from .traffic import CLIENT_LEFT, Traffic


class _Body(TrioBody):
    """A body that may not come in more pieces than anyone needs."""

    _pieces = 0

    def append(self, data: bytes) -> None:
        self._pieces += 1
        if self._pieces > BODY_PIECES_MAX:
            self._must_raise = RequestEntityTooLarge()
            self.set_complete()
        super().append(data)


class _QuartRequest(TrioRequest):
    body_class = _Body


class Application(QuartTrio):
    """An application whose routes can be answered without Quart, and whose views and sockets cannot."""

    request_class = _QuartRequest

    def __init__(self, name: str, limits: Limits | None = None) -> None:
        super().__init__(name, static_folder=None, template_folder="../templates")
        # A second slash is another route, which we do not have, and no reason to redirect.
        self.url_map.merge_slashes = False
        self.limits = limits or Limits()
        self.traffic = Traffic(self.limits.access_log_sample)
        self.config["MAX_CONTENT_LENGTH"] = self.limits.body_bytes_max
        self.config["BODY_TIMEOUT"] = self.limits.body_s
        self.routes = Routes()
        # What streams are read from, if there are any.
        self.feed: Feed | None = None
        # What the server does first when it stops, so that streams end by themselves.
        self.on_stop: list[Callable[[], None]] = []
        self.after_request(_add_headers)
        self.register_error_handler(ApiError, _on_api_error)
        self.register_error_handler(HTTPException, _on_http_exception)
        self.register_error_handler(Exception, _on_bug)

    async def handle_request(self, request: wrappers.Request) -> Response | WerkzeugResponse:
        """Answer a request, and report it. A stream is answered when it begins."""
        began, response = perf_counter(), None
        try:
            response = await super().handle_request(request)
        finally:
            self.traffic.answered(
                request.method,
                None if request.url_rule is None else request.url_rule.rule,
                CLIENT_LEFT if response is None else response.status_code,
                perf_counter() - began,
                "" if response is None else response.headers.get("X-Request-Id", ""),
                request.remote_addr or "unknown",
            )
        return response

    def add_route(self, method: str, rule: str, handler: Handler) -> None:
        """Let a handler answer a method of a path, in which <name> stands for its argument."""

        async def view(**arguments: str) -> Response:
            route = Route(rule, handler, tuple(arguments.values()))
            return response_of(await route.answer(await whole_request()))

        self.routes.add(method, rule, handler)
        self.add_url_rule(rule, f"{method} {rule}", view, methods=[method])


async def whole_request() -> Request:
    """The request that Quart is handling, once it has come whole.

    Raises:
        HTTPException: its body is too large, or did not arrive in time.
    """
    return Request(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        headers={
            name.lower().encode("latin-1"): value.encode("latin-1")
            for name, value in request.headers
        },
        body=await request.get_data(cache=False, as_text=False, parse_form_data=False),
        client=request.remote_addr or "unknown",
        id=request_id(),
    )


def request_id() -> str:
    """The id of the request that Quart is handling."""
    found: str | None = g.get("request_id")
    if found is None:
        found = g.request_id = new_request_id()
    return found


def response_of(reply: Reply) -> Response:
    """A reply as Quart has it. The headers of every answer are still to come."""
    headers = Headers([(name.decode(), value.decode()) for name, value in reply.headers])
    return Response(reply.body, reply.status, headers, content_type=reply.content_type)


def _error_response(error: ApiError) -> Response:
    return response_of(error_reply(error, request_id()))


async def _add_headers(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    for name, value in SAFE_HEADERS:
        response.headers.setdefault(name.decode(), value.decode())
    return response


async def _on_api_error(error: ApiError) -> Response:
    return _error_response(error)


async def _on_http_exception(error: HTTPException) -> Response:
    """What quart finds wrong with a request, in our words."""
    if not has_request_context():
        # A WebSocket handshake for a route that is none.
        return _error_response(ApiError("not_found"))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = _error_response(
            ApiError("method_not_allowed", method=request.method, allowed=allowed)
        )
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, NotFound):
        return _error_response(ApiError("not_found"))
    if isinstance(error, RequestTimeout):
        return _error_response(ApiError("timeout"))
    if isinstance(error, RequestEntityTooLarge):
        return _error_response(ApiError("too_large", size_max=request.max_content_length))
    if error.code is not None and 400 <= error.code < 500:
        return _error_response(Malformed(None, f"the request is malformed: {error.name}"))
    return await _on_bug(error)


async def _on_bug(error: Exception) -> Response:
    return response_of(bug_reply(error, request_id(), request.method, request.path))
