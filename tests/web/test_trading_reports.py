"""What the owners of orders are told of them over WebSocket. No sockets."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from api import START, Api, order
from goquant.actors import reports
from goquant.actors.feed import HEARTBEAT_S
from goquant.web.app import create_app
from goquant.web.limits import Limits
from running import run_until
from trading import alice, seen, slow, trader, without_fills


async def sell_and_buy(api: Api, count: int) -> None:
    """So many orders of alice, each of which is filled by another one."""
    for _ in range(count):
        await api.placed(side="sell", account="alice")
        await api.placed(side="buy")


async def test_a_session_begins_with_what_its_account_has_open(api: Api) -> None:
    kept = await api.placed(account="alice")
    await api.placed(account="bob")
    gone = await api.placed(account="alice", price="90")
    await api.send("DELETE", f"/orders/{gone}")
    armed = await api.placed(account="alice", type="stop", price=None, trigger_price="200")
    async with trader(api, "account=alice") as client:
        snapshots = [await client.event() for _ in range(3)]
    assert [each.pop("symbol") for each in snapshots] == ["BTC-USD", "ETH-USD", "BTC-JPY"]
    assert snapshots[0] == {
        "type": "snapshot",
        "channel": "orders",
        "account": "alice",
        "sequence": 5,
        "prev_sequence": 5,
        "orders": [without_fills(await seen(api, each)) for each in (kept, armed)],
    }
    assert [each["orders"] for each in snapshots[1:]] == [[], []]


async def test_everything_that_happens_to_an_order_is_told(api: Api) -> None:
    async with alice(api) as client:
        await api.placed(account="alice", quantity="3")
        await api.placed(side="sell", quantity="1")
        await api.send("PATCH", "/orders/BTC-USD-1", {"quantity": "2.5"})
        await api.placed(side="sell", quantity="1.5")
        assert await client.told(4) == [
            ("accepted", "BTC-USD-1", "new"),
            ("trade", "BTC-USD-1", "partially_filled"),
            ("replaced", "BTC-USD-1", "partially_filled"),
            ("trade", "BTC-USD-1", "filled"),
        ]
        await api.placed(
            account="alice", type="stop_limit", side="sell", price="80", trigger_price="90"
        )
        await api.placed(price="90")
        await api.placed(price="85", side="sell", type="limit", quantity="1")
        assert await client.told(2) == [
            ("accepted", "BTC-USD-5", "armed"),
            ("triggered", "BTC-USD-5", "new"),
        ]
        await api.send("DELETE", "/orders/BTC-USD-5")
        assert await client.told(1) == [("canceled", "BTC-USD-5", "canceled")]
        expires = {"time_in_force": "gtd", "expires_at": "2026-05-02T10:00:01Z"}
        await api.placed(account="alice", **expires)
        api.clock.time_ns += 2_000_000_000
        await api.placed()
        assert await client.told(2) == [
            ("accepted", "BTC-USD-9", "new"),
            ("expired", "BTC-USD-9", "expired"),
        ]
        assert await client.quiet()


async def test_an_event_has_its_place_and_what_is_new(api: Api) -> None:
    async with alice(api) as client:
        await api.placed(price="100")
        await api.placed(side="sell", price="99", account="alice", quantity="2")
        accepted, trade = await client.event(), await client.event()
        order = without_fills(await seen(api, "BTC-USD-2"))
        place = {"channel": "orders", "symbol": "BTC-USD", "sequence": 2, "prev_sequence": 0}
        assert trade == {
            "type": "trade",
            "time": START,
            **place,
            "order": order,
            "fill": (await seen(api, "BTC-USD-2"))["fills"][0],
        }
        assert trade["fill"]["liquidity"] == "taker"
        untouched = {
            "status": "new",
            "filled_quantity": "0.00000000",
            "remaining_quantity": "2.00000000",
            "average_price": None,
            "fee": "0.00",
        }
        assert accepted == {"type": "accepted", "time": START, **place, "order": order | untouched}
        await api.send("PATCH", "/orders/BTC-USD-2", {"quantity": "1.5"})
        replaced = await client.event()
        assert (replaced["prev_sequence"], replaced["sequence"]) == (2, 3)
        assert replaced["kept_priority"] is True


async def test_an_event_shows_the_order_right_after_it_whatever_the_same_commit_did_next(
    api: Api,
) -> None:
    async with alice(api) as client:
        async with trader(api, "reports=false") as other:
            sells = [
                {
                    "symbol": "BTC-USD",
                    "side": "sell",
                    "type": "limit",
                    "price": "100",
                    "quantity": "1",
                }
            ] * 3
            buy = sells[0] | {"side": "buy", "quantity": "3", "account": "alice"}
            await other.ask("batch", orders=[buy, *sells])
        told = [await client.event() for _ in range(4)]
    assert [each["sequence"] for each in told] == [1, 2, 3, 4]
    assert [each["order"]["filled_quantity"][0] for each in told] == ["0", "1", "2", "3"]
    assert [each["order"]["status"] for each in told][-2:] == ["partially_filled", "filled"]


async def test_both_sides_of_a_trade_with_oneself_are_told(api: Api) -> None:
    async with alice(api) as client:
        await api.placed(account="alice")
        await api.placed(account="alice", side="sell", self_trade_prevention="none")
        told = [await client.event() for _ in range(4)]
        assert [(each["type"], each["order"]["order_id"]) for each in told] == [
            ("accepted", "BTC-USD-1"),
            ("accepted", "BTC-USD-2"),
            ("trade", "BTC-USD-1"),
            ("trade", "BTC-USD-2"),
        ]
        assert [each["fill"]["liquidity"] for each in told[2:]] == ["maker", "taker"]
        assert {each["prev_sequence"] for each in told[1:]} == {1}


async def test_nobody_is_told_of_the_orders_of_others(api: Api) -> None:
    async with alice(api) as client, trader(api, "account=bob&symbols=BTC-USD") as bob:
        await bob.event()
        await api.placed(account="bob")
        await api.placed(side="sell")
        assert (await bob.told(2))[1][0] == "trade"
        assert await client.quiet()


async def test_two_sessions_of_an_account_are_told_the_same(api: Api) -> None:
    async with alice(api) as one, alice(api) as two:
        placed = await one.place()
        await two.ask("cancel", order_id=placed["order_id"])
        assert [await one.event() for _ in range(2)] == [await two.event() for _ in range(2)]


async def test_a_session_without_an_account_is_told_of_what_it_has_placed(api: Api) -> None:
    async with trader(api) as client:
        placed = await client.place(quantity="2")
        await api.placed(side="sell")
        await api.placed(side="sell", quantity="3")
        taken = await client.place(type="ioc")
        assert await client.told(5) == [
            ("accepted", placed["order_id"], "new"),
            ("trade", placed["order_id"], "partially_filled"),
            ("trade", placed["order_id"], "filled"),
            ("accepted", taken["order_id"], "new"),
            ("trade", taken["order_id"], "filled"),
        ]
        assert await client.quiet()


async def test_an_order_that_is_placed_once_more_is_then_told_of_here_too(api: Api) -> None:
    body = {"client_order_id": "mine", "account": "bob", "quantity": "2"}
    placed = await api.placed(**body)
    async with trader(api) as client:
        assert (await client.place(**body))["order_id"] == placed
        await api.placed(side="sell")
        assert await client.told(1) == [("trade", placed, "partially_filled")]


async def test_who_comes_again_is_told_what_it_has_missed(api: Api) -> None:
    async with alice(api):
        await api.placed(account="alice")
    await api.placed(side="sell")
    async with trader(api, "account=alice&symbols=BTC-USD&since=1") as client:
        assert await client.told(1) == [("trade", "BTC-USD-1", "filled")]
        assert (await client.event())["type"] == "heartbeat"
        assert await client.quiet()
    async with trader(api, "account=alice&symbols=BTC-USD&since=2") as client:
        event = await client.event()
        assert (event["type"], event["sequence"]) == ("heartbeat", 2)
    async with trader(api, "account=alice&since=BTC-USD:1") as client:
        assert [(await client.event())["type"] for _ in range(3)] == [
            "trade",
            "heartbeat",
            "snapshot",
        ]


@pytest.mark.parametrize("since", [1, 99])
async def test_what_is_not_held_any_more_or_not_yet_begins_anew(api: Api, since: int) -> None:
    api.use(create_app(api.exchange, limits=Limits(feed_events_max=3)))
    async with alice(api):
        await sell_and_buy(api, 2)
        kept = await api.placed(account="alice")
    async with trader(api, f"account=alice&symbols=BTC-USD&since={since}") as client:
        reset, snapshot = await client.event(), await client.event()
    assert (reset["type"], snapshot["type"]) == ("reset", "snapshot")
    assert [each["order_id"] for each in snapshot["orders"]] == [kept]


async def test_heartbeats_come_to_those_who_have_nothing_to_do(
    api: Api, mock_clock: MockClock
) -> None:
    async with alice(api) as client:
        await run_until(mock_clock, HEARTBEAT_S + 1)
        assert (await client.event())["type"] == "heartbeat"


async def test_an_account_is_forgotten_a_while_after_its_last_session(
    api: Api, mock_clock: MockClock
) -> None:
    async with alice(api):
        await api.placed(account="alice")
    mock_clock.autojump_threshold = 0
    await trio.sleep((reports.IDLE_BEATS_MAX - 1) * HEARTBEAT_S)
    await api.placed(side="sell")
    async with trader(api, "account=alice&symbols=BTC-USD&since=1") as client:
        assert (await client.event())["type"] == "trade"
    await trio.sleep((reports.IDLE_BEATS_MAX + 2) * HEARTBEAT_S)
    async with trader(api, "account=alice&symbols=BTC-USD&since=1") as client:
        assert (await client.event())["type"] == "reset"


async def test_a_feed_that_fails_begins_anew(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async with alice(api) as client, trader(api) as other:
        await api.placed(account="alice")
        placed = (await other.place(quantity="2", price="99"))["order_id"]
        with monkeypatch.context() as patch:
            patch.setattr(reports.Reports, "publish", _fail)
            await api.placed(side="sell")
        assert await client.told(1) == [("accepted", "BTC-USD-1", "new")]
        reset, snapshot = await client.event(), await client.event()
        assert (reset["type"], snapshot["type"]) == ("reset", "snapshot")
        assert snapshot["orders"] == []
        assert await other.told(1) == [("accepted", placed, "new")]
        event = await other.event()
        while event["type"] != "snapshot":
            event = await other.event()
        assert [each["order_id"] for each in event["orders"]] == [placed]
        await api.placed(side="sell", price="99")
        assert await other.told(1) == [("trade", placed, "partially_filled")]


def _fail(*_: object) -> None:
    raise ValueError("a defect")


async def test_what_nobody_listens_to_is_not_kept(api: Api) -> None:
    async with trader(api, "account=alice&reports=false") as client:
        await client.place()
        assert await client.quiet()


async def test_who_comes_in_the_middle_of_a_commit_misses_nothing_and_hears_nothing_twice(
    nursery: trio.Nursery,
) -> None:
    api, gate = await slow(nursery)
    async with trader(api, "account=alice&symbols=ETH-USD") as other:
        for quantity in ("1", "2", "3"):
            await other.send("place", **order(quantity=quantity))
            await wait_all_tasks_blocked()
        nursery.start_soon(gate.let_through)
        async with trader(api, "account=alice&symbols=BTC-USD") as client:
            snapshot = await client.event()
            assert [each["order_id"] for each in snapshot["orders"]] == ["BTC-USD-1"]
            assert snapshot["sequence"] == 1
            gate.open()
            assert await client.told(2) == [
                ("accepted", "BTC-USD-2", "new"),
                ("accepted", "BTC-USD-3", "new"),
            ]
            assert await client.quiet()


async def test_who_comes_again_in_the_middle_of_a_commit_is_told_if_it_misses_something(
    nursery: trio.Nursery,
) -> None:
    api, gate = await slow(nursery)
    async with trader(api, "reports=false") as other:
        await other.send("place", **order(account="alice"))
        await gate.let_through()
        await other.send("place", **order(side="sell"))
        await wait_all_tasks_blocked()
        nursery.start_soon(gate.let_through)
        async with trader(api, "account=alice&symbols=BTC-USD&since=1") as client:
            reset, snapshot = await client.event(), await client.event()
            assert (reset["type"], snapshot["type"]) == ("reset", "snapshot")
            assert (snapshot["sequence"], snapshot["orders"]) == (2, [])
        gate.open()


async def test_rest_agrees_with_the_last_event_of_each_order(api: Api) -> None:
    async with alice(api) as client:
        await sell_and_buy(api, 3)
        await api.placed(account="alice", quantity="4")
        await api.placed(side="sell", quantity="3")
        last = {}
        for _ in range(8):
            event = await client.event()
            last[event["order"]["order_id"]] = event["order"]
        assert await client.quiet()
        assert len(last) == 4
        for order_id, order in last.items():
            assert order == without_fills(await seen(api, order_id))
