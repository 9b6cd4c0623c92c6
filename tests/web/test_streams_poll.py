"""Long-poll: what is told at once, what is waited for, and in which order. No sockets."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from api import Api
from goquant.web import streams
from streaming import sweep, told, trade


async def test_a_poll_without_since_is_a_snapshot_of_each_channel(api: Api) -> None:
    await trade(api)
    reply = await api.send("GET", "/poll/BTC-USD")
    assert told(reply.json["events"]) == [("snapshot", 2, 2), ("snapshot", 2, 2)]
    assert [event["channel"] for event in reply.json["events"]] == ["trades", "marketdata"]
    assert (reply.json["symbol"], reply.json["since"]) == ("BTC-USD", 2)
    reply = await api.send("GET", "/poll/BTC-USD?channels=marketdata&depth=1")
    assert [event["channel"] for event in reply.json["events"]] == ["marketdata"]


async def test_a_poll_waits_until_something_happens(api: Api, nursery: trio.Nursery) -> None:
    answers = []

    async def poll() -> None:
        answers.append(await api.send("GET", "/poll/BTC-USD?since=0"))

    nursery.start_soon(poll)
    await wait_all_tasks_blocked()
    assert not answers
    await api.placed()
    await wait_all_tasks_blocked()
    assert told(answers[0].json["events"]) == [("update", 0, 1)]
    assert answers[0].json["since"] == 1


async def test_a_poll_that_waits_in_vain_says_the_same_since(
    api: Api, autojump_clock: MockClock
) -> None:
    began_at = trio.current_time()
    reply = await api.send("GET", "/poll/BTC-USD?since=0")
    assert reply.json == {"symbol": "BTC-USD", "events": [], "since": 0}
    assert trio.current_time() - began_at == 25
    await api.send("GET", "/poll/BTC-USD?since=0&timeout=60")
    assert trio.current_time() - began_at == 85


async def test_a_poll_ends_when_the_server_stops(api: Api, nursery: trio.Nursery) -> None:
    answers = []

    async def poll() -> None:
        answers.append(await api.send("GET", "/poll/BTC-USD?since=0"))

    nursery.start_soon(poll)
    await wait_all_tasks_blocked()
    for end in api.app.on_stop:
        end()
    await wait_all_tasks_blocked()
    assert answers[0].json["events"] == []


async def test_polls_get_the_events_of_both_channels_in_the_order_of_their_commands(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "POLL_EVENTS_MAX", 4)
    await sweep(api)
    await trade(api, 2)
    events, since, answers = [], 0, 0
    while True:
        reply = await api.send("GET", f"/poll/BTC-USD?since={since}&timeout=0")
        if not reply.json["events"]:
            break
        answers += 1
        events += reply.json["events"]
        since = reply.json["since"]
    assert answers > 1
    assert [(event["channel"], event["sequence"]) for event in events] == [
        ("marketdata", 1),
        ("marketdata", 2),
        ("marketdata", 3),
        *[("trades", 4)] * 3,
        ("marketdata", 4),
        ("marketdata", 5),
        ("trades", 6),
        ("marketdata", 6),
        ("marketdata", 7),
        ("trades", 8),
        ("marketdata", 8),
    ]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("since=-1", 400, "since"),
        ("since=BTC-USD:1", 400, "since"),
        ("timeout=61", 400, "timeout"),
        ("timeout=1.5", 400, "timeout"),
        ("channels=", 400, "channels"),
        ("channels=trades,orders", 400, "channels"),
        ("depth=3", 400, "depth"),
        ("symbols=BTC-USD", 400, "symbols"),
    ],
)
async def test_a_poll_with_a_bad_query_is_refused(
    api: Api, query: str, status: int, field: str
) -> None:
    reply = await api.send("GET", f"/poll/BTC-USD?{query}")
    assert (reply.status, reply.field) == (status, field)


async def test_a_poll_of_an_unknown_symbol_is_refused(api: Api) -> None:
    assert (await api.send("GET", "/poll/NO-USD")).code == "unknown_symbol"
