"""The screen and its streams: whatever happens to them, the book on it is right or says that it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from trader import Trader
from venue import Venue

Arrive = Callable[..., Trader]

MARKET_DATA = re.compile(r"/ws/marketdata")
STREAMS = re.compile(r"/ws/(marketdata|trades)")


def abort(route: Route) -> None:
    """Let a request fail as if nobody listened."""
    route.abort()


HALTED = {"error": {"code": "halted", "message": "the journal failed", "field": None}}


class Line:
    """What lies between the page and the exchange on one channel: it passes on what the test allows."""

    def __init__(self, page: Page, pattern: re.Pattern[str] = MARKET_DATA) -> None:
        self.subscriptions: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.is_open = True
        self.lets_through: Callable[[dict[str, Any]], bool] = lambda _: True
        self._routes: list[WebSocketRoute] = []
        self._held: list[tuple[WebSocketRoute, str]] | None = None
        page.route_web_socket(pattern, self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        self.subscriptions.append(route.url)
        if not self.is_open:
            route.close()
            return
        self._routes.append(route)
        server = route.connect_to_server()
        server.on_message(lambda message: self._pass_on(route, str(message)))

    def _pass_on(self, route: WebSocketRoute, message: str) -> None:
        if self._held is not None:
            self._held.append((route, message))
            return
        frame = json.loads(message)
        frame["events"] = [event for event in frame["events"] if self.lets_through(event)]
        self.told += frame["events"]
        if frame["events"]:
            route.send(json.dumps(frame))

    def say(self, event: dict[str, Any]) -> None:
        """Tell the page something that the exchange did not say."""
        frame = {"channel": event["channel"], "symbol": event["symbol"], "events": [event]}
        self._routes[-1].send(json.dumps(frame))

    def hold(self) -> None:
        """Let everything lag, until it is released."""
        self._held = []

    def release(self) -> None:
        """Let all that was held come at once."""
        held, self._held = self._held or [], None
        for route, message in held:
            self._pass_on(route, message)

    def cut(self) -> None:
        """End all connections, and let nobody connect again."""
        self.is_open = False
        for route in self._routes:
            route.close()

    def types(self) -> list[str]:
        """The types of the events that were passed on."""
        return [event["type"] for event in self.told]


@pytest.fixture
def waiting(browser: Browser, venue: Venue, symbol: str) -> Iterator[Trader]:
    """Somebody who has not opened the screen yet, so that a test can tamper with it before."""
    found = Trader(browser, venue.url, symbol)
    yield found
    found.leave()
    found.check()


def at_a_book(waiting: Trader, venue: Venue, symbol: str) -> Line:
    """The line of somebody who has opened the screen and sees a book with one order."""
    line = Line(waiting.page)
    waiting.open()
    venue.place(symbol, "buy", "1", "90")
    waiting.wait_until(waiting.book, venue.book(symbol))
    return line


def test_a_missing_update_is_noticed_and_the_book_begins_anew(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    line = at_a_book(waiting, venue, symbol)
    lost = ["91.00", "1.0000", 1]
    line.lets_through = lambda event: event["type"] == "snapshot" or lost not in event["bids"]
    venue.place(symbol, "buy", "1", "91")
    venue.place(symbol, "buy", "1", "92")
    waiting.wait_until(lambda: len(line.subscriptions), 2)
    waiting.wait_until(waiting.book, venue.book(symbol))
    assert "since" not in line.subscriptions[-1]
    assert line.types()[-1] == "snapshot"


def test_a_heartbeat_tells_of_an_update_that_never_came(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    line = Line(waiting.page)
    waiting.open()
    line.lets_through = lambda event: event["type"] != "update"
    sequence = venue.place(symbol, "buy", "1", "90")["sequence"]
    head = {"channel": "marketdata", "symbol": symbol}
    line.say({"type": "heartbeat", "sequence": sequence, "prev_sequence": sequence, **head})
    waiting.wait_until(waiting.book, venue.book(symbol))
    assert len(line.subscriptions) == 2


def test_a_book_that_crosses_is_never_shown(waiting: Trader, venue: Venue, symbol: str) -> None:
    venue.place(symbol, "buy", "1", "90")
    venue.place(symbol, "sell", "1", "91")
    line = Line(waiting.page)
    waiting.open()
    nonsense = {"channel": "marketdata", "symbol": symbol, "sequence": 3, "prev_sequence": 2}
    line.say({**nonsense, "type": "update", "bids": [["95.00", "1.0000", 1]], "asks": []})
    waiting.wait_until(lambda: len(line.subscriptions), 2)
    waiting.wait_until(waiting.book, venue.book(symbol))


def test_what_was_missed_while_away_comes_after_it(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    line = Line(waiting.page, STREAMS)
    waiting.page.route("**/stream/**", abort)
    waiting.page.route("**/poll/**", abort)
    waiting.open()
    venue.place(symbol, "sell", "9", "90")
    waiting.wait_until(waiting.book, venue.book(symbol))
    line.cut()
    waiting.expect("#link-status").to_have_text("Reconnecting")
    for _ in range(5):
        venue.place(symbol, "buy", "1", None)
    line.is_open = True
    waiting.expect("#link-status").to_have_text("Live")
    waiting.wait_until(waiting.book, venue.book(symbol))
    waiting.wait_until(lambda: len(waiting.trades()), 5)
    assert "reset" not in line.types()
    assert re.search(r"since=\d+", line.subscriptions[-1])


def test_who_was_away_too_long_gets_a_reset_and_a_snapshot(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    line = Line(waiting.page, STREAMS)
    waiting.page.route("**/stream/**", abort)
    waiting.page.route("**/poll/**", abort)
    venue.place(symbol, "sell", "50", "90")
    waiting.open()
    waiting.wait_until(lambda: line.types(), ["snapshot", "snapshot"])
    line.cut()
    waiting.expect("#link-status").to_have_text("Reconnecting")
    for _ in range(12):
        venue.place(symbol, "buy", "1", None)
        venue.place(symbol, "buy", "1", "80")
    line.is_open = True
    waiting.expect("#link-status").to_have_text("Live")
    waiting.wait_until(waiting.book, venue.book(symbol))
    waiting.wait_until(lambda: len(waiting.trades()), 12)
    assert line.types().count("reset") == 2


@pytest.mark.parametrize(
    ("broken", "transport"),
    [(["ws"], "server-sent events"), (["ws", "stream"], "polling")],
)
def test_each_transport_takes_over_and_goes_on(
    waiting: Trader, venue: Venue, symbol: str, broken: list[str], transport: str
) -> None:
    venue.place(symbol, "sell", "9", "90")
    if "stream" in broken:
        waiting.page.route("**/stream/**", abort)
    line = Line(waiting.page, STREAMS)
    waiting.open()
    venue.place(symbol, "buy", "1", None)
    waiting.wait_until(lambda: len(waiting.trades()), 1)
    line.cut()
    venue.place(symbol, "buy", "2", None)
    waiting.expect("#link-status").to_have_text(f"Live by {transport}")
    venue.place(symbol, "buy", "3", None)
    venue.place(symbol, "buy", "1", "80")
    waiting.wait_until(waiting.book, venue.book(symbol))
    sizes = ["3.0000", "2.0000", "1.0000"]
    waiting.wait_until(lambda: [size for _, size in waiting.trades()], sizes)


def test_what_lags_is_caught_up_with(waiting: Trader, venue: Venue, symbol: str) -> None:
    line = Line(waiting.page, STREAMS)
    venue.place(symbol, "sell", "50", "90")
    waiting.open()
    before = venue.book(symbol)
    waiting.wait_until(waiting.book, before)
    line.hold()
    for at in range(10):
        venue.place(symbol, "buy", "1", None)
        venue.place(symbol, "buy", "1", f"{50 + at % 5}")
    # Nothing has come, and it shows nothing else.
    assert waiting.book() == before
    line.release()
    waiting.wait_until(waiting.book, venue.book(symbol))
    waiting.wait_until(lambda: len(waiting.trades()), 10)
    assert len(line.subscriptions) == 2


def test_a_reset_on_an_open_line_begins_the_book_anew(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    line = at_a_book(waiting, venue, symbol)
    line.lets_through = lambda event: False
    sequence = venue.place(symbol, "buy", "1", "91")["sequence"]
    head = {"channel": "marketdata", "symbol": symbol, "sequence": sequence}
    line.say({**head, "type": "reset", "prev_sequence": sequence})
    # What it had is not right any more, and is not shown.
    waiting.expect("#book-empty").to_have_text("Waiting for the book…")
    assert waiting.book() == ([], [])
    bids = venue.send("GET", f"/orderbook/{symbol}?depth=1000")["bids"]
    snapshot = {"type": "snapshot", "prev_sequence": sequence, "depth": 1000, "time": None}
    line.say({**head, **snapshot, "bids": bids, "asks": []})
    waiting.wait_until(waiting.book, venue.book(symbol))


def test_silence_makes_it_stale(waiting: Trader, venue: Venue, symbol: str) -> None:
    line = Line(waiting.page, STREAMS)
    waiting.page.clock.install()
    venue.place(symbol, "buy", "1", "90")
    waiting.open()
    line.lets_through = lambda _: False
    waiting.page.route("**/stream/**", abort)
    waiting.page.route("**/poll/**", abort)
    waiting.page.clock.fast_forward(31_000)
    waiting.expect("#link-status").to_have_text("Stale")
    waiting.expect("#book-strip").to_contain_text("Stale: nothing has come since")
    waiting.expect("#errors-live").to_contain_text("The connection is lost")
    line.lets_through = lambda _: True
    waiting.page.clock.fast_forward(31_000)
    waiting.expect("#link-status").to_have_text("Live")
    waiting.expect("#book-strip").to_be_hidden()


def test_a_halt_is_said(waiting: Trader, venue: Venue, symbol: str) -> None:
    waiting.page.clock.install()
    waiting.open()
    waiting.expect("#banner").to_be_hidden()
    ready = venue.send("GET", "/readyz")
    for each in ready["symbols"]:
        if each["symbol"] == symbol:
            each |= {"state": "halted", "reason": "it failed 5 times"}
    waiting.page.route("**/readyz", lambda route: route.fulfill(json=ready))
    waiting.page.clock.fast_forward(6_000)
    said = f"No orders are taken: {symbol} is halted: it failed 5 times"
    waiting.expect("#banner").to_have_text(said)
    waiting.page.route("**/readyz", lambda route: route.fulfill(status=503, json=HALTED))
    waiting.page.clock.fast_forward(6_000)
    waiting.expect("#banner").to_have_text("No orders are taken: the journal failed")
    waiting.page.unroute("**/readyz")
    waiting.page.clock.fast_forward(6_000)
    waiting.expect("#banner").to_be_hidden()


def test_it_waits_for_an_exchange_that_does_not_answer_yet(
    waiting: Trader, venue: Venue, symbol: str
) -> None:
    venue.place(symbol, "buy", "1", "90")
    waiting.page.route("**/symbols", abort)
    waiting.page.goto(venue.url)
    waiting.expect("#banner").to_have_text("The exchange does not answer; trying again")
    waiting.page.unroute("**/symbols")
    waiting.wait_for_book()
    waiting.expect("#banner").to_be_hidden()
    waiting.wait_until(waiting.book, venue.book(symbol))


def test_after_kill_9_the_page_recovers_by_itself(browser: Browser, tmp_path: Path) -> None:
    venue = Venue(tmp_path)
    alice = Trader(browser, venue.url, "S0-USD").open()
    try:
        for price in ("90", "91", "92"):
            alice.place(price=price, quantity="2")
        venue.place("S0-USD", "sell", "1", None)
        alice.wait_until(alice.trades, [("92.00", "1.0000")])
        before = venue.book("S0-USD")
        venue.kill()
        alice.expect("#link-status").to_have_text("Reconnecting")
        alice.expect("#book-strip").to_contain_text("Not connected: the book as of")
        venue.start()
        alice.expect("#link-status").to_have_text("Live")
        alice.wait_until(alice.book, venue.book("S0-USD"))
        assert alice.book() == before
        alice.place(price="89", quantity="5")
        alice.wait_until(alice.book, venue.book("S0-USD"))
        alice.wait_for_row(alice.show("open"), "92.00")
        alice.wait_until(alice.trades, [("92.00", "1.0000")])
        alice.check()
    finally:
        venue.kill()


def test_reports_of_own_orders_need_no_asking(waiting: Trader, venue: Venue, symbol: str) -> None:
    waiting.open()
    waiting.place(price="90", quantity="2")
    waiting.page.route("**/orders?**", abort)
    venue.place(symbol, "sell", "0.5", None)
    waiting.wait_for_row(waiting.show("open"), "0.5 / 2", "Partly filled")
    waiting.expect("#fills-live").to_contain_text(f"Bought 0.5 {symbol} at 90.00, maker")
    venue.send("DELETE", f"/orders?symbol={symbol}")
    waiting.wait_for_row(waiting.show("history"), "0.5 / 2", "Canceled · at your request")
    waiting.wait_for_row(waiting.show("fills"), "90.00", "0.5000")


def test_without_reports_it_looks_now_and_then(waiting: Trader, venue: Venue, symbol: str) -> None:
    line = Line(waiting.page, re.compile("/ws/orders"))
    line.cut()
    waiting.page.clock.install()
    waiting.open()
    waiting.place(price="90", quantity="2")
    venue.send("DELETE", f"/orders?symbol={symbol}")
    waiting.page.clock.fast_forward(6_000)
    waiting.wait_for_row(waiting.show("history"), "0 / 2", "Canceled · at your request")
