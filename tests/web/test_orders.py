"""The routes of orders: place, batch, see, list, replace, cancel."""

import json
from collections import Counter

import pytest
import trio

from api import INSTRUMENTS, SECOND_NS, START, Api, Clock, order
from goquant.actors.exchange import Exchange
from goquant.book.blotter import Blotter
from goquant.web.app import create_app
from sockets import connected, eventually, serving

NEW_ORDER: dict[str, object] = {
    "order_id": "BTC-USD-1",
    "client_order_id": "mine",
    "symbol": "BTC-USD",
    "account": "alice",
    "side": "buy",
    "type": "limit",
    "time_in_force": "gtc",
    "expires_at": None,
    "post_only": False,
    "self_trade_prevention": "cancel_taker",
    "price": "100.00",
    "trigger_price": None,
    "quantity": "1.00000000",
    "filled_quantity": "0.00000000",
    "remaining_quantity": "1.00000000",
    "average_price": None,
    "status": "new",
    "reason": None,
    "fee": "0.00",
    "fee_currency": "USD",
    "sequence": 1,
    "created_at": START,
    "updated_at": START,
    "fills": [],
}


async def test_a_new_order_is_created_and_can_be_read(api: Api) -> None:
    reply = await api.place(account="alice", client_order_id="mine")
    assert (reply.status, reply.json) == (201, NEW_ORDER)
    assert list(reply.json) == list(NEW_ORDER)
    reply = await api.send("GET", "/orders/BTC-USD-1")
    assert (reply.status, reply.json) == (200, NEW_ORDER)


async def test_a_repeated_client_order_id_gives_the_same_order(api: Api) -> None:
    await api.place(account="alice", client_order_id="mine")
    reply = await api.place(account="alice", client_order_id="mine", price=100.0)
    assert (reply.status, reply.json) == (200, NEW_ORDER)
    assert (await api.place(account="bob", client_order_id="mine")).status == 201


async def test_a_trade_fills_both_orders_and_charges_each_its_fee(api: Api) -> None:
    maker = await api.placed(quantity="0.3")
    await api.placed(price="99", quantity="5")
    api.clock.time_ns += SECOND_NS
    taker = (await api.place(side="sell", type="market", price=None, quantity="1")).json
    time = "2026-05-02T10:00:01.000000000Z"
    assert taker["status"] == "filled"
    assert taker["average_price"] == "99.300000"
    assert taker["fee"] == "0.024825"
    assert taker["fills"] == [
        {
            "trade_id": 1,
            "price": "100.00",
            "quantity": "0.30000000",
            "liquidity": "taker",
            "fee": "0.0075",
            "time": time,
        },
        {
            "trade_id": 2,
            "price": "99.00",
            "quantity": "0.70000000",
            "liquidity": "taker",
            "fee": "0.017325",
            "time": time,
        },
    ]
    made = (await api.send("GET", f"/orders/{maker}")).json
    assert (made["status"], made["fee"], made["sequence"]) == ("filled", "-0.003", 3)
    assert (made["created_at"], made["updated_at"]) == (START, time)
    assert made["fills"][0]["liquidity"] == "maker"


async def test_what_finds_no_liquidity_is_canceled_with_the_reason(api: Api) -> None:
    reply = await api.place(type="market", price=None)
    assert reply.status == 201
    assert (reply.json["status"], reply.json["reason"]) == ("canceled", "no_liquidity")
    assert reply.json["remaining_quantity"] == "1.00000000"


@pytest.mark.parametrize("kind", ["ioc", "fok"])
async def test_a_time_in_force_is_accepted_as_a_type(api: Api, kind: str) -> None:
    shown = (await api.place(type=kind)).json
    assert (shown["type"], shown["time_in_force"]) == ("limit", kind)


async def test_an_order_expires_at_its_time_and_shows_nine_digits(api: Api) -> None:
    expires_at = "2026-05-02T11:00:00.000001Z"
    placed = (await api.place(time_in_force="gtd", expires_at=expires_at)).json
    assert placed["expires_at"] == "2026-05-02T11:00:00.000001000Z"
    api.clock.time_ns += 3601 * SECOND_NS
    await api.placed()
    expired = (await api.send("GET", "/orders/BTC-USD-1")).json
    assert (expired["status"], expired["reason"]) == ("expired", "expired")


async def test_steps_that_are_no_fractions(api: Api) -> None:
    placed = (await api.place(symbol="BTC-JPY", price="9000005", quantity="20")).json
    assert (placed["price"], placed["quantity"]) == ("9000005", "20")
    await api.placed(symbol="BTC-JPY", side="sell", price="9000005", quantity="10")
    filled = (await api.send("GET", "/orders/BTC-JPY-1")).json
    assert (filled["average_price"], filled["fee"]) == ("9000005.0000", "-9000.005")


async def test_replace_changes_price_and_quantity(api: Api) -> None:
    placed = await api.placed()
    reply = await api.send("PATCH", f"/orders/{placed}", {"price": "101.5", "quantity": 2})
    assert reply.status == 200
    assert (reply.json["price"], reply.json["quantity"]) == ("101.50", "2.00000000")
    assert (reply.json["order_id"], reply.json["sequence"]) == (placed, 2)


@pytest.mark.parametrize(
    "body", [{}, {"price": None}, {"price": "0"}, {"side": "sell"}, {"price": "x"}]
)
async def test_a_replace_has_to_name_what_can_be_replaced(api: Api, body: object) -> None:
    placed = await api.placed()
    reply = await api.send("PATCH", f"/orders/{placed}", body)
    assert (reply.status, reply.code) == (400, "malformed")


async def test_cancel_gives_the_canceled_order(api: Api) -> None:
    placed = await api.placed()
    reply = await api.send("DELETE", f"/orders/{placed}")
    assert (reply.status, reply.json["order_id"]) == (200, placed)
    assert (reply.json["status"], reply.json["reason"]) == ("canceled", "requested")
    assert (await api.send("GET", f"/orders/{placed}")).json == reply.json


async def test_a_batch_is_carried_out_in_order_and_each_entry_has_its_own_result(api: Api) -> None:
    entries = [
        order(),
        order(symbol="ETH-USD", op="place"),
        order(price="100.001"),
        {"op": "replace", "order_id": "BTC-USD-1", "price": "101"},
        order(side="sell", quantity="0.4"),
        {"op": "cancel", "order_id": "BTC-USD-1"},
        {"op": "cancel", "order_id": "BTC-USD-1"},
        {"op": "cancel", "order_id": "nobody's"},
        "nonsense",
    ]
    reply = await api.send("POST", "/orders/batch", {"orders": entries})
    assert reply.status == 200
    assert [outcome(result) for result in reply.json["results"]] == [
        "BTC-USD-1 new",
        "ETH-USD-1 new",
        "invalid_price",
        "BTC-USD-1 new",
        "BTC-USD-3 filled",
        "BTC-USD-1 canceled",
        "order_final",
        "order_not_found",
        "malformed",
    ]


def outcome(result: dict[str, dict[str, str]]) -> str:
    [(kind, value)] = result.items()
    return value["code"] if kind == "error" else f"{value['order_id']} {value['status']}"


@pytest.mark.parametrize(
    "body", [{}, {"orders": []}, {"orders": {}}, {"orders": [{}] * 101}, {"orders": [], "x": 1}]
)
async def test_a_batch_has_from_1_to_100_entries(api: Api, body: object) -> None:
    reply = await api.send("POST", "/orders/batch", body)
    assert (reply.status, reply.code) == (400, "malformed")


async def test_a_cancel_of_an_order_that_comes_later_in_the_batch_finds_none(api: Api) -> None:
    entries = [{"op": "cancel", "order_id": "BTC-USD-2"}, order()]
    reply = await api.send("POST", "/orders/batch", {"orders": entries})
    refused, placed = reply.json["results"]
    assert refused["error"]["code"] == "order_not_found"
    assert placed["order"]["order_id"] == "BTC-USD-2"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/orders", {"account": "alice"}),
        ("DELETE", "/orders/BTC-USD-1", {"symbol": "BTC-USD"}),
        ("DELETE", "/orders/BTC-USD-1?account=alice", None),
        ("GET", "/orders", {"account": "alice"}),
        ("GET", "/orders/BTC-USD-1?depth=1", None),
        ("POST", "/orders?symbol=BTC-USD", order()),
        ("PATCH", "/orders/BTC-USD-1?price=1", {"price": "1"}),
        ("GET", "/symbols?symbol=BTC-USD", None),
        ("GET", "/orderbook/BTC-USD", {"depth": 1}),
    ],
)
async def test_what_a_route_would_ignore_is_refused(
    api: Api, method: str, path: str, body: object
) -> None:
    await api.placed()
    before = api.hashes()
    reply = await api.send(method, path, body)
    assert (reply.status, reply.code) == (400, "malformed")
    assert api.hashes() == before


async def test_the_longest_batch_fits(api: Api) -> None:
    longest = order(
        type="take_profit_limit",
        quantity="1" * 4 + "." + "1" * 8 + "0" * 4,
        price="100.000000000000",
        trigger_price="100.000000000000",
        time_in_force="gtd",
        expires_at="2026-05-02T11:00:00.000000001+00:00",
        post_only=False,
        self_trade_prevention="cancel_maker",
        account="a" * 64,
    )
    entries = [{**longest, "client_order_id": f"{number:036}"} for number in range(100)]
    reply = await api.send("POST", "/orders/batch", {"orders": entries})
    assert Counter(map(tuple, reply.json["results"])) == {("order",): 100}


async def test_cancel_all_is_for_a_symbol_an_account_both_or_everything(api: Api) -> None:
    for symbol in ("BTC-USD", "ETH-USD"):
        for account in ("alice", "bob", None):
            await api.placed(symbol=symbol, account=account)

    async def cancel(query: str) -> list[str]:
        reply = await api.send("DELETE", f"/orders{query}")
        assert reply.status == 200
        assert all(each["status"] == "canceled" for each in reply.json["orders"])
        return [each["order_id"] for each in reply.json["orders"]]

    assert await cancel("?symbol=BTC-USD&account=alice") == ["BTC-USD-1"]
    assert await cancel("?account=alice") == ["ETH-USD-1"]
    assert await cancel("?symbol=ETH-USD") == ["ETH-USD-2", "ETH-USD-3"]
    assert await cancel("") == ["BTC-USD-2", "BTC-USD-3"]
    assert await cancel("") == []


@pytest.mark.parametrize(
    "query", ["symbl=BTC-USD", "account=", "account=a&account=b", "status=open"]
)
async def test_cancel_all_with_a_wrong_query_cancels_nothing(api: Api, query: str) -> None:
    await api.placed()
    reply = await api.send("DELETE", f"/orders?{query}")
    assert (reply.status, reply.code) == (400, "malformed")
    assert (await api.send("GET", "/orders/BTC-USD-1")).json["status"] == "new"


async def listed(api: Api, query: str = "") -> list[str]:
    """The ids of all pages of a query."""
    ids: list[str] = []
    cursor = ""
    while True:
        reply = await api.send("GET", f"/orders?{query}{cursor}")
        assert reply.status == 200, reply.json
        ids += [each["order_id"] for each in reply.json["orders"]]
        if reply.json["next"] is None:
            return ids
        cursor = f"&cursor={reply.json['next']}"


async def test_orders_are_listed_newest_first_over_all_symbols(api: Api) -> None:
    expected: list[str] = []
    for symbol in ("BTC-USD", "ETH-USD", "BTC-USD", "BTC-JPY", "ETH-USD", "BTC-USD"):
        api.clock.time_ns += SECOND_NS
        expected.insert(0, await api.placed(symbol=symbol, quantity="10"))
    for limit in range(1, 8):
        assert await listed(api, f"limit={limit}") == expected
    assert await listed(api, "symbol=ETH-USD&limit=1") == ["ETH-USD-2", "ETH-USD-1"]


async def test_orders_are_listed_by_status_and_account(api: Api) -> None:
    filled = await api.placed(account="alice")
    await api.placed(account="bob", side="sell", quantity="0.4")
    canceled = await api.placed(account="bob", price="50")
    await api.send("DELETE", f"/orders/{canceled}")
    armed = await api.placed(account="alice", type="stop", price=None, trigger_price="110")
    new = await api.placed(account="alice", price="50")
    assert await listed(api, "status=open") == [new, armed, filled]
    assert await listed(api, "status=partially_filled") == [filled]
    assert await listed(api, "status=canceled") == [canceled]
    assert await listed(api, "status=filled&account=alice") == []
    assert await listed(api, "status=armed&account=alice&symbol=BTC-USD") == [armed]


async def test_orders_that_come_in_meanwhile_do_not_disturb_the_pages(api: Api) -> None:
    first = [await api.placed(symbol="BTC-USD"), await api.placed(symbol="BTC-USD")]
    page = (await api.send("GET", "/orders?limit=1")).json
    assert [each["order_id"] for each in page["orders"]] == first[1:]
    for symbol in ("BTC-USD", "ETH-USD"):
        await api.placed(symbol=symbol)
    page = (await api.send("GET", f"/orders?limit=1&cursor={page['next']}")).json
    assert [each["order_id"] for each in page["orders"]] == first[:1]


async def test_a_page_that_looked_at_too_many_orders_goes_on_where_it_stopped(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goquant.book.blotter.SCAN_MAX", 3)
    wanted: list[str] = []
    for number in range(10):
        api.clock.time_ns += SECOND_NS
        account = "alice" if number % 4 == 0 else "bob"
        placed = await api.placed(account=account)
        other = await api.placed(symbol="BTC-JPY", quantity="10", account=account)
        if account == "alice":
            wanted[:0] = [placed, other]
    assert await listed(api, "account=alice") == wanted


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=1.5", "limit"),
        ("limit=-1", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=1&limit=1", "limit"),
        ("status=gone", "status"),
        ("status=", "status"),
        ("account=", "account"),
        ("cursor=x", "cursor"),
        ("cursor=e30=", "cursor"),
        ("cursor=eyJCVEMtVVNEIjowfQ==", "cursor"),
        ("cursor=eyJCVEMtVVNEIjoxfQ==", "cursor"),
        ("cursor=%FF", "cursor"),
        ("page=2", "page"),
    ],
)
async def test_a_wrong_query_is_malformed(api: Api, query: str, field: str) -> None:
    reply = await api.send("GET", f"/orders?{query}")
    assert (reply.status, reply.code, reply.field) == (400, "malformed", field)


async def test_the_orders_of_an_unknown_symbol_are_not_found(api: Api) -> None:
    for method in ("GET", "DELETE"):
        reply = await api.send(method, "/orders?symbol=XRP-USD")
        assert (reply.status, reply.code) == (404, "unknown_symbol")


# As they are written, and in a way that only Quart understands.
@pytest.mark.parametrize("path", ["/orders", "/%6frders"])
async def test_an_order_whose_client_left_is_carried_out_once(path: str) -> None:
    """The client leaves after its order is in the inbox and before anyone looks at it."""
    exchange = Exchange(INSTRUMENTS)
    app = create_app(exchange)
    exchange.running = True
    actor = exchange.symbol("BTC-USD")
    body = json.dumps(order(client_order_id="mine")).encode()
    async with serving(app) as address, trio.open_nursery() as nursery:
        async with connected(address) as client:
            await client.post(path, body, "Content-Type: application/json")
            await eventually(lambda: actor.inbox_depth == 1)
        await nursery.start(exchange.run)
        async with connected(address) as client:
            await client.post(path, body, "Content-Type: application/json")
            status, answer = await client.answer()
        assert (status, json.loads(answer)["order_id"]) == (200, "BTC-USD-1")
        assert list(actor.engine.book.orders) == [1]
        nursery.cancel_scope.cancel()


async def test_a_repeated_order_that_is_forgotten_is_not_placed_again() -> None:
    clock = Clock()
    exchange = Exchange(INSTRUMENTS, clock=clock)
    actor = exchange.symbol("BTC-USD")
    actor.market.blotter = Blotter(finished_orders_max=1)
    api = Api(exchange, clock)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        await api.placed(type="ioc", client_order_id="mine")
        await api.placed(type="ioc")
        reply = await api.place(type="ioc", client_order_id="mine")
        assert (reply.status, reply.code) == (409, "order_final")
        assert reply.message == "order BTC-USD-1 is no longer on record: it cannot change"
        nursery.cancel_scope.cancel()
