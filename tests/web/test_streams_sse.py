"""Server-sent events: their heads, their ids, and what they go on from. No sockets."""

from api import Api
from streaming import stream, sweep, told, trade


async def test_a_stream_has_the_headers_that_proxies_and_browsers_want(api: Api) -> None:
    async with stream(api.app, "/stream/trades?symbols=BTC-USD") as client:
        assert client.status == 200
        assert client.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert client.headers["cache-control"] == "no-store"
        assert client.headers["x-accel-buffering"] == "no"
        assert "set-cookie" not in client.headers
        assert await client.text() == "retry: 1000"


async def test_the_head_of_a_stream_has_no_body_and_an_end(api: Api) -> None:
    reply = await api.send("HEAD", "/stream/trades?symbols=BTC-USD")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")


async def test_a_stream_needs_symbols(api: Api) -> None:
    reply = await api.send("GET", "/stream/trades")
    assert (reply.status, reply.code, reply.field) == (400, "malformed", "symbols")


async def test_the_id_of_a_record_says_what_to_go_on_from(api: Api) -> None:
    await trade(api)
    path = "/stream/trades?symbols=BTC-USD,ETH-USD"
    async with stream(api.app, path) as client:
        await client.event()
        assert client.last_id == "BTC-USD:2"
        await client.event()
        assert client.last_id == "BTC-USD:2,ETH-USD:0"
    await trade(api, 2)
    async with stream(api.app, path, {"last-event-id": client.last_id}) as client:
        events = [await client.event() for _ in range(4)]
        assert told(events) == [
            ("trade", 2, 4),
            ("trade", 4, 6),
            ("heartbeat", 6, 6),
            ("heartbeat", 0, 0),
        ]
        assert client.last_id == "BTC-USD:6,ETH-USD:0"


async def test_the_last_event_id_counts_more_than_since(api: Api) -> None:
    await trade(api, 2)
    path = "/stream/trades?symbols=BTC-USD&since=0"
    async with stream(api.app, path, {"last-event-id": "2"}) as client:
        assert told([await client.event()]) == [("trade", 2, 4)]
    async with stream(api.app, path, {"last-event-id": "ETH-USD:7"}) as client:
        assert told([await client.event()]) == [("snapshot", 4, 4)]
    async with stream(api.app, path, {"last-event-id": "rubbish"}) as client:
        assert client.status == 400
        assert b'"field":"last-event-id"' in await client.body()


async def test_a_stream_that_breaks_within_a_command_has_not_said_that_it_is_over(
    api: Api,
) -> None:
    await sweep(api)
    path = "/stream/trades?symbols=BTC-USD"
    async with stream(api.app, f"{path}&since=0") as client:
        ids = []
        for _ in range(3):
            await client.event()
            ids.append(client.last_id)
        assert ids == ["", "", "4"]
    async with stream(api.app, f"{path}&since=0") as client:
        await client.event()
    async with stream(api.app, f"{path}&since=0", {"last-event-id": client.last_id}) as client:
        assert [(await client.event())["trade_id"] for _ in range(3)] == [1, 2, 3]


async def test_a_stream_ends_well_when_the_server_stops(api: Api) -> None:
    async with stream(api.app, "/stream/trades?symbols=BTC-USD") as client:
        await client.event()
        for end in api.app.on_stop:
            end()
        assert await client.body() == b""
