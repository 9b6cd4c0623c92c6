"""The pages of the documentation: they show what there is, they work, and they ask nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from goquant.web.asyncapi import STREAMS
from goquant.web.openapi import document
from venue import Venue


def frames(page: Page) -> list[Any]:
    """What the page shows of the stream, oldest first."""
    shown = page.locator("#log li").all()
    return [
        json.loads(row.locator("code").inner_text())
        for row in reversed(shown)
        if row.get_attribute("class") != "sent"
    ]


def test_every_route_is_shown(page: Page) -> None:
    page.goto("/docs")
    operations = [
        op["operationId"] for path in document()["paths"].values() for op in path.values()
    ]
    expect(page.locator(".opblock")).to_have_count(len(operations))


def test_an_order_is_placed_from_the_page(page: Page, venue: Venue, symbol: str) -> None:
    page.goto("/docs")
    page.locator("#operations-orders-placeOrder .opblock-summary-control").click()
    body = {"symbol": symbol, "side": "buy", "type": "limit", "quantity": "1", "price": "100"}
    page.locator("#operations-orders-placeOrder textarea").fill(json.dumps(body))
    page.locator("#operations-orders-placeOrder .execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    assert venue.send("GET", f"/orderbook/{symbol}")["bids"] == [["100.00", "1.0000", 1]]


OF_ALL = [stream for stream in STREAMS if stream.path != "/ws/orders"]


@pytest.mark.parametrize("stream", OF_ALL, ids=lambda stream: stream.path)
def test_a_stream_is_watched(page: Page, venue: Venue, symbol: str, stream: Any) -> None:
    page.goto("/docs/streams")
    page.locator("#stream").select_option(stream.name)
    page.locator("#query input[name=symbols]").fill(symbol)
    page.locator("#connect").click()
    expect(page.locator("#state")).to_have_text("connected")
    expect(page.locator("#events")).to_have_text("1")
    venue.place(symbol, "sell", "1", "100")
    venue.place(symbol, "buy", "1", "100")
    expect(page.locator("#sequence")).to_have_text("2")
    expect(page.locator("#gaps")).to_have_text("0")
    told = frames(page)
    assert symbol in json.dumps(told[-1])
    page.locator("#disconnect").click()
    expect(page.locator("#state")).to_contain_text("closed")


def test_the_orders_of_an_account_are_watched(page: Page, venue: Venue, symbol: str) -> None:
    page.goto("/docs/streams")
    page.locator("#stream").select_option("orders")
    page.locator("#query input[name=symbols]").fill(symbol)
    page.locator("#query input[name=account]").fill("watched")
    page.locator("#connect").click()
    expect(page.locator("#events")).to_have_text("1")
    venue.place(symbol, "sell", "1", "100")
    venue.place(symbol, "buy", "1", "99", account="watched")
    expect(page.locator("#sequence")).to_have_text("2")
    expect(page.locator("#gaps")).to_have_text("0")
    assert frames(page)[-1]["events"][0]["type"] == "accepted"


def test_a_message_is_answered(page: Page, symbol: str) -> None:
    page.goto("/docs/streams")
    page.locator("#query input[name=symbols]").fill(symbol)
    page.locator("#connect").click()
    expect(page.locator("#events")).to_have_text("1")
    page.locator("#templates button", has_text="unsubscribe").click()
    page.locator("#message").fill(json.dumps({"op": "unsubscribe", "id": 7, "symbols": symbol}))
    page.locator("#say button[type=submit]").click()
    # Heartbeats may come before it.
    expect(page.locator("#log li:not(.sent)", has_text="unsubscribe")).to_have_count(1)
    assert {"id": 7, "op": "unsubscribe", "symbols": []} in frames(page)


def test_what_is_missing_is_noticed(page: Page) -> None:
    page.goto("/docs/streams")
    found = page.evaluate("""async () => {
        const { Gaps } = await import("/static/docs/gaps.js");
        const gaps = new Gaps();
        const event = (type, sequence, prev_sequence, symbol = "A") =>
            gaps.misses({ channel: "trades", symbol, type, sequence, prev_sequence });
        return [
            event("snapshot", 5, 5), event("trade", 7, 5), event("trade", 7, 5), event("heartbeat", 7, 7),
            event("trade", 9, 8), event("trade", 10, 9), event("heartbeat", 12, 12),
            event("reset", 20, 20), event("snapshot", 20, 20), event("trade", 1, 0, "B"),
        ];
    }""")
    assert found == [False, False, False, False, True, False, True, False, False, False]
