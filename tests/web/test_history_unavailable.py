"""A history that is behind, locked or damaged: no wrong answer, and orders never notice."""

import pytest

from api import Reply
from past import Past


def is_unavailable(reply: Reply) -> bool:
    return (reply.status, reply.json.get("error", {}).get("code")) == (503, "history_unavailable")


async def test_before_it_is_held_against_the_journal_it_says_nothing(past: Past) -> None:
    mine, *_ = await past.trade(2)
    reply = await past.send("GET", f"/orders/{mine}")
    assert is_unavailable(reply)
    assert "it has to be held against the journal first" in reply.message
    assert reply.headers["retry-after"] == "1"


async def test_a_history_that_is_behind_says_so_and_never_leaves_a_gap(past: Past) -> None:
    await past.trade(2)
    past.write()
    await past.trade(3)
    assert (await past.send("GET", "/trades/BTC-USD?limit=2")).status == 200, "memory has these"
    assert is_unavailable(await past.send("GET", "/trades/BTC-USD?limit=5"))
    assert is_unavailable(await past.send("GET", "/orders?symbol=BTC-USD"))
    assert is_unavailable(await past.send("GET", "/candles/BTC-USD"))
    ticker = (await past.send("GET", "/ticker/BTC-USD")).json
    assert (ticker["last"], ticker["day"]) == ("100.00", None)


async def test_an_order_that_it_does_not_know_yet_is_not_taken_for_none(past: Past) -> None:
    past.write()
    mine, *_ = await past.trade(2)
    assert is_unavailable(await past.send("GET", f"/orders/{mine}"))
    assert is_unavailable(await past.send("DELETE", f"/orders/{mine}"))
    assert is_unavailable(await past.send("PATCH", f"/orders/{mine}", {"price": "7"}))
    past.write()
    assert (await past.send("GET", f"/orders/{mine}")).json["status"] == "filled"


async def test_an_order_is_not_shown_as_it_was_when_it_was_written(past: Past) -> None:
    mine = await past.placed(side="sell", client_order_id="mine")
    past.write()
    await past.placed(side="buy")
    await past.trade(1)
    for reply in (
        await past.send("GET", f"/orders/{mine}"),
        await past.place(side="sell", client_order_id="mine"),
    ):
        assert is_unavailable(reply)
    past.write()
    assert (await past.send("GET", f"/orders/{mine}")).json["status"] == "filled"
    again = await past.place(side="sell", client_order_id="mine")
    assert (again.status, again.json["order_id"], again.json["status"]) == (200, mine, "filled")


async def test_what_it_knows_of_a_symbol_does_not_depend_on_another(past: Past) -> None:
    mine, *_ = await past.trade(2)
    past.write()
    await past.placed(symbol="ETH-USD")
    assert (await past.send("GET", f"/orders/{mine}")).status == 200


async def everything_but_the_past(past: Past) -> None:
    """Orders are placed, traded, seen and canceled, and what memory holds is told."""
    buyer, *_ = await past.trade(1)
    assert (await past.send("GET", f"/orders/{buyer}")).json["status"] == "filled"
    mine = await past.placed(price="90", client_order_id="mine")
    assert (await past.place(price="90", client_order_id="mine")).json["order_id"] == mine
    pages = await past.pages("/orders?symbol=BTC-USD&status=open", "order_id")
    assert pages == [[mine]]
    newest = (await past.send("GET", "/orders?symbol=BTC-USD&limit=1")).json
    assert [each["order_id"] for each in newest["orders"]] == [mine]
    assert (await past.send("GET", "/trades/BTC-USD?limit=2")).status == 200
    ticker = (await past.send("GET", "/ticker/BTC-USD")).json
    assert (ticker["last"], ticker["bid"][0], ticker["day"]) == ("100.00", "90.00", None)
    assert (await past.send("GET", "/orderbook/BTC-USD")).status == 200
    assert (await past.send("DELETE", f"/orders/{mine}")).json["status"] == "canceled"
    assert (await past.send("GET", "/readyz")).json["status"] == "ready"


THE_PAST = (
    "/orders/BTC-USD-1",
    "/orders?symbol=BTC-USD",
    "/trades/BTC-USD?limit=5",
    "/candles/BTC-USD",
)


@pytest.mark.parametrize("path", THE_PAST)
async def test_a_locked_history_keeps_only_the_past_from_being_told(past: Past, path: str) -> None:
    await past.trade(3)
    past.write()
    assert (await past.send("GET", path)).status == 200
    with past.locked():
        reply = await past.send("GET", path)
        assert is_unavailable(reply)
        assert "it is locked by somebody who writes" in reply.message
        await everything_but_the_past(past)
    past.write()
    assert (await past.send("GET", path)).status == 200


@pytest.mark.parametrize("path", THE_PAST)
async def test_a_damaged_history_is_told_and_made_anew(past: Past, path: str) -> None:
    await past.trade(3)
    past.write()
    before = (await past.send("GET", path)).json
    past.damage()
    assert is_unavailable(await past.send("GET", path))
    past.write()
    assert (await past.send("GET", path)).json == before
    past.damage()
    await everything_but_the_past(past)
