"""kill -9 at random moments, under load, and during the start: nothing acknowledged is lost.

Fault table: kill -9 random. Real processes on a real folder; the seed is printed.
"""

import os
import subprocess
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from random import Random
from statistics import quantiles

import pytest

from folders import expect_sound
from processes import Caller, Json, Reply, Server

SYMBOLS = ("BTC-USD", "ETH-USD")
FINAL = ("canceled", "filled", "expired")


class Client(threading.Thread):
    """Sends orders and cancels until the server is gone, and keeps what was acknowledged.

    `acknowledged` has each order as it was last told, `unanswered` the order that got no answer.
    """

    def __init__(self, port: int, name: str, random: Random) -> None:
        super().__init__()
        self._caller = Caller(port)
        self._name = name
        self._random = random
        self.commands = 0
        self.acknowledged: dict[str, Json] = {}
        self.unanswered: list[Json] = []

    def run(self) -> None:
        with closing(self._caller), suppress(OSError, HTTPException):
            for count in range(100_000):
                if self.acknowledged and self._random.random() < 0.2:
                    self._cancel(self._random.choice(list(self.acknowledged)[-5:]))
                else:
                    self._place(f"{self._name}-{count}")

    def _place(self, client_order_id: str) -> None:
        order: Json = {
            "symbol": self._random.choice(SYMBOLS),
            "side": self._random.choice(("buy", "sell")),
            "type": "limit",
            "quantity": str(self._random.randrange(1, 5)),
            "price": str(self._random.randrange(95, 106)),
            "client_order_id": client_order_id,
        }
        self.unanswered.append(order)
        status, answer = self._caller.send("POST", "/orders", order)
        assert status == 201, answer
        self.unanswered.pop()
        assert answer["order_id"] not in self.acknowledged
        self._acknowledge(answer)

    def _cancel(self, order_id: str) -> None:
        status, answer = self._caller.send("DELETE", f"/orders/{order_id}")
        assert status in (200, 409), answer
        if status == 200:
            self._acknowledge(answer)

    def _acknowledge(self, order: Json) -> None:
        self.commands += 1
        self.acknowledged[str(order["order_id"])] = order


class Check(Caller):
    """Asks a server that is back about what one before it has said."""

    def order(self, then: Json) -> None:
        """What was told of an order still holds; it may have traded since, and so be finished."""
        now = self._order(str(then["order_id"]))
        for field in ("order_id", "client_order_id", "price", "quantity", "created_at", "side"):
            assert now[field] == then[field]
        fills_then, fills_now = then["fills"], now["fills"]
        assert isinstance(fills_then, list)
        assert isinstance(fills_now, list)
        assert fills_now[: len(fills_then)] == fills_then, "a trade that was told has happened"
        if then["status"] in FINAL:
            assert now == then, (then, now)

    def _order(self, order_id: str) -> Json:
        status, answer = self._send("GET", f"/orders/{order_id}")
        assert status == 200, (order_id, answer)
        return dict(answer)

    def retried(self, order: Json) -> None:
        """A command without an answer may be sent again, however often."""
        first, again = self._send("POST", "/orders", order), self._send("POST", "/orders", order)
        assert first.status in (200, 201)
        assert (again.status, again.json["order_id"]) == (200, first.json["order_id"])

    def _send(self, method: str, path: str, body: object = None) -> Reply:
        """A finished order may have to come from the history, which catches up after a start."""
        for _ in range(200):
            reply = self.send(method, path, body)
            if reply.status != 503:
                break
            assert reply.code == "history_unavailable"
            time.sleep(0.05)
        return reply


class Kills:
    """Starts exchanges on a folder, loads them and kills them, again and again."""

    def __init__(self, folder: Path, random: Random) -> None:
        self._folder = folder
        self._random = random
        self._clients: list[Client] = []
        self._ids: set[str] = set()
        self.acknowledged = 0
        self.starts_s: list[float] = []

    def round(self, number: int) -> None:
        """One exchange, from its start to its end."""
        if self._random.random() < 0.2:
            self._kill_a_start()
        began = time.monotonic()
        server = self._server()
        port = server.ready()
        self.starts_s.append(time.monotonic() - began)
        self.check(port)
        self._clients = [
            Client(port, f"{number}-{name}", Random(self._random.random())) for name in "abc"
        ]
        for client in self._clients:
            client.start()
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(self._random.uniform(0.02, 0.4))
        server.kill()
        for client in self._clients:
            client.join()

    def check(self, port: int) -> None:
        """All that the last exchange has said is what the next one says."""
        with Check(port) as check:
            for client in self._clients:
                assert not self._ids & set(client.acknowledged), "an id was given twice"
                self._ids |= set(client.acknowledged)
                self.acknowledged += client.commands
                for order in client.acknowledged.values():
                    check.order(order)
                for order in client.unanswered:
                    check.retried(order)
        self._clients = []

    def last_check(self) -> None:
        """The same once more, without a kill after it."""
        with self._server() as server:
            self.check(server.ready())

    def _server(self) -> Server:
        return Server(self._folder, "--snapshot-interval-ms", "100")

    def _kill_a_start(self) -> None:
        early = self._server()
        with suppress(subprocess.TimeoutExpired):
            early.process.wait(self._random.uniform(0.2, 0.8))
        early.kill()


def expect_nothing_lost(folder: Path, count: int) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    kills = Kills(folder, Random(seed))
    for number in range(count):
        kills.round(number)
    kills.last_check()
    assert kills.acknowledged > 0
    expect_sound(folder)
    percent = quantiles(kills.starts_s, n=100, method="inclusive")
    print(
        f"{count} kills, {kills.acknowledged} acknowledged, 0 lost; from the start of the process "
        f"to ready p50 {percent[49]:.2f} s, p99 {percent[98]:.2f} s, worst {max(kills.starts_s):.2f} s"
    )


def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    expect_nothing_lost(tmp_path / "data", 50)


@pytest.mark.long
def test_a_thousand_kills_lose_nothing(tmp_path: Path) -> None:
    expect_nothing_lost(tmp_path / "data", 1000)
