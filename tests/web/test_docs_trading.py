"""The example of docs/trading.md is true, and its tables are complete."""

import re
from pathlib import Path

import trio

from api import BTC, ETH, Api, Clock
from conversing import blocks, converse
from goquant.actors.calls import INBOX_MAX
from goquant.actors.exchange import Exchange
from goquant.actors.feed import HEARTBEAT_S
from goquant.actors.switches import SWITCHES_MAX
from goquant.config import Settings
from goquant.web import events
from goquant.web.limits import Limits
from goquant.web.requests import TradingQuery
from goquant.web.shapes import BATCH_MAX, CANCEL_AFTER_MAX_S

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "trading.md").read_text()


async def test_the_example_is_true(nursery: trio.Nursery) -> None:
    exchange = Exchange([BTC, ETH], clock=Clock())
    await nursery.start(exchange.run)
    (block,) = blocks(TEXT, "ws")
    await converse(Api(exchange, Clock()), block)


def test_every_parameter_and_every_event_has_its_row() -> None:
    names = [attribute.name for attribute in TradingQuery.__attrs_attrs__]
    kinds = [kind.__struct_config__.tag for kind in events.OrderEvent.__subclasses__()]
    for name in (*names, *kinds, "snapshot", "heartbeat", "reset"):
        assert re.search(rf"^\| .*`{name}`", TEXT, re.MULTILINE), name


def test_the_numbers_are_those_of_the_code() -> None:
    limits, settings = Limits(), Settings()
    for setting in ("orders_in_flight_max", "order_messages_per_s_max", "feed_events_max"):
        value = getattr(limits, setting)
        assert getattr(settings, setting) == value
        assert re.search(rf"`{setting}` \| {value:,}\b", TEXT), setting
    assert f"| `inbox_max` | {settings.inbox_max:,} of all" in TEXT
    assert settings.inbox_max == INBOX_MAX
    assert settings.message_bytes_max == limits.message_bytes_max == 64 * 1024
    assert f"every {HEARTBEAT_S:g} s" in TEXT
    assert f"| {SWITCHES_MAX:,}; more are refused" in TEXT
    assert f"1 to {BATCH_MAX} of these" in TEXT
    assert f"(1 to {CANCEL_AFTER_MAX_S:,})" in TEXT
    assert f"after {limits.silence_s:g} s of" in TEXT
    assert f"does not read for {limits.stall_s:g} s" in TEXT
