"""What memory has forgotten clients find in the history: trades, orders, candles, the ticker."""

import trio

from api import SECOND_NS, Api
from past import Past

HOUR_NS = 3_600 * SECOND_NS


def flat(pages: list[list[object]]) -> list[object]:
    return [each for page in pages for each in page]


async def test_trades_page_back_to_the_first_one_ever(past: Past) -> None:
    await past.trade(7)
    past.write()
    pages = await past.pages("/trades/BTC-USD?limit=3", "trade_id")
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]


async def test_forgotten_orders_are_found(past: Past) -> None:
    buyers = await past.trade(4)
    past.write()
    reply = await past.send("GET", f"/orders/{buyers[0]}")
    assert (reply.status, reply.json["status"], len(reply.json["fills"])) == (200, "filled", 1)
    page = (await past.send("GET", "/orders?symbol=BTC-USD&account=ann&limit=10")).json
    assert [each["order_id"] for each in page["orders"]] == buyers[::-1]
    assert (await past.send("GET", "/orders/BTC-USD-99")).code == "order_not_found"


async def test_what_never_was_an_order_is_none_for_ever(past: Past) -> None:
    mine = await past.placed()
    await past.send("DELETE", f"/orders/{mine}")
    await past.trade(2)
    past.write()
    assert (await past.send("GET", "/orders/BTC-USD-2")).code == "order_not_found", "a cancel's"


async def test_pages_of_orders_go_back_to_the_first_one_ever(past: Past) -> None:
    await past.placed(price="1", client_order_id="the oldest is open for ever")
    await past.trade(5)
    past.write()
    everything = [f"BTC-USD-{number}" for number in range(11, 0, -1)]
    for limit in (1, 2, 3, 5, 11, 12):
        pages = await past.pages(f"/orders?symbol=BTC-USD&limit={limit}", "order_id")
        assert flat(pages) == everything
    for limit in (1, 2, 3, 5, 6):
        pages = await past.pages(f"/orders?account=ann&limit={limit}", "order_id")
        assert flat(pages) == everything[:10:2]
    pages = await past.pages("/orders?symbol=BTC-USD&status=new&limit=1", "order_id")
    assert flat(pages) == ["BTC-USD-1"]


async def test_an_order_that_is_forgotten_meanwhile_is_listed_once(past: Past) -> None:
    await past.trade(3)
    past.write()

    async def finish() -> None:
        """The newest two are forgotten as well, and known to the history."""
        await past.trade(1)
        past.write()

    past.historian.meanwhile = finish
    page = (await past.send("GET", "/orders?symbol=BTC-USD&limit=20")).json
    listed = [each["order_id"] for each in page["orders"]]
    assert past.historian.meanwhile is None
    assert listed == [f"BTC-USD-{number}" for number in range(6, 0, -1)]


async def test_a_repeated_client_order_id_finds_its_forgotten_order(past: Past) -> None:
    await past.placed(side="sell")
    mine = await past.placed(client_order_id="mine")
    await past.trade(2)
    past.write()
    again = await past.place(client_order_id="mine")
    assert (again.status, again.json["order_id"], again.json["status"]) == (200, mine, "filled")


async def test_a_forgotten_order_is_final_and_not_unknown(past: Past) -> None:
    mine, *_ = await past.trade(2)
    past.write()
    for method, body in (("DELETE", None), ("PATCH", {"price": "7"})):
        reply = await past.send(method, f"/orders/{mine}", body)
        assert (reply.status, reply.code) == (409, "order_final")
        assert f"order {mine} is filled" in reply.message
    assert (await past.send("DELETE", "/orders/BTC-USD-5")).code == "order_not_found", "a cancel's"
    assert (await past.send("DELETE", "/orders/BTC-USD-99")).code == "order_not_found"


async def test_candles_and_the_ticker(past: Past) -> None:
    await past.trade(3)
    past.write()
    candles = (await past.send("GET", "/candles/BTC-USD?interval=1d")).json["candles"]
    assert [(each["open"], each["close"], each["trades"]) for each in candles] == [
        ("100.00", "100.00", 3)
    ]
    ticker = (await past.send("GET", "/ticker/BTC-USD")).json
    assert (ticker["last"], ticker["bid"], ticker["day"]["trades"]) == ("100.00", None, 3)
    assert (await past.send("GET", "/candles/BTC-USD?interval=2m")).code == "malformed"


async def test_candles_hold_what_the_history_has_not_taken_in_yet(past: Past) -> None:
    paths = [f"/candles/BTC-USD?interval={each}&limit=2" for each in ("1s", "1m", "5m", "1h", "1d")]
    await past.trade(1)
    past.write()
    for price, later_ns in (("101", 0), ("90", 61 * SECOND_NS)):
        past.clock.time_ns += later_ns
        await past.placed(side="sell", price=price, quantity="2")
        await past.placed(side="buy", price=price, quantity="2")
    before = [(await past.send("GET", path)).json for path in paths]
    assert {each["last_trade_id"] for each in before} == {3}
    past.write()
    assert [(await past.send("GET", path)).json for path in paths] == before
    minutes = before[1]["candles"]
    assert [each["trades"] for each in minutes] == [2, 1]
    assert (minutes[0]["high"], minutes[0]["volume"]) == ("101.00", "3.00000000")
    (whole_day,) = before[4]["candles"]
    assert (whole_day["low"], whole_day["close"], whole_day["trades"]) == ("90.00", "90.00", 3)


async def test_no_more_candles_than_were_asked_for(past: Past) -> None:
    await past.trade(1)
    past.write()
    past.clock.time_ns += 61 * SECOND_NS
    await past.trade(1)
    reply = await past.send("GET", "/candles/BTC-USD?interval=1m&limit=1")
    (candle,) = reply.json["candles"]
    assert candle["start"] == "2026-05-02T10:01:00.000000000Z"


async def test_the_day_of_the_ticker_ends_now_and_not_with_the_last_command(past: Past) -> None:
    await past.trade(2)
    past.write()
    past.clock.time_ns += 24 * HOUR_NS
    assert (await past.send("GET", "/ticker/BTC-USD")).json["day"]["trades"] == 2
    past.clock.time_ns += 60 * SECOND_NS
    await past.trade(1)
    day = (await past.send("GET", "/ticker/BTC-USD")).json["day"]
    assert (day["start"], day["trades"]) == ("2026-05-02T10:01:00.000000000Z", 1)
    past.clock.time_ns += 25 * HOUR_NS
    past.write()
    ticker = (await past.send("GET", "/ticker/BTC-USD")).json
    assert ticker["last"] == "100.00"
    assert ticker["day"] == {
        "start": "2026-05-03T11:01:00.000000000Z",
        "last_trade_id": 3,
        **dict.fromkeys(("open", "high", "low", "close")),
        "volume": "0.00000000",
        "trades": 0,
    }


async def test_an_exchange_without_a_history_has_no_candles(api: Api) -> None:
    reply = await api.send("GET", "/candles/BTC-USD")
    assert (reply.status, reply.code) == (503, "history_unavailable")
    assert reply.message == "there is no history: it is switched off"
    ticker = await api.send("GET", "/ticker/BTC-USD")
    assert (ticker.status, ticker.json["day"]) == (200, None)


async def test_status_tells_how_the_history_is(past: Past) -> None:
    async def history() -> object:
        return (await past.send("GET", "/status")).json["history"]

    assert await history() == {"position": None, "restarts": 0, "problem": None}
    past.write()
    await trio.lowlevel.checkpoint()
    assert await history() == {"position": 3, "restarts": 0, "problem": None}
