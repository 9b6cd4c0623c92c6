"""Holds what the API says against its description: every test of a route does, by way of `api`."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft7Validator, Draft202012Validator

from goquant.web import asyncapi
from goquant.web.asyncapi import STREAMS
from goquant.web.errors import TURNED_AWAY
from goquant.web.openapi import document

PATHS: list[str] = sorted(document()["paths"])

# The value of a parameter, in the path of a request.
PARAMETER, FILE = re.compile(r"\{\w+\}"), "{file}"

# Answers that no route gives: the path, or the method, is none of ours.
UNKNOWN = {404, 405}


def check_answer(
    method: str, target: str, status: int, headers: Mapping[str, str], json: object
) -> None:
    """Fail unless a route that was asked may answer so."""
    path = template_of(unquote(target.partition("?")[0]))
    operation = operation_of("GET" if method == "HEAD" else method, path)
    if method == "OPTIONS":
        assert status in {200, *UNKNOWN}
    elif operation is None:
        assert status in {400, *UNKNOWN}, f"{method} {target} is not described and answers {status}"
    else:
        assert str(status) in operation["responses"], f"{method} {path} answers {status}"
        content = operation["responses"][str(status)].get("content", {})
        assert "x-request-id" in headers
        assert ("retry-after" in headers) == (status in TURNED_AWAY)
        if method != "HEAD" and content:
            check_content(f"{method} {path}", status, content, headers["content-type"], json)


def check_content(
    route: str, status: int, content: Mapping[str, Any], type_: str, json: object
) -> None:
    """Fail unless the content is of the type that the description names, and of its shape."""
    mimetype = type_.partition(";")[0]
    assert mimetype in content or "*/*" in content, f"{route} answers {status} with {mimetype}"
    if "schema" in content.get(mimetype, {}):
        error = next(validator(route, status, mimetype).iter_errors(json), None)
        assert error is None, f"{route} answers {status} with {json}: {error}"


@cache
def template_of(path: str) -> str | None:
    """The path of the description that a request's path is one of, None if there is none."""
    if path in PATHS:
        return path
    for template in PATHS:
        pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        pattern = PARAMETER.sub("[^/]+", pattern.replace(FILE, ".+"))
        if "{" in template and re.fullmatch(pattern, path):
            return template
    return None


def operation_of(method: str, path: str | None) -> dict[str, Any] | None:
    """The description of a method of a path."""
    found: dict[str, Any] | None = document()["paths"].get(path, {}).get(method.lower())
    return found


@cache
def validator(route: str, status: int, mimetype: str) -> Draft202012Validator:
    """For one status of one route."""
    method, _, path = route.partition(" ")
    operation = operation_of(method, path)
    assert operation is not None
    schema = operation["responses"][str(status)]["content"][mimetype]["schema"]
    return Draft202012Validator(schema | {"components": {"schemas": closed_schemas()}})


def closed_schemas() -> dict[str, Any]:
    """The shapes of the description. A client must let unknown fields pass, a test must not."""
    return closed(document()["components"]["schemas"])


def closed(schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The same schemas without unknown fields."""
    return {
        name: schema | {"additionalProperties": False} if "properties" in schema else schema
        for name, schema in schemas.items()
    }


def check_told(path: str, told: object) -> None:
    """Fail unless the stream at a path may tell this. What is no stream of ours may tell anything."""
    for stream in STREAMS:
        if stream.path == path:
            messages = [shape.__name__ for shape in stream.tells]
            assert any(
                message_validator(stream.name, message).is_valid(told) for message in messages
            ), f"{path} tells {told}, which is none of {messages}"


def check_message(stream: str, message: str, payload: object) -> None:
    """Fail unless what a stream tells, or is told, is as its description says.

    A message is the name of its class or, of those that clients send, its op.
    """
    error = next(message_validator(stream, message).iter_errors(payload), None)
    assert error is None, f"{message} of {stream} is {payload}: {error}"


@cache
def message_validator(stream: str, message: str) -> Draft7Validator:
    """For one message of one stream."""
    payload = asyncapi.document()["channels"][stream]["messages"][message]["payload"]
    schemas = closed(asyncapi.document()["components"]["schemas"])
    # A reference has no neighbours in draft 7.
    return Draft7Validator({"allOf": [payload], "components": {"schemas": schemas}})
