"""What a page of anybody's does: the browser's own EventSource and WebSocket, over a kill -9 of the exchange.

Nothing is missed and nothing comes twice; or a `reset` says so, and the snapshot after it has all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from trader import LOOK_EVERY_MS, PATIENCE_MS
from venue import Venue

SYMBOL = "S0-USD"

# An EventSource comes again by itself, and says with Last-Event-ID where it was.
EVENT_SOURCE = """symbol => {
  window.heard = [];
  const source = new EventSource(`/stream/trades?symbols=${symbol}`);
  source.onmessage = ({ data }) => heard.push(JSON.parse(data));
}"""

# A WebSocket does not: its page opens another one, with `since`, as soon as the test lets it.
WEB_SOCKET = """symbol => {
  window.heard = [];
  let since = null;
  const open = () => {
    if (window.isAway) return setTimeout(open, 50);
    const from = since === null ? "" : `&since=${since}`;
    const socket = new WebSocket(`ws://${location.host}/ws/trades?symbols=${symbol}${from}`);
    socket.onmessage = ({ data }) => {
      for (const event of JSON.parse(data).events) {
        since = event.sequence;
        heard.push(event);
      }
    };
    socket.onclose = () => setTimeout(open, 50);
  };
  open();
}"""


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Venue]:
    """An exchange to be killed."""
    venue = Venue(tmp_path)
    yield venue
    venue.kill()


@pytest.fixture(params=[EVENT_SOURCE, WEB_SOCKET], ids=["EventSource", "WebSocket"])
def page(browser: Browser, mortal: Venue, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that listens to the trades of a symbol, and keeps in `heard` what it was told."""
    page = browser.new_page()
    page.goto(f"{mortal.url}/docs/streams")
    page.evaluate(request.param, SYMBOL)
    yield page
    page.close()


def trade(venue: Venue) -> None:
    venue.place(SYMBOL, "buy", "1", None)


def known(heard: list[dict[str, Any]]) -> list[int]:
    """The trades that somebody knows of: a snapshot begins anew, a trade is one more."""
    ids: list[int] = []
    for event in heard:
        if event["type"] == "snapshot":
            ids = sorted(each["trade_id"] for each in event["trades"])
        elif event["type"] == "trade":
            ids.append(event["trade_id"])
    return ids


def wait_for(page: Page, ids: list[int]) -> list[str]:
    """Until exactly these trades are known. Returns the types of all events, heartbeats left out."""
    for _ in range(PATIENCE_MS // LOOK_EVERY_MS):
        heard: list[dict[str, Any]] = page.evaluate("heard")
        if known(heard) == ids:
            break
        page.wait_for_timeout(LOOK_EVERY_MS)
    assert known(heard) == ids
    return [event["type"] for event in heard if event["type"] != "heartbeat"]


def wait_until_back(page: Page, count: int) -> None:
    """Until it has been told something more than `count` times, though it be a heartbeat."""
    page.wait_for_function("count => heard.length > count", arg=count)


def test_it_goes_on_after_kill_9_as_if_nothing_had_been(mortal: Venue, page: Page) -> None:
    mortal.place(SYMBOL, "sell", "100", "90")
    wait_for(page, [])
    wait_until_back(page, 0)
    for _ in range(3):
        trade(mortal)
    assert wait_for(page, [1, 2, 3]) == ["snapshot", "trade", "trade", "trade"]
    told = page.evaluate("heard.length")
    mortal.kill()
    mortal.start()
    # It says where it was, and nothing has happened since: a heartbeat.
    wait_until_back(page, told)
    trade(mortal)
    assert wait_for(page, [1, 2, 3, 4]) == ["snapshot", *["trade"] * 4]


def test_what_it_missed_meanwhile_is_said_by_a_reset(mortal: Venue, page: Page) -> None:
    mortal.place(SYMBOL, "sell", "100", "90")
    wait_until_back(page, 0)
    trade(mortal)
    wait_for(page, [1])
    page.evaluate("window.isAway = true")
    # It may hear of the next one or not: nobody waits for it.
    trade(mortal)
    mortal.kill()
    mortal.start()
    for _ in range(3):
        trade(mortal)
    page.evaluate("window.isAway = false")
    types = wait_for(page, [1, 2, 3, 4, 5])
    # An EventSource that is back before the first of the three needs no reset.
    assert types.count("snapshot") == 1 + types.count("reset")
    if "reset" in types:
        assert types[types.index("reset") + 1] == "snapshot"
    trade(mortal)
    assert wait_for(page, [1, 2, 3, 4, 5, 6])[-1] == "trade"
