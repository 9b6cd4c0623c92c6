"""kill -9 at random moments, under load, and during the start: nothing acknowledged is lost.

Fault table: kill -9 random. Real processes on a real folder; the seed is printed.
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random

import pytest

from goquant.persistence.disk import RealDisk
from goquant.persistence.repair import verify

GOQUANT = [sys.executable, "-m", "goquant"]
HEADERS = {"Content-Type": "application/json"}
SYMBOLS = ("BTC-USD", "ETH-USD")


class Server:
    """A real exchange on a folder."""

    def __init__(self, folder: Path) -> None:
        self.log = folder.parent / "log"
        flags = ["--port", "0", "--data-dir", str(folder), "--snapshot-interval-ms", "100"]
        environment = {key: text for key, text in os.environ.items() if "GOQUANT" not in key}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*GOQUANT, "serve", *flags], stdout=subprocess.PIPE, stderr=log, env=environment
            )
        self.port = 0

    def ready(self) -> int:
        """Wait until it takes orders."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), self.log.read_text()[-2000:]
        self.port = int(line.rsplit(":", 1)[1])
        return self.port

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Client(threading.Thread):
    """Sends orders until the server is gone, and keeps what was acknowledged."""

    def __init__(self, port: int, name: str, random: Random) -> None:
        super().__init__()
        self._connection = HTTPConnection("127.0.0.1", port, timeout=10)
        self._name = name
        self._random = random
        self.acknowledged: dict[str, dict[str, object]] = {}
        self.unanswered: list[dict[str, object]] = []

    def run(self) -> None:
        with closing(self._connection), suppress(OSError, HTTPException):
            for count in range(100_000):
                self._place(f"{self._name}-{count}")

    def _place(self, client_order_id: str) -> None:
        order: dict[str, object] = {
            "symbol": self._random.choice(SYMBOLS),
            "side": self._random.choice(("buy", "sell")),
            "type": "limit",
            "quantity": str(self._random.randrange(1, 5)),
            "price": str(self._random.randrange(95, 106)),
            "client_order_id": client_order_id,
        }
        self.unanswered.append(order)
        self._connection.request("POST", "/orders", json.dumps(order), HEADERS)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 201, answer
        self.acknowledged[answer["order_id"]] = answer
        self.unanswered.pop()


class Check:
    """Asks a server that is back about what one before it has said."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=10)

    def close(self) -> None:
        self._connection.close()

    def send(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        self._connection.request(method, path, json.dumps(body) if body else None, HEADERS)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def orders(self, acknowledged: dict[str, dict[str, object]]) -> None:
        for order_id, then in acknowledged.items():
            status, now = self._order(order_id)
            assert status == 200, (order_id, now)
            for field in ("client_order_id", "price", "quantity", "created_at", "side"):
                assert now[field] == then[field]
            fills_then, fills_now = then["fills"], now["fills"]
            assert isinstance(fills_then, list)
            assert isinstance(fills_now, list)
            assert fills_now[: len(fills_then)] == fills_then, "a trade that was told has happened"

    def _order(self, order_id: str) -> tuple[int, dict[str, object]]:
        """A finished order may have to come from the history, which catches up after a start."""
        for _ in range(200):
            status, answer = self.send("GET", f"/orders/{order_id}")
            if status == 200:
                break
            time.sleep(0.05)
        return status, answer

    def retried(self, order: dict[str, object]) -> None:
        """A command without an answer may be sent again, however often."""
        first, again = self.send("POST", "/orders", order), self.send("POST", "/orders", order)
        assert first[0] in (200, 201)
        assert (again[0], again[1]["order_id"]) == (200, first[1]["order_id"])


def kills(folder: Path, count: int, random: Random) -> tuple[int, list[float]]:
    """Start, load, kill, and again. Returns how many orders were acknowledged, and start times."""
    acknowledged, starts = 0, []
    clients: list[Client] = []
    for round in range(count):
        if random.random() < 0.2:
            early = Server(folder)
            with suppress(subprocess.TimeoutExpired):
                early.process.wait(random.uniform(0.2, 0.8))
            early.kill()
        began = time.monotonic()
        server = Server(folder)
        port = server.ready()
        starts.append(time.monotonic() - began)
        with closing(Check(port)) as check:
            for client in clients:
                check.orders(client.acknowledged)
                for order in client.unanswered:
                    check.retried(order)
        clients = [Client(port, f"{round}-{name}", Random(random.random())) for name in "abc"]
        for client in clients:
            client.start()
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(random.uniform(0.02, 0.4))
        server.kill()
        for client in clients:
            client.join()
            acknowledged += len(client.acknowledged)
    return acknowledged, starts


def expect_nothing_lost(folder: Path, count: int) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    acknowledged, starts = kills(folder, count, Random(seed))
    report = verify(RealDisk(folder))
    assert report.problems == []
    last = {each.symbol: each.sequence for each in report.symbols}
    assert sum(last.values()) >= acknowledged > 0
    starts.sort()
    half, worst = starts[len(starts) // 2], starts[-1]
    print(
        f"{count} kills, {acknowledged} acknowledged, 0 lost; ready p50 {half:.2f} s, {worst:.2f}"
    )


def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    expect_nothing_lost(tmp_path / "data", 50)


@pytest.mark.long
def test_a_thousand_kills_lose_nothing(tmp_path: Path) -> None:
    expect_nothing_lost(tmp_path / "data", 1000)
