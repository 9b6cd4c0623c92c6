"""`bench fanout`: events delivered to many subscribers, how late, and what one costs that is idle."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import sleep
from typing import IO, Any

from .environments import ROOT
from .figures import Spread, ranged

ROUNDS = 3
SECONDS = 3.0
TARGET_PER_S = 100_000

# After the last trade everything is on its way for this long at the most.
SETTLE_S = 1.0


@dataclass(frozen=True)
class Cell:
    """So many subscribers, and the trades of a second."""

    subscribers: int
    trades_per_s: int


# Each number of subscribers at a rate that leaves the server time, for how late events come, and at
# one that does not, for how many events come at most.
CELLS = (
    Cell(1, 1_000),
    Cell(1, 20_000),
    Cell(100, 1_000),
    Cell(100, 10_000),
    Cell(1_000, 100),
    Cell(1_000, 1_000),
)

IDLE = 1_000

HOW = f"""\
Every subscriber reads the trades of one symbol over a WebSocket; server and clients are a process
each. An exchange with fsync always makes the trades itself, in bursts of a millisecond: two orders and
a commit are in each event's cost, HTTP is not. "of all" is the share of trades times subscribers that
came; the rest would have been told as a reset. Latency is from the moment at which the exchange has
answered its commands and begins to publish to the moment at which a client has read the event: five
clients, the newest event of each read. The second row of each pair offers more than there is time for,
so that its latency is that of a queue. Medians (and ranges) over the rounds. The target is
{TARGET_PER_S:,} events/s at 100 subscribers."""

NOT_MEASURED = """\
Not measured: SSE and polls but for their memory, market data, a network, clients that are slow, TLS."""


@dataclass(frozen=True)
class Run:
    """What one round found."""

    events_per_s: float
    share: float
    frames_per_s: float
    cpu: float
    """Of one core."""
    latency: Spread


def bench_fanout(
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    cells: Sequence[Cell] = CELLS,
    idle: int = IDLE,
) -> Iterator[str]:
    """The table, a row as soon as it is there, and the memory."""
    yield (
        f"{'subscribers':>11}{'trades/s':>9}{'events/s':>32}{'of all':>8}{'reads/s':>9}{'core':>6}"
        f"{Spread.HEADING} ms"
    )
    for cell in cells:
        yield _row(cell, [_round(cell, seconds) for _ in range(rounds)])
    yield ""
    for kind in ("ws", "sse"):
        yield f"memory of one idle {kind} subscriber: {_idle_bytes(kind, idle) / 1024:.0f} KiB"


def _row(cell: Cell, runs: list[Run]) -> str:
    rates = ranged([run.events_per_s for run in runs])
    share, frames, cpu = (
        median(getattr(run, name) for run in runs) for name in ("share", "frames_per_s", "cpu")
    )
    latency = Spread.median_of([run.latency for run in runs]).row(unit_ns=1_000_000)
    return (
        f"{cell.subscribers:>11,}{cell.trades_per_s:>9,}{rates:>32}{share:>8.1%}{frames:>9,.0f}"
        f"{cpu:>6.0%}{latency}"
    )


def _round(cell: Cell, seconds: float) -> Run:
    with _server() as server, _clients(server.port, "ws", cell.subscribers) as clients:
        flow = server.ask(f"{cell.trades_per_s} {seconds}")
        sleep(SETTLE_S)
        received = clients.ask("")
    published = {int(sequence): at for sequence, at in flow["published_ns"].items()}
    waits = [
        at - published[sequence]
        for sequence, at in received["received_ns"]
        if sequence in published
    ]
    return Run(
        received["events"] / flow["seconds"],
        received["events"] / (flow["trades"] * cell.subscribers),
        received["reads"] / flow["seconds"],
        flow["cpu_seconds"] / flow["seconds"],
        Spread.of(waits),
    )


def _idle_bytes(kind: str, count: int) -> float:
    """What the server grows by for each subscriber, beyond the first few."""
    sizes: list[int] = []
    with _server() as server, ExitStack() as stack:
        for more in (count // 10, count):
            stack.enter_context(_clients(server.port, kind, more))
            sizes.append(server.ask("0 0")["resident_bytes"])
    return (sizes[1] - sizes[0]) / count


class Process:
    """A process that answers lines with lines of JSON."""

    def __init__(self, process: subprocess.Popen[str], first_line: str) -> None:
        self._process = process
        self.first_line = first_line

    @property
    def port(self) -> int:
        return int(self.first_line)

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(_line(self._process.stdout))
        return answer


@contextmanager
def _server() -> Iterator[Process]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _process("bench.fanout_server", str(Path(folder))) as server,
    ):
        yield server


@contextmanager
def _clients(port: int, kind: str, count: int) -> Iterator[Process]:
    with _process("bench.fanout_client", str(port), kind, str(count)) as clients:
        yield clients


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[Process]:
    """A process that has said its first line; it ends with its input."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Process(process, _line(process.stdout))
    finally:
        process.communicate()


def _line(output: IO[str]) -> str:
    line = output.readline().strip()
    if not line:
        raise RuntimeError("a process of the benchmark has ended")
    return line
