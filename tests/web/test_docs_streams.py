"""The examples of docs/streams.md are true, and its tables are complete."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from api import BTC, ETH, Api, Clock, Reply
from goquant.actors.exchange import Exchange
from goquant.actors.feed import HEARTBEAT_S, NEWEST_TRADES_MAX
from goquant.config import Settings
from goquant.web.limits import Limits
from goquant.web.requests import STREAM_DEPTHS
from streaming import Socket, stream, websocket

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "streams.md").read_text()

REQUEST_ID = re.compile(r'"request_id": "[0-9a-f]{16}"')


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def turns(block: str) -> Iterator[tuple[str, Any]]:
    """Each line of a conversation with those that belong to it: what it is, and what is said."""
    for part in re.split(r"\n(?=[<>]|GET|POST)", block.strip()):
        head, _, rest = part.partition(" ")
        if head in "<>":
            yield head, json.loads(rest)
        else:
            path, _, body = rest.partition(" ")
            yield f"{head} {path}", json.loads(body) if body else None


@pytest.fixture
async def exchange(nursery: trio.Nursery) -> Api:
    exchange = Exchange([BTC, ETH], clock=Clock())
    await nursery.start(exchange.run)
    return Api(exchange, Clock())


async def converse(exchange: Api) -> None:
    """Have the conversation over the WebSocket, line by line."""
    (block,) = blocks("ws")
    said = list(turns(block))
    place = next(place for place, (kind, _) in enumerate(said) if kind.startswith("GET"))
    for kind, body in said[:place]:
        assert (await request(exchange, kind, body)).status == 201
    async with websocket(exchange.app, said[place][0].split()[1]) as socket:
        for kind, body in said[place + 1 :]:
            await say(exchange, socket, kind, body)
        assert not socket.has_more()


async def request(exchange: Api, kind: str, body: object) -> Reply:
    """A request that a line of the document names by its method and path."""
    method, path = kind.split()
    return await exchange.send(method, path, body)


async def say(exchange: Api, socket: Socket, kind: str, body: Any) -> None:
    if kind == ">":
        await socket.send(body)
    elif kind == "<":
        received = REQUEST_ID.sub(
            '"request_id": "3f1c9a70b2d4e685"', json.dumps(await socket.receive())
        )
        assert json.loads(received) == body
    else:
        assert (await request(exchange, kind, body)).status == 201


async def test_the_examples_are_true(exchange: Api) -> None:
    await converse(exchange)
    for block in blocks("sse"):
        head, _, expected = block.partition("\n")
        async with stream(exchange.app, head.removeprefix("GET ")) as client:
            if expected.startswith("{"):
                assert (await client.body()).decode() == expected.strip()
            else:
                records = [await client.text() for _ in expected.strip().split("\n\n")]
                assert "\n\n".join(records) == expected.strip()


def test_the_numbers_are_those_of_the_code() -> None:
    limits, settings = Limits(), Settings()
    for setting, value in (
        ("subscriptions_max", limits.subscriptions_max),
        ("messages_per_s_max", limits.messages_per_s_max),
    ):
        assert re.search(rf"`{setting}` \| {value}\b", TEXT)
        assert getattr(settings, setting) == value
    assert settings.message_bytes_max == limits.message_bytes_max == 64 * 1024
    assert settings.feed_events_max == limits.feed_events_max
    assert f"newest {settings.feed_events_max:,} events" in TEXT
    assert f"every {HEARTBEAT_S:g} s" in TEXT
    assert (
        f"pings every {limits.ping_s:g} s; whoever is not heard for {limits.silence_s:g} s" in TEXT
    )
    assert f"its socket for {limits.stall_s:g} s" in TEXT
    *some, last = STREAM_DEPTHS[1:]
    assert ", ".join(map(str, some)) + f" or {last}" in TEXT
    assert NEWEST_TRADES_MAX == 50
