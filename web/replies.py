"""What handlers take from requests, and how they answer them: bodies, queries, values as JSON."""

from typing import TypeVar

from msgspec import Struct

from .errors import Malformed
from .routes import JSON, Reply, Request, encode
from .shapes import decode_object, structure_query

T = TypeVar("T")


def reply(value: Struct, status: int = 200) -> Reply:
    """A value as JSON."""
    return Reply(status, encode(value))


def json_object(request: Request) -> dict[str, object]:
    """The JSON object in the body of a request without a query.

    Raises:
        Malformed: there is none, or there is a query.
    """
    refuse_query(request)
    content_type, _, _ = request.headers.get(b"content-type", b"").partition(b";")
    if content_type.strip().lower() != JSON.encode():
        # A page of somebody else may send other types without its browser asking us first.
        raise Malformed(None, f"the content-type must be {JSON}")
    return decode_object(request.body)


def refuse_query(request: Request) -> None:
    """Make sure that nobody believes to have asked for something that this route ignores.

    Raises:
        Malformed: the request has a query.
    """
    if request.query:
        raise Malformed(None, "this route takes no query")


def refuse_body(request: Request) -> None:
    """As `refuse_query`: a filter in the body of a mass cancel must not cancel everything.

    Raises:
        Malformed: the request has a body.
    """
    if request.body:
        raise Malformed(None, "this route takes no body")


def query(cls: type[T], request: Request) -> T:
    """The query of a request without a body, checked against a class of `requests`.

    Raises:
        Malformed: there is a body, or a parameter is unknown, wrong, or there twice.
    """
    refuse_body(request)
    return structure_query(cls, request.query)
