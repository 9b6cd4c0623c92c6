"""Requests and responses as bytes: bodies, queries, request ids, and errors on their way out."""

import secrets
from typing import TypeVar

import msgspec
import structlog
from msgspec import Struct
from quart import g, has_request_context, request
from quart.wrappers import Response
from quart_trio import QuartTrio
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    RequestTimeout,
)

from .errors import RETRY_AFTER_S, SHOWN_MAX, ApiError, Malformed, error_body
from .shapes import decode_object, structure

T = TypeVar("T")

log = structlog.get_logger()

_JSON = "application/json"
_encode = msgspec.json.Encoder().encode


def reply(value: Struct, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(_encode(value), status, content_type=_JSON)


async def json_object() -> dict[str, object]:
    """The JSON object in the body of the request.

    Raises:
        Malformed: there is none.
        HTTPException: the body is too large, or did not arrive in time.
    """
    refuse_query()
    if request.mimetype != _JSON:
        # A page of somebody else may send other types without its browser asking us first.
        raise Malformed(None, f"the content-type must be {_JSON}")
    return decode_object(await request.get_data(cache=False, as_text=False, parse_form_data=False))


def refuse_query() -> None:
    """Make sure that nobody believes to have asked for something that this route ignores.

    Raises:
        Malformed: the request has a query.
    """
    if request.query_string:
        raise Malformed(None, "this route takes no query")


def refuse_body() -> None:
    """As `refuse_query`: a filter in the body of a mass cancel must not cancel everything.

    Raises:
        Malformed: the request has a body.
    """
    if request.content_length or "transfer-encoding" in request.headers:
        raise Malformed(None, "this route takes no body")


def query(cls: type[T]) -> T:
    """The query of a request without a body, checked against a class of `requests`.

    Raises:
        Malformed: there is a body, or a parameter is unknown, wrong, or there twice.
    """
    refuse_body()
    fields: dict[str, object] = {}
    for name, value in request.args.items(multi=True):
        if name in fields:
            name = name[:SHOWN_MAX]
            raise Malformed(name, f"{name!a} must be given once")
        fields[name] = value
    return structure(cls, fields)


def request_id() -> str:
    """The id of this request, in its answer and in the log."""
    found: str | None = g.get("request_id")
    if found is None:
        found = g.request_id = secrets.token_hex(8)
    return found


def error_reply(error: ApiError) -> Response:
    """An error as JSON."""
    response = reply(error_body(error, request_id()), error.status)
    if error.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def install(app: QuartTrio) -> None:
    """Make all answers of the application carry our headers, and all errors our shape."""
    app.after_request(_add_headers)
    app.register_error_handler(ApiError, _on_api_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_bug)


async def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = request_id()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "no-store"
    return response


async def _on_api_error(error: ApiError) -> Response:
    return error_reply(error)


async def _on_http_exception(error: HTTPException) -> Response:
    """What quart finds wrong with a request, in our words."""
    if not has_request_context():
        # A WebSocket handshake for a route that is none.
        return error_reply(ApiError("not_found"))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = error_reply(
            ApiError("method_not_allowed", method=request.method, allowed=allowed)
        )
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, NotFound):
        return error_reply(ApiError("not_found"))
    if isinstance(error, RequestTimeout):
        return error_reply(ApiError("timeout"))
    if isinstance(error, RequestEntityTooLarge):
        return error_reply(ApiError("too_large", size_max=request.max_content_length))
    if error.code is not None and 400 <= error.code < 500:
        return error_reply(Malformed(None, f"the request is malformed: {error.name}"))
    return await _on_bug(error)


async def _on_bug(error: Exception) -> Response:
    log.error(
        "request failed",
        request_id=request_id(),
        method=request.method,
        path=request.path,
        exc_info=error,
    )
    return error_reply(ApiError("internal"))
