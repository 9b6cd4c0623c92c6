"""The API against its own description, by requests that a fuzzer makes of that.

No answer is a 5xx, each is described and of the shape that is described, and what does not fit the
description is refused. Another set of requests is tried with `pytest --hypothesis-seed=N`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS

from goquant.web.openapi import document
from processes import PATIENCE_S, Server

Case = schemathesis.Case[Any]

SYMBOL = "BTC-USD"
ENDLESS = "/stream/"

# What is refused for its size before anybody has looked at what it says.
TOO_LONG = {414, 431}

# Rules that JSON Schema does not have: fields that go with others, a `next` of an earlier answer.
HAVE_MORE_RULES = {"POST /orders", "PATCH /orders/{id}", "GET /orders"}

# An entry that is wrong fails alone, within an answer that is 200.
FAIL_ALONE = {"POST /orders/batch"}

# It is an order's path as well: the order of which the id is `batch`, which there never is.
TWO_IN_ONE = "/orders/batch"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an exchange serves that has a history."""
    with Server(tmp_path_factory.mktemp("fuzzed") / "data", "--fsync", "never") as server:
        yield f"http://127.0.0.1:{server.ready()}"


def steered(schema: Any) -> Any:
    """The description, but that symbols are often real, or else most requests would be about none."""
    if isinstance(schema, list):
        return [steered(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: steered(each) for name, each in schema.items()}
    place = "schema" if found.get("name") == "symbol" else "symbol"
    if isinstance(found.get(place), dict):
        found[place] = {"anyOf": [{"const": SYMBOL}, found[place]]}
    return found


SCHEMA = schemathesis.openapi.from_dict(steered(document()))


def check(case: Case, url: str) -> None:
    """Send a request, and hold the answer against the description."""
    if case.path.startswith(ENDLESS):
        with requests.request(**case.as_transport_kwargs(base_url=url), stream=True) as response:
            assert response.status_code < 500
        return
    if "since" in (case.query or {}):
        case.query["timeout"] = 0  # Else a poll waits.
    answer = case.call(base_url=url, timeout=PATIENCE_S)
    case.validate_response(answer, excluded_checks=[*excluded(case, answer.status_code)])


def excluded(case: Case, status: int) -> Iterator[Any]:
    """The checks that do not know what they would have to."""
    label = case.operation.label
    if label in HAVE_MORE_RULES:
        yield CHECKS.get_one("positive_data_acceptance")
    if label in FAIL_ALONE or status in TOO_LONG:
        yield CHECKS.get_one("negative_data_rejection")
    if case.path == TWO_IN_ONE:
        yield CHECKS.get_one("allow_header_conformance")


@SCHEMA.parametrize()
@settings(max_examples=20)
def test_the_api_is_as_it_describes_itself(case: Case, url: str) -> None:
    check(case, url)


@pytest.mark.long
@SCHEMA.parametrize()
@settings(max_examples=1_000)
def test_the_api_is_as_it_describes_itself_for_a_long_time(case: Case, url: str) -> None:
    check(case, url)
