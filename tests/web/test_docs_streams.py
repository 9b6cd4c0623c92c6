"""The examples of docs/streams.md are true, and its tables are complete."""

import re
from pathlib import Path

import pytest
import trio

from api import BTC, ETH, Api, Clock
from conversing import blocks, converse
from goquant.actors.exchange import Exchange
from goquant.actors.feed import HEARTBEAT_S, NEWEST_TRADES_MAX
from goquant.config import Settings
from goquant.web.limits import Limits
from goquant.web.requests import STREAM_DEPTHS
from streaming import stream

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "streams.md").read_text()


@pytest.fixture
async def exchange(nursery: trio.Nursery) -> Api:
    exchange = Exchange([BTC, ETH], clock=Clock())
    await nursery.start(exchange.run)
    return Api(exchange, Clock())


async def test_the_examples_are_true(exchange: Api) -> None:
    (block,) = blocks(TEXT, "ws")
    await converse(exchange, block)
    for block in blocks(TEXT, "sse"):
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
