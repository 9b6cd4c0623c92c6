"""`bench attacks`: how long orders wait while somebody attacks.

The exchange, the client that trades and the attackers are a process each, on the loopback. Calm and
attacked rounds alternate.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from .environments import ROOT
from .figures import Spread
from .servers import empty, ours, running

ATTACKERS = ROOT / "tests" / "attacks.py"

RATE = 200
SECONDS = 5.0
ROUNDS = 3
CLIENTS = 20

# Attackers that nobody ends go on for so much longer than the orders.
MARGIN_S = 30.0

# The quickest of the table, and those that have cost the most.
SHORT = (
    "malformed frames",
    "slow bodies",
    "pings",
    "40 MiB of fragments",
    "answers that nobody reads",
)

HOW = f"""\
{RATE} durable orders a second over one WebSocket, at random gaps that do not wait for answers: milliseconds
from the moment when an order was to be sent until its answer is there. Meanwhile {CLIENTS} clients attack,
each of which comes again as soon as it was sent away. They are one process, so that they, the server
and the client share the processors: part of the wait is theirs. Medians of the rounds; `times calm` is
the p99 beside that of the calm round before. The attacks are those of tests/attacks.py."""

NOT_MEASURED = """\
Not measured: attackers on other machines, more of them than one process can be, TLS."""


def names() -> list[str]:
    """Every attack of the table."""
    listed = subprocess.run(
        [sys.executable, ATTACKERS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def bench_attacks(
    folder: Path,
    attacks: Sequence[str],
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
) -> Iterator[str]:
    """The table. The folder is on the disk to measure."""
    yield f"{'':34}{Spread.HEADING} ms   times calm"
    calm_rounds: list[Spread] = []
    with (
        TemporaryDirectory(dir=folder) as data,
        running(ours(data, "off")) as (port, _),
    ):
        for name in attacks:
            calm, attacked = [], []
            for _ in range(rounds):
                calm.append(waits(port, seconds))
                attacked.append(waits_under(name, port, seconds))
            calm_rounds += calm
            found, before = Spread.median_of(attacked), Spread.median_of(calm)
            yield f"{name:34}{found.row(1_000_000)}   {found.p99 / before.p99:>10.1f}"
    yield f"{'calm':34}{Spread.median_of(calm_rounds).row(1_000_000)}"


def waits(port: int, seconds: float) -> Spread:
    """How long orders wait, at the rate."""
    words = [sys.executable, "-m", "bench.ws_load", str(port), "order", str(seconds), str(RATE)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"orders were not answered: {done.stderr[-2000:]}")
    empty(port)
    return Spread(**json.loads(done.stdout)["latency"])


def waits_under(name: str, port: int, seconds: float) -> Spread:
    """The same, while somebody attacks."""
    lasts = seconds + MARGIN_S
    words = [sys.executable, str(ATTACKERS), str(port), name, str(CLIENTS), str(lasts)]
    attackers = subprocess.Popen(words, cwd=ROOT)
    try:
        return waits(port, seconds)
    finally:
        attackers.terminate()
        attackers.wait()
