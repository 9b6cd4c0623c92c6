"""`bench exchange`, second half: the exchange over HTTP beside an echo on the same stack.

Each server is a process of its own, the client another; all on the loopback.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import IO, Any

from . import machine
from .environments import ROOT
from .figures import Spread, ranged
from .load import BATCH, CONNECTIONS, framed
from .rivals.ours import INSTRUMENT

ROUNDS = 5
SECONDS = 2.0

HOW = f"""\
{CONNECTIONS} connections, one request at a time each, limit orders that rest; the book is emptied
after each round. The echo gets the same bodies and answers with them; an order is answered with all
its fields, six times as many bytes. "stock" is hypercorn as it comes, "hardened" our own server with
the echo on the short way, as POST /orders is. Servers take turns; medians (and ranges) over the rounds.
Cost is the server's processor time for a request, which a neighbour or the client cannot raise much."""

NOT_MEASURED = """\
Not measured: the actor with several symbols; TLS, a real network, WebSocket, SSE, more than 16
connections; cancels and crossing orders over HTTP. Client and server share the machine."""


@dataclass
class Server:
    """A process that serves, and what is asked of it."""

    name: str
    port: int
    pid: int
    kind: str
    orders: int
    """How many one request carries."""
    rates: list[float] = field(default_factory=list)
    cost_us: list[float] = field(default_factory=list)
    latency: list[Spread] = field(default_factory=list)

    def row(self) -> str:
        latency = Spread.median_of(self.latency)
        row = latency.row(unit_ns=1_000_000)
        return f"{self.name:24}{ranged(self.rates):>22}{ranged(self.cost_us):>27}{row}"


def bench_rest(rounds: int = ROUNDS, seconds: float = SECONDS) -> Iterator[str]:
    """The table, then the ratios."""
    with servers() as contestants:
        take_turns(contestants, rounds, seconds)
    heading = f"{'':24}{'requests/s':>22}{'cost, us':>27}{Spread.HEADING} ms"
    yield "\n".join([heading, *(each.row() for each in contestants)])
    yield "\n".join(ratios(contestants))


@contextmanager
def servers() -> Iterator[list[Server]]:
    """All that are compared, running."""
    with ExitStack() as stack:
        stock, hardened = (
            stack.enter_context(_running("-m", "bench.echo", kind))
            for kind in ("stock", "hardened")
        )
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        serve = ("-m", "goquant", "serve", "--port", "0", "--data-dir", folder)
        exchange = stack.enter_context(_running(*serve))
        yield [
            Server("echo, stock", *stock, "echo", 1),
            Server("echo, hardened", *hardened, "echo", 1),
            Server("POST /orders", *exchange, "order", 1),
            Server(f"POST /orders/batch, {BATCH}", *exchange, "batch", BATCH),
        ]


def take_turns(contestants: list[Server], rounds: int, seconds: float) -> None:
    """Let each serve for so long, round after round."""
    for _ in range(rounds):
        for server in contestants:
            before = machine.processor_seconds(server.pid)
            load = _load(server, seconds)
            spent = machine.processor_seconds(server.pid) - before
            server.rates.append(load["requests"] / load["seconds"])
            server.cost_us.append(spent * 1e6 / load["requests"])
            server.latency.append(Spread(**load["latency"]))
            if server.kind != "echo":
                _empty(server.port)


def ratios(contestants: list[Server]) -> Iterator[str]:
    stock, hardened, order, batch = contestants
    for echo in (stock, hardened):
        by_clock = median(order.rates) / median(echo.rates)
        by_cost = median(echo.cost_us) / median(order.cost_us)
        yield f"POST /orders / {echo.name}: {by_clock:.2f} by requests/s, {by_cost:.2f} by cost"
    yield f"orders/s in batches of {BATCH}: {ranged([rate * BATCH for rate in batch.rates])}"


def _load(server: Server, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", str(server.port), server.kind, str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the client of {server.name} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _empty(port: int) -> None:
    """Cancel all orders."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(framed("DELETE", f"/orders?symbol={INSTRUMENT.symbol}"))
        client.shutdown(socket.SHUT_WR)
        head = client.recv(64)
        while client.recv(1 << 20):
            pass
    if b" 200 " not in head:
        raise RuntimeError(f"the book could not be emptied: {head!r}")


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[int, int]]:
    """A server's port, the last number of its first line, and its process id."""
    server = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None, "it was asked for"
        yield _port(server.stdout), server.pid
    finally:
        server.terminate()
        server.communicate()


def _port(output: IO[str]) -> int:
    first = output.readline().strip()
    if not first:
        raise RuntimeError("a server ended before it served")
    return int(first.rpartition(":")[2])
