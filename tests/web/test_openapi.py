"""The description of the routes is whole, valid, and the truth."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from api import BTC, INSTRUMENTS, Api, Clock
from described import check_answer, closed_schemas, template_of
from goquant.actors.exchange import Exchange
from goquant.web import asyncapi, glossary, requests, schemas, shapes
from goquant.web.app import create_app
from goquant.web.catalog import GROUPS, ROUTES, Route
from goquant.web.errors import FAILURES
from goquant.web.glossary import WORDS, Word
from goquant.web.openapi import document
from goquant.web.requests import OPERATIONS, BatchRequest, CancelAfterS, Entries
from goquant.web.schemas import request_schemas
from goquant.web.shapes import CHECKS
from goquant.web.wire import Wire

DESCRIBED = {(route.method, route.path) for route in ROUTES}

# What the address of a route is in the tests.
ARGUMENTS = {"{id}": "BTC-USD-1", "{symbol}": "BTC-USD", "{file}": "docs/docs.css"}


def address(route: Route) -> str:
    path = route.path
    for name, value in ARGUMENTS.items():
        path = path.replace(name, value)
    return path


def test_the_document_is_valid() -> None:
    validate(document(), cls=OpenAPIV31SpecValidator)


def test_the_validator_does_validate() -> None:
    broken = copy.deepcopy(document())
    del broken["paths"]["/orders"]["post"]["responses"]["201"]["description"]
    with pytest.raises(OpenAPIValidationError):
        validate(broken, cls=OpenAPIV31SpecValidator)


def test_every_route_of_the_application_is_described() -> None:
    for rule in create_app(Exchange(INSTRUMENTS)).url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}:
            assert (method, path) in DESCRIBED, rule


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_described_route_is_there(api: Api, route: Route) -> None:
    """Whoever serves it: nothing but a route answers with something else than these two."""
    reply = await api.send(route.method, address(route))
    assert reply.status not in {404, 405} or reply.code == "order_not_found"


def test_every_route_has_a_name_of_its_own() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    assert len(ROUTES) == len(DESCRIBED) == sum(len(routes) for _, routes in GROUPS.values())


def test_paths_find_their_templates() -> None:
    for route in ROUTES:
        assert template_of(address(route)) == route.path
    assert template_of("/orders/batch") == "/orders/batch", "an exact path comes first"
    for path in ("", "/", "/nothing", "/orders/", "/orders/a/b", "/trades", "*", "/static/"):
        assert template_of(path) == ("/" if path == "/" else None)


# What is wrong before there is a route, and what only a WebSocket is told.
ELSEWHERE = {"method_not_allowed", "too_many_messages"}
# Only of a WebSocket that trades.
ELSEWHERE |= {"other_account", "no_account", "too_many_switches"}


def test_every_error_of_the_table_can_happen_somewhere() -> None:
    codes = {str(code) for route in ROUTES for code in route.codes}
    assert codes | ELSEWHERE == {str(code) for code in FAILURES}


def test_every_word_of_the_glossary_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used = set()

    def word_for(shape: str, name: str) -> Word:
        key = f"{shape}.{name}"
        used.add(key if key in WORDS else name)
        return glossary.word_for(shape, name)

    monkeypatch.setattr(schemas, "word_for", word_for)
    document.__wrapped__()
    asyncapi.document.__wrapped__()
    assert used == set(WORDS)


def schemas_in(value: object) -> Iterator[dict[str, Any]]:
    """All objects of a document, and so all its schemas."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from schemas_in(each)


def test_every_example_of_a_field_fits_its_schema() -> None:
    components = {"components": {"schemas": closed_schemas()}}
    seen = 0
    for schema in schemas_in(document()["components"]["schemas"]):
        for example in schema.get("examples", ()) if "description" in schema else ():
            Draft202012Validator(schema | components).validate(example)
            seen += 1
    assert seen > 100


async def test_every_example_of_a_request_works() -> None:
    """On a fresh exchange, in the order of the table."""
    exchange = Exchange([BTC], clock=Clock())
    api = Api(exchange, Clock())
    bodies = request_schemas(route.body for route in ROUTES if route.body is not None)
    async with api.running():
        for route in ROUTES:
            for about, body in route.examples.items():
                assert route.body is not None
                Draft202012Validator(bodies[route.body.__name__]).validate(body)
                reply = await api.send(route.method, address(route), body)
                assert 200 <= reply.status < 300, (about, reply.json)
                assert "error" not in json.dumps(reply.json), (about, reply.json)


def test_there_is_an_example_of_every_body() -> None:
    assert {route.name for route in ROUTES if route.body} == {
        route.name for route in ROUTES if route.examples
    }


def test_the_check_of_answers_notices() -> None:
    """Which every test of a route relies on."""
    good = {"status": "live", "version": "1"}
    headers = {"content-type": "application/json", "x-request-id": "1"}

    def check(status: int = 200, body: object = good, type_: str = "application/json") -> None:
        check_answer("GET", "/livez", status, headers | {"content-type": type_}, body)

    check()
    wrong: list[object] = [good | {"new": "1"}, {"status": "live"}, {**good, "version": 1}, []]
    for body in wrong:
        with pytest.raises(AssertionError):
            check(body=body)
    with pytest.raises(AssertionError):
        check(503)
    with pytest.raises(AssertionError):
        check(type_="text/html")
    with pytest.raises(AssertionError):
        check_answer("GET", "/new", 200, headers, good)
    error = {"code": "halted", "message": "m", "field": None, "request_id": "1"}
    later = headers | {"retry-after": "1"}
    check_answer("GET", "/readyz", 503, later, {"error": error})
    with pytest.raises(AssertionError):
        check_answer("GET", "/readyz", 503, later, {"error": error | {"code": "busy"}})
    with pytest.raises(AssertionError):
        check_answer("GET", "/readyz", 503, headers, {"error": error})


ENUMS = [enum for check in CHECKS.values() if isinstance(enum := check.schema.get("enum"), list)]

# What the two of them can be told apart by.
# That a month may be shorter than another is beyond its schema.
MOMENTS = (
    *("2026-05-02T10:00:00Z", "1970-01-01T00:00:00.000000000+00:00", "2262-04-11T23:47:16Z"),
    *("1969-12-31T23:59:59Z", "2263-01-01T00:00:00Z", "2026-05-02T10:00:00+01:00"),
    *(
        "2026-05-02T10:00:00",
        "2026-05-02 10:00:00Z",
        "2026-13-02T10:00:00Z",
        "2026-05-32T10:00:00Z",
    ),
    *("2026-05-02T24:00:00Z", "2026-05-02T10:60:00Z", "2026-05-02T10:00:60Z"),
    *("2026-05-02T10:00:00.1234567891Z", "2026-05-02T10:00:00.Z", "2026-05-02T10:00:00z"),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**16),
    st.lists(st.just({}), max_size=3),
    st.dictionaries(st.text(), st.none(), max_size=1),
    st.text(st.characters(max_codepoint=300), max_size=70).filter(lambda text: "\n" not in text),
    st.sampled_from(sorted({word for enum in ENUMS for word in enum}, key=str)),
    st.from_regex(r"[0-9]{1,16}(\.[0-9]{1,13})?", fullmatch=True).filter(str.isascii),
    st.sampled_from(MOMENTS),
)

# The rules of queries are for their text.
INEXACT = {Entries}


@pytest.mark.parametrize("kind", [kind for kind in CHECKS if kind not in INEXACT], ids=str)
@given(value=VALUES)
def test_a_check_and_its_schema_agree(kind: object, value: object) -> None:
    check = CHECKS[kind]
    is_query = check.schema.get("type") == "integer" and kind is not CancelAfterS
    try:
        check.read(str(value) if is_query and type(value) is int and value >= 0 else value)
        taken = True
    except ValueError:
        taken = False
    if is_query and isinstance(value, str):
        return
    assert taken == Draft202012Validator(check.schema).is_valid(value)


def test_the_operations_of_a_batch_are_those_of_the_wire() -> None:
    assert list(OPERATIONS) == list(Wire([]).operations)
    schema = request_schemas([BatchRequest])["BatchRequest"]["properties"]["orders"]
    assert (schema["minItems"], schema["maxItems"]) == (1, shapes.BATCH_MAX)
    ops = [each["properties"]["op"]["const"] for each in schema["items"]["anyOf"]]
    assert ops == list(OPERATIONS)


def test_null_is_described_where_it_is_taken() -> None:
    properties = request_schemas([requests.OrderRequest])["OrderRequest"]["properties"]
    assert {"type": "null"} in properties["account"]["anyOf"]
    assert properties["post_only"]["type"] == "boolean"
    assert properties["post_only"]["default"] is False


async def test_the_document_is_served(api: Api) -> None:
    reply = await api.send("GET", "/openapi.json")
    assert (reply.status, reply.json) == (200, json.loads(json.dumps(document())))
    assert (await api.send("GET", "/openapi.json?a=1")).code == "malformed"
