"""A command that makes its engine fail, among those of several clients, on a real exchange under load.

Row of the fault table: actor crash (poison command). Exactly that command fails; no other is lost or
doubled, its symbol is back in a moment, and the clients of the other symbols notice nothing.
"""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from threading import Event
from typing import Any

import pytest

from api import order
from folders import accepted, expect_sound
from processes import Caller, Server, altered
from storing import POISON

SICK, *HEALTHY = ("BTC-USD", "ETH-USD", "SOL-USD")
CLIENTS = 4
BATCH = 25

# More within a few seconds would halt the symbol.
POISONS = 3


def batch(client: int, number: int, *, poison: bool) -> list[dict[str, object]]:
    """Orders of one client, of which one in the middle may be poison."""
    orders = [
        order(
            symbol=SICK,
            side=("buy", "sell")[client % 2],
            price=str(100 + (client + place) % 3),
            client_order_id=f"{client}-{number}-{place}",
        )
        for place in range(BATCH)
    ]
    if poison:
        orders[BATCH // 2] |= {"account": POISON}
    return orders


class Neighbour:
    """A client of another symbol, who asks for one thing after the other and takes the time."""

    def __init__(self, port: int, symbol: str, stop: Event) -> None:
        self._port = port
        self._symbol = symbol
        self._stop = stop
        self.took_ms: list[float] = []
        self.statuses = Counter[int]()

    def run(self) -> None:
        with Caller(self._port) as caller:
            while not self._stop.is_set():
                began = time.perf_counter()
                reply = caller.place(symbol=self._symbol, time_in_force="ioc", price="1")
                self.took_ms.append(1000 * (time.perf_counter() - began))
                self.statuses[reply.status] += 1


def send(caller: Caller, orders: list[dict[str, object]]) -> list[Any]:
    reply = caller.send("POST", "/orders/batch", {"orders": orders})
    assert reply.status == 200
    results: list[Any] = reply.json["results"]
    return results


def test_exactly_the_poison_fails_whoever_else_is_in_its_batch(tmp_path: Path) -> None:
    """Fault table: actor crash (poison command)."""
    folder = tmp_path / "data"
    stop = Event()
    with Server(folder, "--history", "off", command=altered("poison")) as server:
        port = server.ready()
        neighbours = [Neighbour(port, symbol, stop) for symbol in HEALTHY]

        def client(name: int) -> list[Any]:
            with Caller(port) as caller:
                return [
                    result
                    for number in range(POISONS)
                    for result in send(caller, batch(name, number, poison=name == 1))
                ]

        with ThreadPoolExecutor(CLIENTS + len(neighbours)) as pool:
            for neighbour in neighbours:
                pool.submit(neighbour.run)
            results = list(pool.map(client, range(CLIENTS)))
            stop.set()
        with Caller(port) as caller:
            assert caller.place(symbol=SICK, client_order_id="after").status == 201
            restarts = {
                each["symbol"]: each["restarts"]
                for each in caller.send("GET", "/status").json["symbols"]
            }
        assert restarts == {SICK: POISONS} | dict.fromkeys(HEALTHY, 0)
        for neighbour in neighbours:
            assert set(neighbour.statuses) == {201}
        server.process.terminate()
        assert server.ended() == 0
    expect_only_poison_failed(results)
    there = accepted(folder)
    del there[None]  # those of the neighbours
    taken = [
        each["order"]["client_order_id"] for result in results for each in result if "order" in each
    ]
    assert there == Counter([*taken, "after"])
    expect_sound(folder)


def expect_only_poison_failed(results: list[list[Any]]) -> None:
    for name, result in enumerate(results):
        failed = [place % BATCH for place, each in enumerate(result) if "error" in each]
        assert failed == ([BATCH // 2] * POISONS if name == 1 else [])
        assert {each["error"]["code"] for each in result if "error" in each} <= {"crashed"}


@pytest.mark.long
def test_the_neighbours_p99_before_and_during(tmp_path: Path) -> None:
    """Fault table: actor crash (poison command). Prints the figures; their size is no claim here."""
    folder = tmp_path / "data"
    with Server(folder, command=altered("poison")) as server, Caller(server.ready()) as caller:
        for number in range(200):
            orders = [
                order(symbol=SICK, price=str(1 + (100 * number + place) % 500))
                for place in range(100)
            ]
            assert all("order" in each for each in send(caller, orders))
        figures = {}
        for phase in ("before", "during", "after"):
            stop = Event()
            neighbours = [Neighbour(server.port, symbol, stop) for symbol in HEALTHY]
            with ThreadPoolExecutor(len(neighbours)) as pool:
                for neighbour in neighbours:
                    pool.submit(neighbour.run)
                for _ in range(8):
                    time.sleep(2)
                    if phase == "during":
                        reply = caller.place(symbol=SICK, account=POISON)
                        assert (reply.status, reply.code) == (500, "crashed")
                        assert caller.place(symbol=SICK).status == 201
                stop.set()
            assert all(set(each.statuses) == {201} for each in neighbours)
            took_ms = [took for each in neighbours for took in each.took_ms]
            percent = quantiles(took_ms, n=1000)
            figures[phase] = percent[989]
            print(
                f"{phase}: {len(took_ms)} orders of neighbours, p50 {percent[499]:.2f} ms, "
                f"p99 {percent[989]:.2f} ms, p99.9 {percent[998]:.2f} ms, "
                f"worst {max(took_ms):.2f} ms"
            )
    print(f"p99 during / before: {figures['during'] / figures['before']:.2f}")
