"""`bench rest`: durable orders over HTTP, beside a bare echo and another engine's own gateway.

Each server is a process of its own, the client another; all on the loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from . import machine
from .environments import GATEWAY, ROOT, prepare_gateway
from .figures import Spread, ranged
from .load import BATCH, DEPTH_TICKS, DIFFERENT, KINDS
from .rivals.ours import INSTRUMENT
from .servers import Contestant, empty, ours, running

ROUNDS = 7
SECONDS = 2.0

STOCK = "echo, stock"
ROUTE = "echo, a route of ours"
ORDER = "POST /orders"
FOLLOWED = "POST /orders, history on"
BATCHES = f"POST /orders/batch, {BATCH}"
RIVAL = "matching-engine 0.1.1's gateway"

WANTED = {STOCK: "1.5", RIVAL: "more than 1"}
WANTED_IN_BATCHES = 20_000

HOW = f"""\
{KINDS["order"].connections} connections, one request at a time each ({KINDS["batch"].connections} for batches): limit orders that rest, half of them bids, within
{DEPTH_TICKS} ticks of a mid, {DIFFERENT} different bodies for each connection. fsync always, on both exchanges. Our book is
emptied after each round. An echo gets the same bodies and answers with them, an order is answered with all
its fields, six times as many bytes. "stock" is quart-trio on hypercorn as they come. The history follows
our journal in a process of its own; it is off where nothing is said, since the gateway has none.
Servers take turns; medians (and ranges) over the rounds. Cost is the server's processor time for a
request, which a neighbour or the client cannot raise much. All that is counted was acknowledged."""

NOT_MEASURED = """\
Not measured: several symbols; TLS, a real network, WebSocket, SSE, more than 16 connections; cancels
and crossing orders over HTTP; requests that are not written plainly, which take the way through Quart."""


class Server(Contestant):
    """A process that serves, and what is asked of it."""

    @property
    def is_ours(self) -> bool:
        return self.kind in {"order", "batch"}

    def row(self) -> str:
        latency = Spread.median_of(self.latency)
        row = latency.row(unit_ns=1_000_000)
        return f"{self.name:32}{ranged(self.rates):>22}{ranged(self.cost_us):>25}{row}"


def bench_rest(
    folder: Path, rivals: Path, rounds: int = ROUNDS, seconds: float = SECONDS
) -> Iterator[str]:
    """The table, then the ratios. The folder is on the disk to measure."""
    gateway = prepare_gateway(rivals)
    if gateway is None:
        yield f"left out, for want of Python {GATEWAY.python}: {RIVAL}"
    with servers(folder, gateway) as contestants:
        take_turns(list(contestants.values()), rounds, seconds)
    heading = f"{'':32}{'requests/s':>22}{'cost, us':>25}{Spread.HEADING} ms"
    yield "\n".join([heading, *(each.row() for each in contestants.values())])
    yield "\n".join(ratios(contestants))


@contextmanager
def servers(folder: Path, gateway: Path | None = None) -> Iterator[dict[str, Server]]:
    """All that are compared, running, by their names."""
    with ExitStack() as stack:
        found = []
        for name, kind in ((STOCK, "stock"), (ROUTE, "route")):
            echo = stack.enter_context(running([sys.executable, "-m", "bench.echo", kind]))
            found.append(Server(name, *echo, "echo"))
        alone, followed = (
            stack.enter_context(running(ours(_data(stack, folder), history)))
            for history in ("off", "on")
        )
        found += [
            Server(ORDER, *alone, "order"),
            Server(FOLLOWED, *followed, "order"),
            Server(BATCHES, *alone, "batch"),
        ]
        if gateway is not None:
            data = _data(stack, folder)
            found.append(Server(RIVAL, *stack.enter_context(_gateway(gateway, data)), "gateway"))
        yield {server.name: server for server in found}


def take_turns(contestants: Sequence[Server], rounds: int, seconds: float) -> None:
    """Let each serve for so long, round after round."""
    for _ in range(rounds):
        for server in contestants:
            before = machine.processor_seconds(server.pid)
            load = _load(server, seconds)
            spent = machine.processor_seconds(server.pid) - before
            server.rates.append(load["requests"] / load["seconds"])
            server.cost_us.append(spent * 1e6 / load["requests"])
            server.latency.append(Spread(**load["latency"]))
            if server.is_ours:
                empty(server.port)


def ratios(contestants: Mapping[str, Server]) -> Iterator[str]:
    """How single orders compare, and how many come in batches; and what is wanted of each."""
    order = contestants[ORDER]
    for name, wanted in WANTED.items():
        if name in contestants:
            other = contestants[name]
            by_clock = median(order.rates) / median(other.rates)
            by_cost = median(other.cost_us) / median(order.cost_us)
            told = f"{by_clock:.2f} by requests/s, {by_cost:.2f} by cost"
            yield f"{ORDER} / {name}: {told}; wanted are {wanted}"
    batches = contestants[BATCHES]
    rates = ranged([BATCH * rate for rate in batches.rates])
    yield f"orders/s in batches of {BATCH}: {rates}; wanted are {WANTED_IN_BATCHES:,}"
    rates = ranged([BATCH * 1e6 / cost for cost in batches.cost_us])
    yield f"  in a second of the server's processor time: {rates}"


def _load(server: Server, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", str(server.port), server.kind, str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the client of {server.name} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _data(stack: ExitStack, folder: Path) -> str:
    return stack.enter_context(TemporaryDirectory(dir=folder))


@contextmanager
def _gateway(python: Path, data: str) -> Iterator[tuple[int, int]]:
    market = f"{INSTRUMENT.symbol}:{INSTRUMENT.tick_size:f}:{INSTRUMENT.lot_size:f}"
    environ = os.environ | {"ME_DATA_DIR": data, "ME_MARKETS": market, "ME_FSYNC": "1"}
    command = [str(python), "-m", "matching_engine", "serve", "--port", "0"]
    with running(command, environ, log=True) as found:
        yield found
