"""The metrics: what they count, in a form that Prometheus reads, and all of them in docs/metrics.md."""

import re
from functools import partial
from pathlib import Path

import pytest
import trio
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from api import BTC, INSTRUMENTS, Api, Clock
from goquant.actors.counters import BOUNDS_S
from goquant.actors.exchange import Exchange
from goquant.actors.historian import Historian, HistoryStatus
from goquant.actors.storage import Storage
from goquant.persistence.disk import RealDisk
from goquant.persistence.opening import open_folder
from goquant.web.app import create_app
from measured import measured, metrics_of
from running import inline
from sockets import connected, serving
from streaming import websocket

TABLE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text()

ROW = re.compile(r"^\| `(goquant_\w+)` \| (\w+) \|(.*?)\| .+ \|$", re.MULTILINE)


class Written(Historian):
    """A history that has been written, by nobody."""

    def status(self) -> HistoryStatus:
        return HistoryStatus(position=2, restarts=1, problem=None)


@pytest.fixture
async def everything(nursery: trio.Nursery, tmp_path: Path) -> Api:
    """An exchange with a journal, a snapshot and a history, each of which has something to tell."""
    disk = RealDisk(tmp_path)
    storage = Storage(disk, open_folder(disk, [BTC]), blocking=inline)
    exchange = Exchange([BTC], clock=Clock(), storage=storage)
    await nursery.start(exchange.run)
    api = Api(exchange, Clock())
    api.use(create_app(exchange, Written(tmp_path, lambda: 0)))
    await api.placed()
    assert exchange.snapshots is not None
    await exchange.snapshots.take(exchange.symbol("BTC-USD"))
    return api


async def test_orders_are_counted_by_symbol_type_and_result(api: Api) -> None:
    await api.placed(client_order_id="a")
    await api.place(client_order_id="a")
    await api.place(client_order_id="a", quantity="2")
    await api.place(side="sell", type="market", price=None, quantity="0.5")
    await api.place(symbol="ETH-USD", quantity="0.5")
    found = await metrics_of(api)
    counted = {tuple(labels.values()): value for labels, value in found["goquant_orders_total"]}
    assert counted == {
        ("accepted", "BTC-USD", "limit"): 1,
        ("repeated", "BTC-USD", "limit"): 1,
        ("client_order_id_reused", "BTC-USD", "limit"): 1,
        ("accepted", "BTC-USD", "market"): 1,
        ("accepted", "ETH-USD", "limit"): 1,
    }
    assert measured(found, "goquant_trades_total", symbol="BTC-USD") == 1
    assert measured(found, "goquant_commands_total", symbol="BTC-USD") == 4
    assert measured(found, "goquant_open_orders", symbol="BTC-USD") == 1
    assert measured(found, "goquant_open_orders", symbol="BTC-JPY") == 0
    assert measured(found, "goquant_symbol_running", symbol="BTC-JPY") == 1
    assert measured(found, "goquant_running") == 1


@pytest.mark.parametrize("name", ["goquant_match_seconds", "goquant_command_seconds"])
async def test_durations_add_up(api: Api, name: str) -> None:
    for _ in range(3):
        await api.placed()
    found = await metrics_of(api)
    buckets = [
        (float(labels["le"]), value)
        for labels, value in found[f"{name}_bucket"]
        if labels["symbol"] == "BTC-USD"
    ]
    assert [bound for bound, _ in buckets] == [*BOUNDS_S, float("inf")]
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert counts[-1] == measured(found, f"{name}_count", symbol="BTC-USD") == 3
    total = measured(found, f"{name}_sum", symbol="BTC-USD")
    assert 0 < total <= sum(bound * 3 for bound in BOUNDS_S)


async def test_what_an_inbox_refuses_is_counted() -> None:
    exchange = Exchange([BTC], inbox_max=1)
    api = Api(exchange, Clock())
    exchange.running = True  # It takes orders, but nobody carries them out yet.
    async with trio.open_nursery() as nursery:
        nursery.start_soon(api.placed)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(2):
            assert (await api.place()).code == "busy"
        found = await metrics_of(api)
        assert measured(found, "goquant_inbox_depth", symbol="BTC-USD") == 1
        assert measured(found, "goquant_inbox_overflows_total", symbol="BTC-USD") == 2
        await nursery.start(exchange.run)
        nursery.cancel_scope.cancel()


async def test_journal_snapshots_and_history_are_measured(everything: Api) -> None:
    await everything.placed()
    found = await metrics_of(everything)
    records = 1 + 2  # the rules of the symbol, and two orders
    assert measured(found, "goquant_journal_position") == records
    assert measured(found, "goquant_commit_seconds_count") == 2
    assert measured(found, "goquant_snapshot_bytes", symbol="BTC-USD") > 100
    assert 0 <= measured(found, "goquant_snapshot_age_seconds", symbol="BTC-USD") < 60
    assert measured(found, "goquant_history_position") == 2
    assert measured(found, "goquant_history_running") == 1
    assert measured(found, "goquant_history_restarts_total") == 1


async def test_requests_are_counted_by_route(api: Api) -> None:
    order_id = await api.placed()
    for _ in range(2):
        await api.send("GET", f"/orders/{order_id}")
    await api.send("GET", "/orders/BTC-USD-9")
    await api.send("GET", "/nothing/at/all")
    await api.send("BREW", "/orders")
    found = await metrics_of(api)

    def requests(method: str, route: str, status: str) -> float:
        name = "goquant_http_requests_total"
        return measured(found, name, method=method, route=route, status=status)

    assert requests("POST", "/orders", "201") == 1
    assert requests("GET", "/orders/{id}", "200") == 2
    assert requests("GET", "/orders/{id}", "404") == 1
    assert requests("GET", "other", "404") == 1
    assert requests("other", "other", "405") == 1
    assert measured(found, "goquant_http_request_seconds_count", route="/orders/{id}") == 3


async def test_connections_are_counted() -> None:
    api = Api(Exchange(INSTRUMENTS), Clock())
    request = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    async with serving(api.app) as address:
        async with connected(address) as first, connected(address) as second:
            for client in (first, second):
                await client.send(request)
                assert (await client.answer())[0] == 200
            found = await metrics_of(api)
            assert measured(found, "goquant_connections") == 2
            assert measured(found, "goquant_http_requests_total", route="/livez") == 2
        await trio.testing.wait_all_tasks_blocked()
        found = await metrics_of(api)
        assert measured(found, "goquant_connections") == 0
        assert measured(found, "goquant_connections_accepted_total") == 2


async def test_readers_of_the_streams_are_counted(api: Api) -> None:
    async with (
        websocket(api.app, "/ws/marketdata?symbols=BTC-USD&depth=5") as first,
        websocket(api.app, "/ws/marketdata?symbols=BTC-USD") as second,
        websocket(api.app, "/ws/trades?symbols=BTC-USD&since=99") as lost,
    ):
        await api.placed()
        for socket in (first, second, lost):
            await socket.receive()
        found = await metrics_of(api)
        book, trades = [
            partial(measured, found, symbol="BTC-USD", channel=channel)
            for channel in ("marketdata", "trades")
        ]
        assert (book("goquant_feed_readers"), trades("goquant_feed_readers")) == (2, 1)
        assert (book("goquant_feed_events"), trades("goquant_feed_events")) == (2, 0)
        assert book("goquant_feed_resets_total") == 0
        assert trades("goquant_feed_resets_total") == 1
    await trio.testing.wait_all_tasks_blocked()
    assert measured(await metrics_of(api), "goquant_feed_readers") == 0


async def test_the_process_is_measured_too(api: Api) -> None:
    found = await metrics_of(api)
    assert measured(found, "process_open_fds") > 0
    assert found["python_gc_collections_total"]


async def families(api: Api) -> dict[str, Metric]:
    reply = await api.send("GET", "/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(reply.text)}


async def test_every_metric_is_documented_with_its_labels(everything: Api) -> None:
    """And nothing else is."""
    documented = {
        (name.removesuffix("_total"), kind): tuple(re.findall(r"`(\w+)`", labels))
        for name, kind, labels in ROW.findall(TABLE)
    }
    found = {
        (name, family.type): {
            tuple(label for label in sample.labels if label != "le") for sample in family.samples
        }
        for name, family in (await families(everything)).items()
        if name.startswith("goquant_")
    }
    assert set(found) == set(documented)
    for key, labels in found.items():
        assert {frozenset(each) for each in labels} == {frozenset(documented[key])}, key


async def test_a_query_is_refused(api: Api) -> None:
    assert (await api.send("GET", "/metrics?name[]=a")).code == "malformed"
