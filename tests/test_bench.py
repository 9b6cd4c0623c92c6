"""The benchmark's own parts: a figure is worth what the workload and the arithmetic are worth."""

import gc
import json
import socket
import sys
from pathlib import Path

# bench/ is no part of the package and lies beside it, in the root of the checkout.
ROOT = str(Path(__file__).resolve().parents[1])
sys.path.append(ROOT)

import pytest
from bench import trading, ws_load
from bench.arrivals import offsets
from bench.collector import POLICIES, watched
from bench.durable import bench_durable
from bench.fanout import Cell, bench_fanout
from bench.figures import Spread, percentile
from bench.filled_book import FilledBook
from bench.history import bench_history
from bench.load import KINDS, Connection, requests_of
from bench.open_loop import bench_open_loop
from bench.recovery import bench_recovery
from bench.rest import BATCHES, ORDER, STOCK, Server, ratios
from bench.rested import rested
from bench.rivals.ours import OurAdapter
from bench.rivals.yardstick import YardstickAdapter
from bench.snapshots import bench_snapshots
from bench.workload import CANCEL, LIMIT, MARKET, generate
from bench.workload_file import load, save
from wsproto.connection import Connection as WsConnection
from wsproto.connection import ConnectionType
from wsproto.events import TextMessage

from goquant.book.commands import Sequenced
from goquant.book.invariants import check
from goquant.web.http1 import text_frame

sys.path.remove(ROOT)


def test_a_workload_is_the_same_every_time() -> None:
    assert generate(2_000).digest() == "955c3cef5ce77d00"
    assert generate(2_000, seed=43).digest() != generate(2_000).digest()


def test_a_workload_is_the_mix_that_it_claims() -> None:
    workload = generate(20_000)
    shares = [workload.mix.kinds[kind] / 20_000 for kind in (LIMIT, MARKET, CANCEL)]
    assert shares == pytest.approx([0.70, 0.05, 0.25], abs=0.01)


def test_a_workload_survives_its_file(tmp_path: Path) -> None:
    workload = generate(500)
    save(workload, tmp_path / "workload")
    assert load(tmp_path / "workload") == workload


@pytest.mark.parametrize("adapter", [OurAdapter, YardstickAdapter])
def test_engines_trade_what_the_model_says(
    adapter: type[OurAdapter] | type[YardstickAdapter],
) -> None:
    workload = generate(20_000)
    engine = adapter()
    assert engine.tally(engine.prepare(workload.commands)) == workload.tally


def test_an_operation_leaves_a_filled_book_as_large_as_it_was() -> None:
    book = FilledBook(2_000, 20)
    for operation in (book.add_and_cancel, book.cancel_any, book.cross):
        assert operation() > 0
        assert len(book.engine.book.orders) == 2_000
    check(book.engine)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.999, 100), (1.0, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected


def test_a_percentile_of_one_sample_is_that_sample() -> None:
    assert [percentile([7], share) for share in (0.0, 0.5, 1.0)] == [7, 7, 7]


def test_a_spread_needs_no_order() -> None:
    assert Spread.of([3, 1, 2]) == Spread(p50=2, p99=3, p999=3, maximum=3)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_collector_is_left_as_it_was(policy: str) -> None:
    before = gc.get_threshold(), len(gc.callbacks)
    with watched(policy) as pauses:
        gc.collect()
    assert pauses.count == 1
    assert (gc.get_threshold(), len(gc.callbacks)) == before
    assert gc.get_freeze_count() == 0


def test_arrivals_come_at_their_rate_and_never_go_back() -> None:
    moments = list(offsets(2_000, 20_000, seed=1))
    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(10e9, rel=0.05)
    assert moments == list(offsets(2_000, 20_000, seed=1))


def test_a_rested_market_is_the_mix_that_it_claims() -> None:
    commands: list[Sequenced] = []
    market = rested(1_200, commands.append)
    check(market.engine)
    orders = market.engine.book.orders.values()
    assert len(orders) == 1_200
    assert sum(order.remaining < order.terms.quantity for order in orders) == 120
    assert sum(order.terms.account is not None for order in orders) == 600
    assert len(market.engine.client_ids.entries()) == 400
    assert commands[-1].sequence == market.engine.sequence


def test_durable_tells_a_rate_for_each_cell_and_the_disk(tmp_path: Path) -> None:
    heading, one, tasks, pipeline, _, *disk = bench_durable(tmp_path, 1, [(1, 5), (4, 20)])
    assert "fsync always" in heading
    assert [line.split(",")[0] for line in (one, tasks, pipeline)] == [
        "1 in flight",
        "4 in flight",
        "4 in flight",
    ]
    assert len(disk) == 2
    assert not list(tmp_path.iterdir())


def test_an_open_loop_tells_what_everybody_waited(tmp_path: Path) -> None:
    heading, *rows = bench_open_loop(tmp_path, rounds=1, seconds=0.1, rate=500)
    assert "p99.9" in heading
    assert [row[:12].strip() for row in rows] == [
        "fsync always",
        "fsync never",
        "no journal",
        "bare task",
    ]


def test_a_snapshot_is_timed_beside_its_absence(tmp_path: Path) -> None:
    heading, row, steps = bench_snapshots(tmp_path, [200], rounds=1)
    assert "without" in heading
    assert row.split()[0] == "200"
    assert "the snapshot" in steps


def test_a_recovery_replays_what_a_crash_left(tmp_path: Path) -> None:
    heading, after_snapshot, everything = bench_recovery(tmp_path, 200, 300, 500, rounds=1)
    assert "records/s" in heading
    assert after_snapshot.startswith("A")
    assert everything.startswith("B")


def test_the_history_is_followed_rebuilt_verified_and_asked(tmp_path: Path) -> None:
    rates, *rows = bench_history(tmp_path, 600, rounds=1, questions=3)
    assert rates.startswith("records/s")
    assert [row.split()[0] for row in rows[:3]] == ["following", "rebuilding", "verifying"]
    assert [row.split()[1] for row in rows[3:5]] == ["orders", "trades"]
    assert "p99.9" in rows[5]
    assert len(rows) == 12
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_a_load_is_whole_requests_of_its_kind(kind: str) -> None:
    head, _, body = next(requests_of(kind, seed=1)).partition(b"\r\n\r\n")
    assert head.startswith(f"POST {KINDS[kind].path} HTTP/1.1\r\n".encode())
    assert f"content-length: {len(body)}".encode() in head
    assert len(json.loads(body).get("orders", [body])) == KINDS[kind].orders


def answered(body: bytes, status: int = 200) -> int | None:
    """What a client makes of an answer to a batch."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        return Connection(ours, KINDS["batch"], iter(())).receive()


def test_a_load_counts_nothing_that_was_not_acknowledged_in_full() -> None:
    accepted = b'{"order":{"status":"new"}}'
    assert answered(accepted * 100) is not None
    for body, status in ((accepted * 99, 200), (accepted * 100, 503), (b"", 200)):
        with pytest.raises(ConnectionError):
            answered(body, status)


def test_rest_tells_what_is_wanted_beside_what_was_found() -> None:
    found = {
        name: Server(name, 0, 0, "order", rates=[rate], cost_us=[1e6 / rate])
        for name, rate in ((STOCK, 1_000.0), (ORDER, 2_500.0), (BATCHES, 250.0))
    }
    assert list(ratios(found)) == [
        "POST /orders / echo, stock: 2.50 by requests/s, 2.50 by cost; wanted are 1.5",
        "orders/s in batches of 100: 25,000 (25,000 to 25,000); wanted are 20,000",
        "  in a second of the server's processor time: 25,000 (25,000 to 25,000)",
    ]


@pytest.mark.parametrize("kind", ws_load.KINDS)
def test_a_load_over_websocket_is_masked_messages_of_its_kind(kind: str) -> None:
    sent = next(ws_load.messages(ws_load.KINDS[kind]))
    connection = WsConnection(ConnectionType.SERVER)
    connection.receive_data(sent)
    (message,) = connection.events()
    assert isinstance(message, TextMessage)
    fields = json.loads(message.data)
    assert len(fields.get("orders", [fields])) == (ws_load.KINDS[kind].orders or 1)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_answers_over_websocket_are_counted_whatever_the_pieces(step: int) -> None:
    frames = [
        text_frame(b'{"id":1,"order":{"status":"new"}}'),
        b"\x89\x00",
        text_frame(b'{"channel":"orders","events":["status":"new"]}'),
        text_frame(b'{"id":2,"order":{"status":"new","x":"' + bytes(70_000) + b'"}}'),
        text_frame(b'{"id":3,"order":{"status":"new","x":"' + bytes(200) + b'"}}'),
    ]
    data = b"".join(frames)
    answers = ws_load.Answers(ws_load.KINDS["order"])
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    assert sum(map(answers.take, pieces)) == 3


def test_nothing_is_counted_over_websocket_that_was_not_acknowledged() -> None:
    for said in (text_frame(b'{"id":1,"error":{}}'), b""):
        with pytest.raises(ConnectionError):
            ws_load.Answers(ws_load.KINDS["order"]).take(said)


def test_trading_tells_what_is_wanted_beside_what_was_found() -> None:
    found = {
        name: trading.Server(name, 0, 0, "order", rates=[rate], cost_us=[1e6 / rate])
        for name, rate in (
            (trading.ECHO, 4_000.0),
            (trading.LANE, 6_000.0),
            (trading.ORDER, 3_000.0),
            (trading.REPORTED, 2_000.0),
            (trading.BATCHES, 30_000.0),
            (trading.REPORTED_BATCHES, 20_000.0),
        )
    }
    told = list(trading.ratios(found))
    assert told[0].endswith("hypercorn: 0.75 by orders/s, 0.75 by cost; wanted is 0.7")
    assert told[3].endswith("in a second of processor time; wanted are 25,000")


def test_a_fan_out_loses_nothing_and_tells_the_memory_of_who_is_idle() -> None:
    heading, row, _, *memory = bench_fanout(1, 0.2, [Cell(3, 200)], idle=20)
    assert "of all" in heading
    assert row.split()[0] == "3"
    assert "100.0%" in row
    assert [line.split(":")[0] for line in memory] == [
        "memory of one idle ws subscriber",
        "memory of one idle sse subscriber",
    ]
