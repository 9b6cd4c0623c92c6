"""What clients of each transport are told, and what they may ask for. No sockets."""

from collections.abc import Mapping

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from api import INSTRUMENTS, Api, Clock
from goquant.actors.exchange import Exchange
from goquant.actors.feed import HEARTBEAT_S
from goquant.web.app import create_app
from goquant.web.limits import Limits
from running import run_until
from streaming import Closed, rejected, stream, sweep, told, trade, websocket

ZERO = "0.00000000"


async def test_a_socket_begins_with_a_snapshot_of_each_symbol_and_goes_on_from_it(
    api: Api,
) -> None:
    await trade(api)
    async with websocket(api.app, "/ws/trades?symbols=BTC-USD,ETH-USD") as socket:
        frames = [await socket.receive() for _ in range(2)]
        assert [frame["symbol"] for frame in frames] == ["BTC-USD", "ETH-USD"]
        assert told(frames[0]["events"] + frames[1]["events"]) == [
            ("snapshot", 2, 2),
            ("snapshot", 0, 0),
        ]
        assert [one["trade_id"] for one in frames[0]["events"][0]["trades"]] == [1]
        await trade(api, 2)
        assert told(await socket.events(2)) == [("trade", 2, 4), ("trade", 4, 6)]


async def test_the_events_of_one_command_are_in_one_frame(api: Api) -> None:
    async with websocket(api.app, "/ws/trades?symbols=BTC-USD") as socket:
        await socket.receive()
        await sweep(api)
        frame = await socket.receive()
        assert told(frame["events"]) == [("trade", 0, 4)] * 3
        assert [event["price"] for event in frame["events"]] == ["101.00", "102.00", "103.00"]


async def test_a_trade_is_told_as_the_route_of_trades_has_it(api: Api) -> None:
    async with websocket(api.app, "/ws/trades?symbols=BTC-USD") as socket:
        await socket.receive()
        await trade(api)
        (event,) = await socket.events()
    (expected,) = (await api.send("GET", "/trades/BTC-USD")).json["trades"]
    assert event == expected | {"type": "trade", "channel": "trades", "prev_sequence": 0}


async def test_whoever_follows_one_level_always_has_the_best_one(api: Api) -> None:
    best = await api.placed(price="100")
    await api.placed(price="99")
    async with websocket(api.app, "/ws/marketdata?symbols=BTC-USD&depth=1") as socket:
        (event,) = await socket.events()
        assert event["bids"] == [["100.00", "1.00000000", 1]]
        await api.send("DELETE", f"/orders/{best}")
        (event,) = await socket.events()
        assert event["bids"] == [["100.00", ZERO, 0], ["99.00", "1.00000000", 1]]
        await api.placed(price="98")
        await api.placed(price="99.5")
        (event,) = await socket.events()
        assert told([event]) == [("update", 3, 5)], "what is out of sight is not told"
        assert event["bids"] == [["99.50", "1.00000000", 1], ["99.00", ZERO, 0]]


async def test_one_may_subscribe_and_unsubscribe_on_a_live_socket(api: Api) -> None:
    async with websocket(api.app, "/ws/marketdata") as socket:
        await socket.send({"op": "subscribe", "symbols": ["BTC-USD", "ETH-USD"], "id": 1})
        assert await socket.receive() == {
            "id": 1,
            "op": "subscribe",
            "symbols": ["BTC-USD", "ETH-USD"],
        }
        await socket.events(2)
        await socket.send({"op": "unsubscribe", "symbols": ["BTC-USD", "SOL-USD"], "id": "b"})
        assert await socket.receive() == {"id": "b", "op": "unsubscribe", "symbols": ["ETH-USD"]}
        await api.placed()
        await api.placed(symbol="ETH-USD")
        assert (await socket.receive())["symbol"] == "ETH-USD"
        await socket.send({"op": "subscribe", "symbols": ["BTC-USD"]})
        assert (await socket.receive())["symbols"] == ["ETH-USD", "BTC-USD"]
        assert told((await socket.receive())["events"]) == [("snapshot", 1, 1)]


async def test_to_subscribe_again_is_to_begin_anew_perhaps_at_another_depth(api: Api) -> None:
    await api.placed(price="100")
    await api.placed(price="99")
    async with websocket(api.app, "/ws/marketdata?symbols=BTC-USD&depth=1") as socket:
        assert len((await socket.events())[0]["bids"]) == 1
        await socket.send({"op": "subscribe", "symbols": ["BTC-USD"], "depth": 5})
        assert (await socket.receive())["symbols"] == ["BTC-USD"]
        assert len((await socket.events())[0]["bids"]) == 2
        await socket.send({"op": "subscribe", "symbols": ["BTC-USD"]})
        await socket.receive()
        assert len((await socket.events())[0]["bids"]) == 1, "the depth of the connection"
        await api.placed(price="101")
        assert len((await socket.events())[0]["bids"]) == 2
        await wait_all_tasks_blocked()
        assert not socket.has_more(), "it is told once"


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"op": "subscribe"}, "malformed", "symbols"),
        ({"op": "subscribe", "symbols": []}, "malformed", "symbols"),
        ({"op": "subscribe", "symbols": [1]}, "malformed", "symbols"),
        ({"op": "subscribe", "symbols": ["BTC-USD", "NO-USD"]}, "unknown_symbol", "symbol"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "depth": 7}, "malformed", "depth"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "depth": True}, "malformed", "depth"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "since": -1}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "since": 2**63}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "since": "x"}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "since": str(2**63)}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "since": "BTC-USD:"}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD", "BTC-JPY"], "since": 0}, "malformed", "since"),
        ({"op": "subscribe", "symbols": ["BTC-USD"], "more": 1}, "malformed", "more"),
        ({"op": "unsubscribe"}, "malformed", "symbols"),
        ({"op": "unsubscribe", "symbols": ["ETH-USD"], "depth": 5}, "malformed", "depth"),
        ({"op": "place"}, "malformed", "op"),
    ],
)
async def test_a_message_that_is_refused_changes_nothing(
    api: Api, message: Mapping[str, object], code: str, field: str
) -> None:
    async with websocket(api.app, "/ws/marketdata?symbols=ETH-USD") as socket:
        await socket.receive()
        await socket.send(dict(message) | {"id": 9})
        answer = await socket.receive()
        assert (answer["id"], answer["error"]["code"]) == (9, code)
        assert answer["error"]["field"] == field
        await socket.send({"op": "subscribe", "symbols": ["BTC-JPY"]})
        assert (await socket.receive())["symbols"] == ["ETH-USD", "BTC-JPY"]


BAD_QUERIES = [
    ("depth=7&symbols=BTC-USD", 400, "depth"),
    ("symbols=NO-USD", 404, "symbol"),
    ("symbols=", 404, "symbol"),
    ("symbols=BTC-USD&since=x", 400, "since"),
    ("symbols=BTC-USD,ETH-USD&since=5", 400, "since"),
    ("symbols=BTC-USD&symbols=ETH-USD", 400, "symbols"),
    ("symbols=BTC-USD&speed=9", 400, "speed"),
]


@pytest.mark.parametrize(("query", "status", "field"), BAD_QUERIES)
async def test_a_bad_query_is_refused_before_anything_begins(
    api: Api, query: str, status: int, field: str
) -> None:
    refusal = await rejected(api, f"/ws/marketdata?{query}")
    assert (refusal.status, refusal.body["error"]["field"]) == (status, field)
    reply = await api.send("GET", f"/stream/marketdata?{query}")
    assert (reply.status, reply.field) == (status, field)


async def test_trades_have_no_depth(api: Api) -> None:
    refusal = await rejected(api, "/ws/trades?symbols=BTC-USD&depth=5")
    assert (refusal.code, refusal.body["error"]["field"]) == ("malformed", "depth")


@pytest.fixture
async def narrow(nursery: trio.Nursery) -> Api:
    """An exchange whose clients may read two symbols, and that remembers three events."""
    exchange = Exchange(INSTRUMENTS, clock=Clock())
    await nursery.start(exchange.run)
    api = Api(exchange, Clock())
    limits = Limits(subscriptions_max=2, messages_per_s_max=3, feed_events_max=3)
    api.use(create_app(exchange, limits=limits))
    return api


async def test_a_client_may_read_so_many_symbols_and_no_more(narrow: Api) -> None:
    everything = "symbols=BTC-USD,ETH-USD,BTC-JPY"
    assert (await rejected(narrow, f"/ws/trades?{everything}")).code == "too_many_subscriptions"
    reply = await narrow.send("GET", f"/stream/trades?{everything}")
    assert (reply.status, reply.code) == (422, "too_many_subscriptions")
    async with websocket(narrow.app, "/ws/trades?symbols=BTC-USD,BTC-USD,ETH-USD") as socket:
        await socket.events(2)
        await socket.send({"op": "subscribe", "symbols": ["BTC-JPY"]})
        error = (await socket.receive())["error"]
        assert (error["code"], error["field"]) == ("too_many_subscriptions", "symbols")
        assert error["message"] == "3 subscriptions are more than the maximum of 2 for one client"
        await socket.send({"op": "subscribe", "symbols": ["ETH-USD"]})
        assert len((await socket.receive())["symbols"]) == 2


async def test_a_client_may_send_so_many_messages_and_no_more(narrow: Api) -> None:
    async with websocket(narrow.app, "/ws/trades") as socket:
        for _ in range(7):
            await socket.send({"op": "nonsense"})
        codes = [(await socket.receive())["error"]["code"] for _ in range(6)]
        assert codes == ["malformed"] * 3 + ["too_many_messages"] * 3
        with pytest.raises(Closed) as closed:
            await socket.receive()
        assert closed.value.code == 1008


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (10, [("heartbeat", 10, 10)]),
        (8, [("trade", 8, 10), ("heartbeat", 10, 10)]),
        (4, [("trade", 4, 6), ("trade", 6, 8), ("trade", 8, 10), ("heartbeat", 10, 10)]),
        (3, [("reset", 10, 10), ("snapshot", 10, 10)]),
        (11, [("reset", 10, 10), ("snapshot", 10, 10)]),
    ],
)
async def test_one_resumes_on_every_transport_as_far_as_events_are_kept(
    narrow: Api, since: int, expected: list[tuple[str, int, int]]
) -> None:
    await trade(narrow, 5)
    query = f"symbols=BTC-USD&since={since}"
    async with websocket(narrow.app, f"/ws/trades?{query}") as socket:
        assert told((await socket.receive())["events"]) == expected
    async with websocket(narrow.app, "/ws/trades") as socket:
        await socket.send({"op": "subscribe", "symbols": ["BTC-USD"], "since": since})
        await socket.receive()
        assert told((await socket.receive())["events"]) == expected
    async with stream(narrow.app, f"/stream/trades?{query}") as client:
        assert told([await client.event() for _ in expected]) == expected
    reply = await narrow.send("GET", f"/poll/BTC-USD?since={since}&channels=trades&timeout=0")
    assert told(reply.json["events"]) == [one for one in expected if one[0] != "heartbeat"]
    assert reply.json["since"] == 10


async def test_each_symbol_is_resumed_at_its_own_sequence(api: Api) -> None:
    await trade(api)
    await api.placed(symbol="ETH-USD")
    path = "/ws/marketdata?symbols=ETH-USD,BTC-USD,BTC-JPY&since=BTC-USD:1,ETH-USD:1"
    async with websocket(api.app, path) as socket:
        assert told(await socket.events(4)) == [
            ("heartbeat", 1, 1),
            ("update", 1, 2),
            ("heartbeat", 2, 2),
            ("snapshot", 0, 0),
        ]


async def test_the_orderbook_of_the_route_does_as_a_snapshot(api: Api) -> None:
    await api.placed(price="100")
    await api.placed(side="sell", type="market", price=None, quantity="0.1")
    await api.send("DELETE", "/orders/BTC-USD-77")
    book = (await api.send("GET", "/orderbook/BTC-USD?depth=1000")).json
    assert book["sequence"] == 3
    async with websocket(
        api.app, f"/ws/marketdata?symbols=BTC-USD&since={book['sequence']}"
    ) as socket:
        assert told(await socket.events()) == [("heartbeat", 2, 2)]
        await api.placed(price="101")
        assert told(await socket.events()) == [("update", 2, 4)]


async def test_a_client_changes_from_one_transport_to_the_next_and_misses_nothing(
    api: Api,
) -> None:
    heard: list[int] = []
    await trade(api)
    async with websocket(api.app, "/ws/trades?symbols=BTC-USD&since=0") as socket:
        heard += [event["sequence"] for event in await socket.events()][:1]
    await trade(api, 2)
    async with stream(api.app, f"/stream/trades?symbols=BTC-USD&since={heard[-1]}") as client:
        heard += [(await client.event())["sequence"] for _ in range(2)]
    await trade(api, 2)
    reply = await api.send("GET", f"/poll/BTC-USD?since={client.last_id}&channels=trades")
    heard += [event["sequence"] for event in reply.json["events"]]
    await trade(api)
    path = f"/ws/trades?symbols=BTC-USD&since={reply.json['since']}"
    async with websocket(api.app, path) as socket:
        heard += [event["sequence"] for event in await socket.events()][:1]
    assert heard == [2, 4, 6, 8, 10, 12]


async def test_everybody_hears_a_heartbeat_while_nothing_happens(
    api: Api, mock_clock: MockClock
) -> None:
    query = "symbols=BTC-USD,ETH-USD"
    async with (
        websocket(api.app, f"/ws/marketdata?{query}") as socket,
        stream(api.app, f"/stream/marketdata?{query}") as client,
    ):
        assert {event["type"] for event in await socket.events(2)} == {"snapshot"}
        assert {(await client.event())["type"] for _ in range(2)} == {"snapshot"}
        await run_until(mock_clock, HEARTBEAT_S)
        assert told(await socket.events(2)) == [("heartbeat", 0, 0)] * 2
        assert told([await client.event() for _ in range(2)]) == [("heartbeat", 0, 0)] * 2


async def test_no_account_and_no_client_order_id_is_ever_told(api: Api) -> None:
    await api.placed(side="sell", account="alice", client_order_id="mine")
    async with websocket(api.app, "/ws/marketdata?symbols=BTC-USD") as levels:
        frames = [str(await levels.receive())]
        await api.placed(account="bob", client_order_id="his")
        frames.append(str(await levels.receive()))
    reply = await api.send("GET", "/poll/BTC-USD?since=0")
    for text in (*frames, str(reply.json)):
        for secret in ("alice", "bob", "mine", "his"):
            assert secret not in text
