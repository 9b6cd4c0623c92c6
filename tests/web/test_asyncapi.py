"""The description of the streams is valid and whole."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from types import MethodType
from typing import Any, cast

import msgspec
import pytest
from jsonschema import Draft7Validator

from api import Api
from described import check_message
from goquant.book.enums import Side
from goquant.web.asyncapi import SSE, STREAMS, WS, BookFrame, Stream, TradesFrame, document
from goquant.web.errors import ErrorDetail
from goquant.web.events import (
    BookSnapshot,
    BookUpdate,
    Heartbeat,
    Reset,
    TradeEvent,
    TradesSnapshot,
)
from goquant.web.requests import Channel
from goquant.web.streams import Subscribed
from goquant.web.websocket import Refusal, WebSockets
from sockets import connected, serving

SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "asyncapi-3.0.0.json"

TIME = "2026-05-02T10:00:00.000000000Z"


@pytest.fixture(scope="module")
def specification() -> Draft7Validator:
    """What the specification says about documents."""
    return Draft7Validator(json.loads(SCHEMA.read_text()))


def test_the_document_is_valid(specification: Draft7Validator) -> None:
    specification.validate(document())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asyncapi",), "2.6.0"),
        (("channels", "trades", "address"), 1),
        (("channels", "trades", "bindings", "ws", "method"), "PUT"),
        (("operations", "tradesTell", "action"), "publish"),
        (("components", "schemas", "Reset", "type"), "record"),
    ],
)
def test_the_validator_does_validate(
    specification: Draft7Validator, path: tuple[str, ...], value: object
) -> None:
    broken = copy.deepcopy(document())
    found: Any = broken
    for key in path[:-1]:
        found = found[key]
    found[path[-1]] = value
    assert not specification.is_valid(broken)


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(document()))
    assert len(found) > 20
    for reference in found:
        place: Any = document()
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def test_every_stream_has_a_name_of_its_own() -> None:
    assert len({stream.name for stream in STREAMS}) == len(STREAMS)
    assert len({stream.path for stream in STREAMS}) == len(STREAMS)


async def test_every_stream_of_the_application_is_described(api: Api) -> None:
    described = {stream.path for stream in STREAMS}
    sockets = cast(MethodType, api.app.asgi_websocket_class).__self__
    served = set(cast(WebSockets, sockets).routes)
    served |= {rule.rule for rule in api.app.url_map.iter_rules() if "/stream/" in rule.rule}
    assert served == described


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.path)
async def test_every_described_stream_is_there(api: Api, stream: Stream) -> None:
    lines = [f"GET {stream.path}?symbols=BTC-USD HTTP/1.1", "Host: x"]
    if stream.transport == WS:
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    async with serving(api.app) as address, connected(address) as client:
        await client.send("\r\n".join([*lines, "", ""]).encode())
        status, headers = await client.head()
        assert status == (101 if stream.transport == WS else 200)
        assert stream.transport == WS or headers["content-type"].startswith("text/event-stream")


PLACE = (Channel.MARKET_DATA, "BTC-USD", 2, 1)

BIDS = [("100.00", "1.00000000", 1)]

BOOK = BookFrame(
    Channel.MARKET_DATA,
    "BTC-USD",
    [
        BookSnapshot(*PLACE, time=TIME, depth=10, bids=BIDS, asks=[]),
        BookUpdate(*PLACE, time=TIME, bids=BIDS, asks=[]),
        Heartbeat(*PLACE),
        Reset(*PLACE),
    ],
)

TRADE = TradeEvent(
    trade_id=1,
    symbol="BTC-USD",
    price="100.00",
    quantity="1.00000000",
    aggressor_side=Side.BUY,
    maker_order_id="BTC-USD-1",
    taker_order_id="BTC-USD-2",
    maker_fee="-0.01",
    taker_fee="0.025",
    sequence=2,
    time=TIME,
    prev_sequence=1,
)

TRADES = TradesFrame(
    Channel.TRADES,
    "BTC-USD",
    [TradesSnapshot(*PLACE, time=None, last_trade_id=0, trades=[]), TRADE],
)

REFUSAL = Refusal("a", ErrorDetail("malformed", "a message", None, "3f1c9a70b2d4e685"))


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        ("marketdata", BOOK),
        ("trades", TRADES),
        ("marketdata", Subscribed(1, "subscribe", ["BTC-USD"])),
        ("trades", REFUSAL),
        ("tradesRecords", TRADE),
        *(("marketdataRecords", event) for event in BOOK.events),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_told_fits_its_description(stream: str, told: msgspec.Struct) -> None:
    payload = msgspec.json.decode(msgspec.json.encode(told))
    check_message(stream, type(told).__name__, payload)
    for key in payload:
        with pytest.raises(AssertionError):
            check_message(stream, type(told).__name__, {**payload, key: {"nothing": "like it"}})
    with pytest.raises(AssertionError):
        check_message(stream, type(told).__name__, payload | {"new": 1})


def test_what_clients_say_is_described_by_the_classes_that_check_it() -> None:
    wanted = {"op": "subscribe", "id": 1, "symbols": ["BTC-USD"], "depth": 10}
    check_message("marketdata", "subscribe", wanted)
    check_message("trades", "unsubscribe", {"op": "unsubscribe", "symbols": "BTC-USD"})
    changes: dict[str, object] = {
        "depth": 11,
        "op": "unsubscribe",
        "id": [],
        "symbols": [],
        "new": 1,
    }
    for field, wrong in changes.items():
        with pytest.raises(AssertionError):
            check_message("marketdata", "subscribe", wanted | {field: wrong})


def test_every_example_of_a_message_fits_its_description() -> None:
    for stream in STREAMS:
        assert set(stream.examples) == set(stream.takes)
        for op in stream.takes:
            for example in document()["channels"][stream.name]["messages"][op]["examples"]:
                check_message(stream.name, op, example["payload"])


def test_only_websockets_listen() -> None:
    assert {stream.transport for stream in STREAMS if stream.takes} == {WS}
    assert {stream.transport for stream in STREAMS} == {WS, SSE}


async def test_the_document_is_served(api: Api) -> None:
    reply = await api.send("GET", "/asyncapi.json")
    assert (reply.status, reply.json) == (200, json.loads(json.dumps(document())))
