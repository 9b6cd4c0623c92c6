"""The description of all routes: an OpenAPI 3.1 document, made of the table of routes and the shapes."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from .. import __version__
from .catalog import GROUPS, JSON, ROUTES, Answer, Route
from .errors import FAILURES, RETRY_AFTER_S, TURNED_AWAY, ErrorBody
from .events import EVENTS
from .schemas import Schema, answer_schemas, any_of, parameters, ref, request_schemas
from .streams import PollView

ABOUT = """\
An exchange in a box. Prices and quantities are decimal strings, times RFC 3339 in UTC. Every error has the
same shape and a code that will not change; every answer has an X-Request-Id."""

PATH_PARAMETERS = {
    "id": ("The id of an order, opaque.", "BTC-USD-1"),
    "symbol": ("The symbol of an instrument, see GET /symbols.", "BTC-USD"),
    "file": ("The path of a file.", "docs/docs.css"),
}

_PARAMETER = re.compile(r"\{(\w+)\}")

# What the server itself refuses, before it knows of any route.
REFUSED = "Refused before any route was asked: malformed, too long, or too many connections."


@cache
def document() -> Schema:
    """The whole description. It is the same for every exchange of this version."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "GoQuant",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": says} for name, (says, _) in GROUPS.items()],
        "paths": {
            path: {route.method.lower(): _operation(route) for route in routes}
            for path, routes in _by_path()
        },
        "components": {
            "schemas": _schemas(),
            "headers": {
                "RequestId": {
                    "description": "The id of the request, as in our log.",
                    "schema": {"type": "string"},
                },
                "RetryAfter": {
                    "description": "Seconds after which to ask again.",
                    "schema": {"type": "integer", "examples": [RETRY_AFTER_S]},
                },
            },
            "responses": {"Refused": _failure(REFUSED, ref(ErrorBody.__name__), 400)},
        },
    }


def _by_path() -> Iterator[tuple[str, Iterable[Route]]]:
    order = {route.path: index for index, route in reversed(list(enumerate(ROUTES)))}
    return groupby(sorted(ROUTES, key=lambda route: order[route.path]), lambda route: route.path)


def _schemas() -> dict[str, Schema]:
    answers = {
        shape
        for route in ROUTES
        for answer in route.answers.values()
        if not isinstance(answer, str)
        for shape in answer
    }
    bodies = {route.body for route in ROUTES if route.body is not None}
    by_name = sorted([*answers, ErrorBody], key=lambda shape: shape.__name__)
    found = answer_schemas([*by_name, *EVENTS])
    # These are kept in the form in which they were sent to others, whose shape msgspec cannot see.
    events = found[PollView.__name__]["properties"]["events"]
    events |= {"type": "array", "items": any_of(ref(event.__name__) for event in EVENTS)}
    return found | request_schemas(sorted(bodies, key=lambda cls: cls.__name__))


def _operation(route: Route) -> Schema:
    (tag,) = (name for name, (_, routes) in GROUPS.items() if route in routes)
    query = [] if route.query is None else parameters(route.query)
    operation: Schema = {
        "operationId": route.name,
        "tags": [tag],
        "summary": route.says.partition(".")[0],
        "description": route.says,
        "parameters": [*map(_path_parameter, _PARAMETER.findall(route.path)), *query],
        "responses": _responses(route),
    }
    if route.body is not None:
        examples = {name: {"value": value} for name, value in route.examples.items()}
        content = {"schema": ref(route.body.__name__), "examples": examples}
        operation["requestBody"] = {"required": True, "content": {JSON: content}}
    return operation


def _path_parameter(name: str) -> Schema:
    says, example = PATH_PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": {"type": "string"},
        "example": example,
    }


def _responses(route: Route) -> Schema:
    found = {str(status): _success(status, route.answers[status]) for status in route.answers}
    codes = sorted(route.codes, key=lambda code: FAILURES[code].status)
    for status, group in groupby(codes, key=lambda code: FAILURES[code].status):
        found[str(status)] = _error(status, [str(code) for code in group])
    return found | {"default": {"$ref": "#/components/responses/Refused"}}


def _success(status: int, answer: Answer) -> Schema:
    response = _headed(
        {"description": "The copy that you have is good." if status == 304 else "Done."}
    )
    if status == 304:
        return response
    if isinstance(answer, str):
        return response | {"content": {answer: {}}}
    return response | {"content": {JSON: {"schema": any_of(ref(each.__name__) for each in answer)}}}


def _error(status: int, codes: list[str]) -> Schema:
    """The failures of one status: the shape of all errors, with one of these codes."""
    says = "\n".join(f"- `{code}`: {_template(code)}" for code in codes)
    code = {"properties": {"code": {"enum": codes}}}
    schema = {"allOf": [ref(ErrorBody.__name__), {"properties": {"error": code}}]}
    return _failure(says, schema, status)


def _failure(says: str, schema: Schema, status: int) -> Schema:
    response = _headed({"description": says, "content": {JSON: {"schema": schema}}})
    if status in TURNED_AWAY:
        response["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return response


def _template(code: str) -> str:
    message = FAILURES[code].message
    return "its message says what" if message.startswith("{problem}") else message


def _headed(response: Schema) -> Schema:
    return response | {"headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}}
