"""A real exchange and the process beside it: the past after a restart, and a file in trouble.

Fault table: a locked or corrupt history never touches matching.
"""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from goquant.persistence.disk import RealDisk
from goquant.persistence.history_folder import FILE, KEPT
from goquant.persistence.history_verify import verify_history
from processes import PATIENCE_S, Caller, Reply, Server

TRADES = 5


def trade(caller: Caller, count: int) -> list[str]:
    """Trades of one each. Returns the ids of the buyers."""
    buyers = []
    for _ in range(count):
        for side in ("sell", "buy"):
            reply = caller.place(side=side, account=side)
            assert reply.status == 201, reply
        buyers.append(str(reply.json["order_id"]))
    return buyers


def stop(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == 0, server.log_text()


def in_time(caller: Caller, path: str) -> Reply:
    """The answer once the history has caught up; until then it has to be that it has not."""
    end = time.monotonic() + PATIENCE_S
    while True:
        reply = caller.send("GET", path)
        if reply.status == 200 or time.monotonic() > end:
            assert reply.status == 200, reply
            return reply
        assert (reply.status, reply.code) == (503, "history_unavailable")
        time.sleep(0.02)


def all_trades(caller: Caller) -> list[int]:
    """Page back to the first trade ever."""
    found: list[int] = []
    before = ""
    while True:
        page = in_time(caller, f"/trades/BTC-USD?limit=2{before}").json
        found += [each["trade_id"] for each in page["trades"]]
        if page["next"] is None:
            return found
        before = f"&before={page['next']}"


def expect_the_past(caller: Caller, buyers: list[str]) -> None:
    """Every route that goes back tells of every trade and of every order."""
    count = len(buyers)
    assert all_trades(caller) == list(range(count, 0, -1))
    assert in_time(caller, f"/orders/{buyers[0]}").json["status"] == "filled"
    orders = in_time(caller, "/orders?account=buy&status=filled&limit=500").json["orders"]
    assert [each["order_id"] for each in orders] == buyers[::-1]
    orders = in_time(caller, "/orders?symbol=BTC-USD&limit=500").json["orders"]
    assert len(orders) == 2 * count + 1
    candles = in_time(caller, "/candles/BTC-USD?interval=1d").json["candles"]
    assert sum(each["trades"] for each in candles) == count
    ticker = caller.send("GET", "/ticker/BTC-USD").json
    assert (ticker["last"], ticker["day"]["trades"]) == ("100.00", count)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Somebody has the file of the history for themselves."""
    with closing(sqlite3.connect(folder / FILE, timeout=PATIENCE_S, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_the_past_is_told_after_a_restart_whatever_happens_to_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Server(folder) as server, Caller(server.ready()) as caller:
        buyers = trade(caller, TRADES)
        assert caller.place(price="50").status == 201, "it stays open"
        expect_the_past(caller, buyers)
        stop(server)
    with Server(folder) as server, Caller(server.ready()) as caller:
        expect_the_past(caller, buyers)

        with locked(folder):
            buyers += trade(caller, TRADES)
            reply = caller.send("GET", f"/orders/{buyers[0]}")
            assert (reply.status, reply.code) == (503, "history_unavailable")
            assert caller.send("GET", "/trades/BTC-USD?limit=5").status == 200, "memory has these"
            assert caller.send("GET", "/ticker/BTC-USD").json["day"] is None
            assert caller.send("GET", "/readyz").json["status"] == "ready"
        expect_the_past(caller, buyers)

        size = (folder / FILE).stat().st_size
        (folder / FILE).write_bytes(b"\xff" * size)
        buyers += trade(caller, TRADES)
        reply = caller.send("GET", f"/orders/{buyers[0]}")
        assert reply.status == 503 or reply.json["status"] == "filled", "it was mended meanwhile"
        expect_the_past(caller, buyers)
        (entry,) = server.logged("the history is made anew")
        assert str(entry["said"]).startswith(f"{FILE} is put into quarantine and made anew: ")
        assert (folder / KEPT).stat().st_size == size
        status = caller.send("GET", "/status").json
        assert status["history"]["problem"] is None
        stop(server)
    assert verify_history(RealDisk(folder)).problems == []
