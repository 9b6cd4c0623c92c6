"""Every failure that a client can see: its code, its status, its field and its words."""

import json
import re
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from api import INSTRUMENTS, START, Api, Clock, Reply, order
from goquant.actors.exchange import Exchange
from goquant.book.enums import RejectReason
from goquant.web.app import create_app
from goquant.web.errors import FAILURES
from goquant.web.limits import Limits
from sockets import connected, serving

REQUEST_ID = re.compile(r"[0-9a-f]{16}")


def test_every_reject_reason_has_its_row() -> None:
    assert set(RejectReason) - set(FAILURES) == {RejectReason.UNKNOWN_ORDER}


def test_every_status_is_one_of_those_that_the_api_uses() -> None:
    statuses = {failure.status for failure in FAILURES.values()}
    assert statuses == {400, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503}


async def client_order_id_reused(api: Api) -> Reply:
    await api.placed(client_order_id="mine")
    return await api.place(client_order_id="mine", quantity="2")


async def price_not_allowed(api: Api) -> Reply:
    armed = await api.placed(type="stop", price=None, trigger_price="110")
    return await api.send("PATCH", f"/orders/{armed}", {"price": "100"})


async def quantity_filled(api: Api) -> Reply:
    resting = await api.placed(quantity="3")
    await api.placed(side="sell", quantity="2")
    return await api.send("PATCH", f"/orders/{resting}", {"quantity": "2"})


async def notional_too_small_by_replace(api: Api) -> Reply:
    resting = await api.placed()
    return await api.send("PATCH", f"/orders/{resting}", {"price": "0.99"})


async def too_many_open_orders(api: Api) -> Reply:
    for _ in range(2):
        await api.placed(symbol="ETH-USD", account="alice")
    return await api.place(symbol="ETH-USD", account="alice")


async def book_full(api: Api) -> Reply:
    for _ in range(4):
        await api.placed(symbol="ETH-USD")
    return await api.place(symbol="ETH-USD")


async def price_band(api: Api) -> Reply:
    await api.placed(symbol="ETH-USD")
    await api.placed(symbol="ETH-USD", side="sell")
    return await api.place(symbol="ETH-USD", price="105.05")


async def post_only_would_take(api: Api) -> Reply:
    await api.placed()
    return await api.place(side="sell", post_only=True)


async def order_final(api: Api) -> Reply:
    resting = await api.placed()
    await api.send("DELETE", f"/orders/{resting}")
    return await api.send("DELETE", f"/orders/{resting}")


async def replace_of_filled_order(api: Api) -> Reply:
    resting = await api.placed()
    await api.placed(side="sell")
    return await api.send("PATCH", f"/orders/{resting}", {"price": "101"})


def placing(**changes: object) -> Callable[[Api], Awaitable[Reply]]:
    return lambda api: api.place(**changes)


def sending(method: str, path: str, body: object = None) -> Callable[[Api], Awaitable[Reply]]:
    return lambda api: api.send(method, path, body)


# What a client does, and the error that this has to be.
FAILING: list[tuple[Callable[[Api], Awaitable[Reply]], str, str | None, str]] = [
    (
        placing(quantity="x"),
        "malformed",
        "quantity",
        (
            'quantity must be a positive decimal number such as "100.25", '
            "with at most 15 digits before the point and 12 after it"
        ),
    ),
    (sending("GET", "/nothing"), "not_found", None, "there is no such route"),
    (
        placing(symbol="XRP-USD"),
        "unknown_symbol",
        "symbol",
        "'XRP-USD' is not traded here; traded are BTC-USD, ETH-USD, BTC-JPY",
    ),
    (
        sending("GET", "/orders/BTC-USD-7"),
        "order_not_found",
        "order_id",
        "there is no order BTC-USD-7",
    ),
    (
        sending("DELETE", "/orders/BTC-USD-7"),
        "order_not_found",
        "order_id",
        "there is no order BTC-USD-7",
    ),
    (
        sending("DELETE", "/orders/7"),
        "order_not_found",
        "order_id",
        "there is no order '7'",
    ),
    (
        sending("PUT", "/symbols"),
        "method_not_allowed",
        None,
        "PUT is not possible here, only GET, HEAD, OPTIONS",
    ),
    (order_final, "order_final", "order_id", "order BTC-USD-1 is canceled: it cannot change"),
    (
        replace_of_filled_order,
        "order_final",
        "order_id",
        "order BTC-USD-1 is filled: it cannot change",
    ),
    (
        placing(x="x" * 70_000),
        "too_large",
        None,
        "the body is larger than 65536 bytes, or in too many pieces",
    ),
    (
        placing(price="100.005"),
        "invalid_price",
        "price",
        "price 100.005 is not a multiple of the tick size 0.01",
    ),
    (
        placing(type="stop_limit", trigger_price="99.999"),
        "invalid_price",
        "trigger_price",
        "trigger_price 99.999 is not a multiple of the tick size 0.01",
    ),
    (
        placing(symbol="ETH-USD", quantity="1.0001"),
        "invalid_quantity",
        "quantity",
        "quantity 1.0001 is not a multiple of the lot size 0.001",
    ),
    (
        client_order_id_reused,
        "client_order_id_reused",
        "client_order_id",
        "client_order_id mine belongs to order BTC-USD-1, whose body was another",
    ),
    (
        price_not_allowed,
        "price_not_allowed",
        "price",
        "price is not allowed for stop orders: they have no limit price",
    ),
    (
        quantity_filled,
        "quantity_filled",
        "quantity",
        "quantity 2.00000000 is not more than the filled quantity 2.00000000",
    ),
    (
        placing(quantity="0.00009999"),
        "quantity_too_small",
        "quantity",
        "quantity 0.00009999 is below the minimum 0.00010000",
    ),
    (
        placing(quantity="10000.00000001"),
        "quantity_too_large",
        "quantity",
        "quantity 10000.00000001 is above the maximum 10000.00000000",
    ),
    (
        placing(price="1000000.01"),
        "price_too_large",
        "price",
        "price 1000000.01 is above the maximum 1000000.00",
    ),
    (
        placing(type="stop_limit", trigger_price="1000000.01"),
        "trigger_price_too_large",
        "trigger_price",
        "trigger_price 1000000.01 is above the maximum 1000000.00",
    ),
    (
        placing(price="0.99"),
        "notional_too_small",
        "quantity",
        "price x quantity = 0.99 is below the minimum notional 1.00",
    ),
    (
        notional_too_small_by_replace,
        "notional_too_small",
        "quantity",
        "price x quantity = 0.99 is below the minimum notional 1.00",
    ),
    (
        placing(price="1000000", quantity="10000"),
        "notional_too_large",
        "quantity",
        "price x quantity = 10000000000.00 is above the maximum notional 922337203.6854775807",
    ),
    (
        placing(time_in_force="gtd", expires_at="2026-05-02T10:00:00Z"),
        "already_expired",
        "expires_at",
        f"expires_at {START} is not after the time of the exchange, {START}",
    ),
    (
        too_many_open_orders,
        "too_many_open_orders",
        "account",
        "account alice has the maximum of 2 open orders",
    ),
    (book_full, "book_full", None, "ETH-USD has the maximum of 4 open orders"),
    (
        price_band,
        "price_band",
        "price",
        "price 105.05 is more than 500 basis points away from the last trade",
    ),
    (
        post_only_would_take,
        "post_only_would_take",
        "post_only",
        "a post_only order at 100.00 would take from the other side",
    ),
]

# These have tests of their own below.
ELSEWHERE = {"timeout", "internal", "busy", "halted"}
# And these in test_durable.py, test_history.py and test_rates.py.
ELSEWHERE |= {
    "too_many_requests",
    "forbidden",
    "not_halted",
    "crashed",
    "outcome_unknown",
    "history_unavailable",
}
# And these in test_websocket.py, test_streams.py, test_origins.py and test_trading*.py.
ELSEWHERE |= {"too_many_messages", "too_many_subscriptions", "origin_not_allowed"}
ELSEWHERE |= {"other_account", "no_account", "too_many_switches"}


def test_every_code_is_tested() -> None:
    assert {code for _, code, _, _ in FAILING} | ELSEWHERE == {str(code) for code in FAILURES}


@pytest.mark.parametrize(
    ("failing", "code", "field", "message"), FAILING, ids=[row[1] for row in FAILING]
)
async def test_a_failure_has_its_code_its_status_its_field_and_says_the_rule(
    api: Api,
    failing: Callable[[Api], Awaitable[Reply]],
    code: str,
    field: str | None,
    message: str,
) -> None:
    reply = await failing(api)
    assert (reply.code, reply.field, reply.message) == (code, field, message)
    assert reply.status == FAILURES[code].status
    assert REQUEST_ID.fullmatch(reply.headers["x-request-id"])


async def test_a_refused_order_changes_nothing(api: Api) -> None:
    await api.placed()
    before = api.hashes()
    for changes in ({"price": "0.99"}, {"quantity": "0.00009999"}, {"quantity": "nothing"}):
        assert (await api.place(**changes)).status in {400, 422}
    assert api.hashes() == before


async def test_a_method_that_is_not_allowed_names_those_that_are(api: Api) -> None:
    reply = await api.send("PUT", "/orders/BTC-USD-1")
    assert reply.status == 405
    assert reply.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
async def test_a_body_of_another_type_is_malformed(api: Api, content_type: str) -> None:
    reply = await api.send("POST", "/orders", order(), content_type=content_type)
    assert (reply.status, reply.code) == (400, "malformed")
    assert reply.message == "the content-type must be application/json"


async def test_the_type_of_a_body_may_name_its_charset(api: Api) -> None:
    content_type = "application/json; charset=utf-8"
    reply = await api.send("POST", "/orders", order(), content_type=content_type)
    assert reply.status == 201


async def test_a_bug_is_logged_with_its_request_id_and_told_to_nobody(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(api.exchange, "post", broken)
    with capture_logs() as logs:
        reply = await api.place()
    assert (reply.status, reply.code) == (500, "internal")
    assert "secret" not in str(reply.json)
    [entry] = logs
    assert entry["event"] == "request failed"
    assert entry["request_id"] == reply.headers["x-request-id"]
    assert str(entry["exc_info"]) == "secret"


async def test_a_group_of_bugs_is_a_bug(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ExceptionGroup("two", [RuntimeError("secret"), ValueError("secret")])

    monkeypatch.setattr(api.exchange, "post", broken)
    with capture_logs() as logs:
        reply = await api.place()
    assert (reply.status, reply.code) == (500, "internal")
    assert [entry["event"] for entry in logs] == ["request failed"]


async def test_an_exchange_that_does_not_run_is_halted() -> None:
    api = Api(Exchange(INSTRUMENTS), Clock())
    for reply in (await api.place(), await api.send("DELETE", "/orders/BTC-USD-1")):
        assert (reply.status, reply.code) == (503, "halted")
        assert reply.headers["retry-after"] == "1"


async def test_a_full_inbox_is_busy_at_once_and_takes_orders_again_later() -> None:
    exchange = Exchange(INSTRUMENTS, inbox_max=1)
    api = Api(exchange, Clock())
    exchange.running = True  # It takes orders, but nobody carries them out yet.
    async with trio.open_nursery() as nursery:
        nursery.start_soon(api.placed)
        await trio.testing.wait_all_tasks_blocked()
        reply = await api.place()
        assert (reply.status, reply.code) == (503, "busy")
        assert reply.headers["retry-after"] == "1"
        batch = await api.send("POST", "/orders/batch", {"orders": [order(), order(price="x")]})
        assert [result["error"]["code"] for result in batch.json["results"]] == [
            "busy",
            "malformed",
        ]
        await nursery.start(exchange.run)
        assert (await api.place()).status == 201
        nursery.cancel_scope.cancel()


async def test_a_body_that_does_not_come_is_a_timeout() -> None:
    app = create_app(Exchange(INSTRUMENTS), limits=Limits(body_s=0.05))
    async with serving(app) as address, connected(address) as client:
        await client.send(
            b"POST /orders HTTP/1.1\r\nHost: x\r\n"
            b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        )
        status, answer = await client.answer()
        assert (status, json.loads(answer)["error"]["code"]) == (408, "timeout")
