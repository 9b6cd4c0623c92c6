"""The routes of what everybody may see, and that nobody's name is in it."""

import json

import pytest

from api import SECOND_NS, START, Api


async def test_an_empty_book(api: Api) -> None:
    reply = await api.send("GET", "/orderbook/BTC-USD")
    empty = {"symbol": "BTC-USD", "sequence": 0, "time": None, "bids": [], "asks": []}
    assert (reply.status, reply.json) == (200, empty)


async def test_the_book_by_price_has_the_best_level_first(api: Api) -> None:
    for side, price, quantity in (
        ("buy", "99", "1"),
        ("buy", "100", "0.5"),
        ("buy", "100", "0.25"),
        ("sell", "102", "1"),
        ("sell", "101.5", "2"),
    ):
        await api.placed(side=side, price=price, quantity=quantity)
    reply = await api.send("GET", "/orderbook/BTC-USD")
    assert reply.json == {
        "symbol": "BTC-USD",
        "sequence": 5,
        "time": START,
        "bids": [["100.00", "0.75000000", 2], ["99.00", "1.00000000", 1]],
        "asks": [["101.50", "2.00000000", 1], ["102.00", "1.00000000", 1]],
    }
    best = (await api.send("GET", "/orderbook/BTC-USD?depth=1&level=2")).json
    assert best["bids"] == [["100.00", "0.75000000", 2]]
    assert best["asks"] == [["101.50", "2.00000000", 1]]
    orders = (await api.send("GET", "/orderbook/BTC-USD?level=3&depth=2")).json
    assert orders["bids"] == [
        ["100.00", "0.50000000", "BTC-USD-2"],
        ["100.00", "0.25000000", "BTC-USD-3"],
    ]
    assert orders["asks"][0] == ["101.50", "2.00000000", "BTC-USD-5"]
    assert len(orders["asks"]) == 2


async def test_trades_are_listed_newest_first_and_page_back_to_the_first(api: Api) -> None:
    await api.placed(quantity="10")
    for _ in range(5):
        api.clock.time_ns += SECOND_NS
        await api.placed(side="sell", quantity="0.1")
    page = (await api.send("GET", "/trades/BTC-USD?limit=2")).json
    assert page["symbol"] == "BTC-USD"
    assert page["trades"][0] == {
        "trade_id": 5,
        "symbol": "BTC-USD",
        "price": "100.00",
        "quantity": "0.10000000",
        "aggressor_side": "sell",
        "maker_order_id": "BTC-USD-1",
        "taker_order_id": "BTC-USD-6",
        "maker_fee": "-0.001",
        "taker_fee": "0.0025",
        "sequence": 6,
        "time": "2026-05-02T10:00:05.000000000Z",
    }
    ids = [trade["trade_id"] for trade in page["trades"]]
    while page["next"] is not None:
        page = (await api.send("GET", f"/trades/BTC-USD?limit=2&before={page['next']}")).json
        ids += [trade["trade_id"] for trade in page["trades"]]
    assert ids == [5, 4, 3, 2, 1]


async def test_no_trades(api: Api) -> None:
    reply = await api.send("GET", "/trades/BTC-USD")
    assert reply.json == {"symbol": "BTC-USD", "trades": [], "next": None}


@pytest.mark.parametrize("path", ["/orderbook/XRP-USD", "/trades/XRP-USD", "/trades/btc-usd"])
async def test_an_unknown_symbol_is_not_found(api: Api, path: str) -> None:
    reply = await api.send("GET", path)
    assert (reply.status, reply.code) == (404, "unknown_symbol")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/orderbook/BTC-USD?depth=0", "depth"),
        ("/orderbook/BTC-USD?depth=1001", "depth"),
        ("/orderbook/BTC-USD?level=1", "level"),
        ("/orderbook/BTC-USD?level=4", "level"),
        ("/orderbook/BTC-USD?deep=20", "deep"),
        ("/trades/BTC-USD?limit=0", "limit"),
        ("/trades/BTC-USD?limit=501", "limit"),
        ("/trades/BTC-USD?before=0", "before"),
        ("/trades/BTC-USD?before=x", "before"),
        ("/trades/BTC-USD?before=" + "9" * 19, "before"),
        ("/trades/BTC-USD?since=1", "since"),
    ],
)
async def test_a_wrong_query_is_malformed(api: Api, path: str, field: str) -> None:
    reply = await api.send("GET", path)
    assert (reply.status, reply.code, reply.field) == (400, "malformed", field)


async def test_the_instruments_and_their_rules(api: Api) -> None:
    symbols = (await api.send("GET", "/symbols")).json["symbols"]
    assert [rules["symbol"] for rules in symbols] == ["BTC-USD", "ETH-USD", "BTC-JPY"]
    assert symbols[0] == {
        "symbol": "BTC-USD",
        "base": "BTC",
        "quote": "USD",
        "tick_size": "0.01",
        "lot_size": "0.00000001",
        "quantity_min": "0.00010000",
        "quantity_max": "10000.00000000",
        "price_max": "1000000.00",
        "notional_min": "1.00",
        "notional_max": "922337203.6854775807",
        "maker_fee_rate": "-0.0001",
        "taker_fee_rate": "0.00025",
        "price_band_bps": 0,
        "open_orders_max": 1000000,
        "account_open_orders_max": 1000,
    }
    assert (symbols[1]["tick_size"], symbols[1]["lot_size"]) == ("0.05", "0.001")
    assert (symbols[2]["tick_size"], symbols[2]["lot_size"]) == ("5", "10")


async def test_nothing_public_names_an_account_or_a_client_order_id(api: Api) -> None:
    for number, side in enumerate(("buy", "sell", "buy")):
        name = f"secret {number}"
        await api.placed(side=side, account=name, client_order_id=name)
        await api.placed(side="sell", price="200", account="secret")
    for path in ("orderbook/BTC-USD", "orderbook/BTC-USD?level=3", "trades/BTC-USD", "symbols"):
        reply = await api.send("GET", f"/{path}")
        assert reply.status == 200
        assert "secret" not in json.dumps(reply.json)
