"""Orders over WebSocket: what may be asked for, and what is answered. No sockets."""

import pytest
from trio.testing import MockClock

from api import Api, order
from goquant.actors.calls import Refused
from goquant.web.app import create_app
from goquant.web.limits import Limits
from streaming import rejected
from trading import open_orders, seen, trader


async def test_an_order_is_answered_as_over_rest(api: Api) -> None:
    async with trader(api, "reports=false") as client:
        placed = await client.place(price="100", account="bob", client_order_id="mine")
        assert placed == await seen(api, placed["order_id"])
        assert placed["account"] == "bob"
        assert await client.place(price="100", account="bob", client_order_id="mine") == placed
        replaced = (await client.ask("replace", order_id=placed["order_id"], price="101"))["order"]
        assert replaced["price"] == "101.00"
        assert replaced == await seen(api, placed["order_id"])
        canceled = (await client.ask("cancel", order_id=placed["order_id"]))["order"]
        assert canceled["status"] == "canceled"
        assert canceled == await seen(api, placed["order_id"])
        assert await client.quiet()


async def test_a_batch_is_answered_in_its_order_whatever_its_entries(api: Api) -> None:
    async with trader(api, "reports=false") as client:
        entries: list[object] = [
            order(price="100"),
            order(price="100.001"),
            {"op": "replace", "order_id": "BTC-USD-1", "quantity": "2"},
            {"op": "cancel", "order_id": "BTC-USD-1"},
            order(symbol="ETH-USD", price="100"),
            {"op": "cancel", "order_id": "BTC-USD-1"},
            17,
        ]
        results = (await client.ask("batch", orders=entries))["results"]
        kinds = [
            each["order"]["status"] if "order" in each else each["error"]["code"]
            for each in results
        ]
        assert kinds == [
            "new",
            "invalid_price",
            "new",
            "canceled",
            "new",
            "order_final",
            "malformed",
        ]
        assert results[2]["order"]["quantity"] == "2.00000000"


async def test_what_is_pipelined_is_all_answered_by_its_id_and_a_symbol_in_order(api: Api) -> None:
    async with trader(api, "reports=false") as client:
        for number in range(300):
            symbol = "BTC-USD" if number % 2 else "BTC-JPY"
            body = order(symbol=symbol, price="100", quantity="10", side="buy")
            await client.send("place", id=number, **body)
        answers = [await client.answer() for _ in range(300)]
    assert sorted(each["id"] for each in answers) == list(range(300))
    for symbol in ("BTC-USD", "BTC-JPY"):
        own = [each for each in answers if each["order"]["symbol"] == symbol]
        assert [each["id"] for each in own] == sorted(each["id"] for each in own)
        assert [each["order"]["order_id"] for each in own] == [
            f"{symbol}-{number}" for number in range(1, 151)
        ]


@pytest.mark.parametrize(
    ("op", "fields", "code", "field"),
    [
        ("buy", {}, "malformed", "op"),
        ("place", {}, "malformed", "symbol"),
        ("place", order(price="1e3"), "malformed", "price"),
        ("place", order(symbol="X"), "unknown_symbol", "symbol"),
        ("place", order(price="100.001"), "invalid_price", "price"),
        ("place", order(extra=1), "malformed", "extra"),
        ("place", order(quantity="0.00000001"), "quantity_too_small", "quantity"),
        ("replace", {"order_id": "BTC-USD-9", "price": "1"}, "order_not_found", "order_id"),
        ("replace", {"order_id": "BTC-USD-9"}, "malformed", None),
        ("cancel", {"order_id": 9}, "malformed", "order_id"),
        ("cancel", {"order_id": "BTC-USD-9"}, "order_not_found", "order_id"),
        ("batch", {}, "malformed", "orders"),
        ("batch", {"orders": []}, "malformed", "orders"),
        ("cancel_all", {"symbol": "X"}, "unknown_symbol", "symbol"),
        ("cancel_all", {"side": "buy"}, "malformed", "side"),
        ("cancel_after", {"seconds": 1}, "no_account", "account"),
        ("cancel_after", {"seconds": -1}, "malformed", "seconds"),
        ("cancel_after", {"seconds": 86_401}, "malformed", "seconds"),
        ("cancel_after", {"seconds": "1"}, "malformed", "seconds"),
        ("cancel_after", {"seconds": True}, "malformed", "seconds"),
        ("cancel_after", {}, "malformed", "seconds"),
    ],
)
async def test_what_is_wrong_is_answered_with_the_error_and_changes_nothing(
    api: Api, op: str, fields: dict[str, object], code: str, field: str | None
) -> None:
    before = api.hashes()
    async with trader(api, "reports=false") as client:
        assert await client.refused(op, **fields) == (code, field)
        assert api.hashes() == before
        assert await client.place(), "and it goes on"


async def test_all_orders_of_a_symbol_of_an_account_or_of_everybody_are_canceled(api: Api) -> None:
    async with trader(api, "reports=false") as client:
        for account in ("alice", "bob", None):
            for symbol in ("BTC-USD", "ETH-USD"):
                await client.place(symbol=symbol, account=account)
        answer = await client.ask("cancel_all", account="alice", symbol="BTC-USD")
        assert [each["order_id"] for each in answer["orders"]] == ["BTC-USD-1"]
        answer = await client.ask("cancel_all", account="alice")
        assert [each["order_id"] for each in answer["orders"]] == ["ETH-USD-1"]
        answer = await client.ask("cancel_all")
        assert len(answer["orders"]) == 4
        assert await open_orders(api) == []


async def test_a_session_of_an_account_trades_for_it_alone(api: Api) -> None:
    async with trader(api, "account=alice&reports=false") as client:
        assert (await client.place())["account"] == "alice"
        assert (await client.place(account="alice"))["account"] == "alice"
        assert await client.refused("place", **order(account="bob")) == ("other_account", "account")
        results = (await client.ask("batch", orders=[order(), order(account="bob")]))["results"]
        assert results[0]["order"]["account"] == "alice"
        assert results[1]["error"]["code"] == "other_account"
        assert await client.refused("cancel_all", account="bob") == ("other_account", "account")
        await api.placed(account="bob")
        assert len((await client.ask("cancel_all"))["orders"]) == 3
        assert len(await open_orders(api, "bob")) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("account=", "malformed"),
        ("reports=yes", "malformed"),
        ("cancel_on_disconnect=1", "malformed"),
        ("symbols=X", "unknown_symbol"),
        ("depth=5", "malformed"),
        ("since=5", "malformed"),
        ("account=a&account=b", "malformed"),
    ],
)
async def test_a_handshake_that_asks_for_what_there_is_not_is_refused(
    api: Api, query: str, code: str
) -> None:
    assert (await rejected(api, f"/ws/orders?{query}")).code == code


async def test_a_market_that_cannot_be_seen_has_no_reports_but_others_have(api: Api) -> None:
    view = api.exchange.symbol("ETH-USD").view
    view.cover()
    view.close(Refused("its disk has failed"))
    assert (await rejected(api, "/ws/orders?account=alice")).code == "halted"
    async with trader(api, "account=alice&symbols=BTC-USD") as client:
        assert (await client.event())["type"] == "snapshot"


async def test_the_orders_of_an_account_are_limited_as_over_rest(
    api: Api, mock_clock: MockClock
) -> None:
    api.use(create_app(api.exchange, limits=Limits(orders_per_s_max=1, orders_burst_max=2)))
    async with trader(api, "account=alice&reports=false") as client:
        placed = await client.place()
        await api.placed(account="alice")
        assert await client.refused("place", **order()) == ("too_many_requests", None)
        results = (await client.ask("batch", orders=[order()]))["results"]
        assert results[0]["error"]["code"] == "too_many_requests"
        assert "order" in await client.ask("cancel", order_id=placed["order_id"])
