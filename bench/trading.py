"""`bench trading`: durable orders over WebSocket, beside a bare echo in the same run.

Each server is a process of its own, the client another; all on the loopback.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from . import machine
from .environments import ROOT
from .figures import Spread, ranged
from .servers import Contestant, empty, ours, running
from .ws_load import BATCH, DEPTH_TICKS, DIFFERENT, KINDS

ROUNDS = 7
SECONDS = 2.0
RATE = 1_000

ECHO = "echo, quart-trio on hypercorn"
LANE = "echo, trio-websocket"
ORDER = "orders"
REPORTED = "orders, and their reports"
BATCHES = f"orders in batches of {BATCH}"
REPORTED_BATCHES = "the same, and their reports"

WANTED = 0.7
WANTED_IN_BATCHES = 25_000

HOW = f"""\
One connection with {KINDS["order"].window} messages on their way ({KINDS["batch"].window} for batches): limit orders that rest, half of them bids,
within {DEPTH_TICKS} ticks of a mid, {DIFFERENT} different ones. fsync always; the book is emptied after each round.
An echo gets the same messages and answers with them, an order is answered with all its fields, and
its report is another message as large. Servers take turns; medians (and ranges) over the rounds.
Cost is the server's processor time for an order, which a neighbour cannot raise much. All that is
counted was acknowledged."""

AT_RATE = f"""\
{RATE:,} single orders a second, at random gaps that do not wait for answers: milliseconds from the moment
when an order was to be sent until its answer is there."""

NOT_MEASURED = """\
Not measured: several connections, several symbols, orders that trade; TLS, a real network."""


class Server(Contestant):
    """A process that serves, and what is asked of it."""

    @property
    def orders(self) -> int:
        """How many one message carries. That of an echo is one."""
        return KINDS[self.kind].orders or 1

    def row(self) -> str:
        latency = Spread.median_of(self.latency).row(unit_ns=1_000_000)
        return f"{self.name:32}{ranged(self.rates):>26}{ranged(self.cost_us):>20}{latency}"

    def measure(self, seconds: float, rate: float) -> None:
        """Have a client ask for so long, as fast as it goes or at a rate."""
        before = machine.processor_seconds(self.pid)
        load = self._load(seconds, rate)
        spent = machine.processor_seconds(self.pid) - before
        orders = load["messages"] * self.orders
        self.rates.append(orders / load["seconds"])
        self.cost_us.append(spent * 1e6 / orders)
        self.latency.append(Spread(**load["latency"]))
        if self.kind != "echo":
            empty(self.port)

    def _load(self, seconds: float, rate: float) -> dict[str, Any]:
        words = ["bench.ws_load", str(self.port), self.kind, str(seconds), str(rate)]
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the client of {self.name} failed: {done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def bench_trading(folder: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> Iterator[str]:
    """The tables, and the ratios. The folder is on the disk to measure."""
    with servers(folder) as found:
        for rate in (0, RATE):
            heading = f"{'':32}{'orders/s':>26}{'cost, us':>20}{Spread.HEADING} ms"
            chosen = [each for each in found.values() if not rate or each.orders == 1]
            for server in chosen:
                server.rates, server.cost_us, server.latency = [], [], []
            for _ in range(rounds):
                for server in chosen:
                    server.measure(seconds, rate)
            yield "\n".join([*([AT_RATE] * bool(rate)), heading, *(each.row() for each in chosen)])
            if not rate:
                yield "\n".join(ratios(found))


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, Server]]:
    """All that are compared, running, by their names."""
    with ExitStack() as stack:
        found = []
        for name, kind in ((ECHO, "stock"), (LANE, "lane")):
            echo = stack.enter_context(running([sys.executable, "-m", "bench.ws_echo", kind]))
            found.append(Server(name, *echo, "echo"))
        data = stack.enter_context(TemporaryDirectory(dir=folder))
        exchange = stack.enter_context(running(ours(data, "off")))
        for name, kind in (
            (ORDER, "order"),
            (REPORTED, "reported"),
            (BATCHES, "batch"),
            (REPORTED_BATCHES, "reported-batch"),
        ):
            found.append(Server(name, *exchange, kind))
        yield {server.name: server for server in found}


def ratios(found: Mapping[str, Server]) -> Iterator[str]:
    """How single orders compare with an echo, and how many come in batches; what is wanted of each."""
    echo = found[ECHO]
    for name in (ORDER, REPORTED, LANE):
        by_clock = median(found[name].rates) / median(echo.rates)
        by_cost = median(echo.cost_us) / median(found[name].cost_us)
        wanted = f"; wanted is {WANTED}" if name == ORDER else ""
        yield f"{name} / {ECHO}: {by_clock:.2f} by orders/s, {by_cost:.2f} by cost{wanted}"
    for name in (BATCHES, REPORTED_BATCHES):
        in_a_second = ranged([1e6 / cost for cost in found[name].cost_us])
        told = f"{ranged(found[name].rates)} a second, {in_a_second} in a second of processor time"
        yield f"{name}: {told}; wanted are {WANTED_IN_BATCHES:,}"
