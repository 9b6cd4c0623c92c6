"""docs/api.md names everything that there is, and its examples are true."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import trio

from api import BTC, Api, Clock
from goquant.actors.exchange import Exchange
from goquant.book.enums import CancelReason, OrderStatus, OrderType, RejectReason
from goquant.web.catalog import ROUTES
from goquant.web.errors import FAILURES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
TEXT = PAGE.read_text()

EXAMPLE = re.compile(r"```http\n(\w+) (\S+)\n(.*?)\n*(\d{3})\n(.*?)\n```", re.DOTALL)


class Example(NamedTuple):
    method: str
    path: str
    body: str
    status: str
    answer: str


def examples() -> list[Example]:
    found = [Example(*match.groups()) for match in EXAMPLE.finditer(TEXT)]
    assert len(found) == TEXT.count("```http"), "an example is not in the form of the others"
    return found


def test_every_route_has_a_heading() -> None:
    headings = "\n".join(line for line in TEXT.splitlines() if line.startswith("###"))
    for route in ROUTES:
        assert f"`{route.method} {route.path}`" in headings


def test_every_error_has_its_row_with_its_status() -> None:
    rows = re.findall(r"\| (\d{3}) \| `(\w+)` \|", TEXT)
    assert sorted(rows) == sorted((str(row.status), str(code)) for code, row in FAILURES.items())


def test_every_word_of_an_order_is_named() -> None:
    for word in [*RejectReason, *CancelReason, *OrderStatus, *OrderType]:
        assert f"`{word}`" in TEXT


async def test_every_example_is_true() -> None:
    exchange = Exchange([BTC], clock=Clock())
    api = Api(exchange, Clock())
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        for example in examples():
            body = json.loads(example.body) if example.body else None
            reply = await api.send(example.method, example.path, body)
            request_id = reply.headers["x-request-id"]
            answer = json.loads(json.dumps(reply.json).replace(request_id, "3f1c9a70b2d4e685"))
            assert (str(reply.status), answer) == (example.status, json.loads(example.answer))
        nursery.cancel_scope.cancel()
