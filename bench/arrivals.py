"""`python -m bench.arrivals RATE COUNT SEED`: tells when orders arrive, whatever becomes of them.

A process of its own, which sleeps until shortly before an arrival, since a sleep wakes late, and
spins from there. Writes the time of each, by the clock that all processes share, when it has come.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from random import Random
from struct import Struct
from time import perf_counter_ns, sleep

# Smaller than what a pipe takes in one piece, so that a reader finds whole ones.
STAMP = Struct("<q")

START_NS = 50_000_000
SPIN_NS = 100_000


def offsets(rate: float, count: int, seed: int) -> Iterator[int]:
    """Nanoseconds from the start to each arrival: gaps are exponential, as among strangers."""
    random, at = Random(seed), 0.0
    for _ in range(count):
        at += random.expovariate(rate)
        yield int(at * 1e9)


def main() -> None:
    rate, count, seed = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    start = perf_counter_ns() + START_NS
    for offset in list(offsets(rate, count, seed)):
        due = start + offset
        sleep(max(0, due - perf_counter_ns() - SPIN_NS) / 1e9)
        while perf_counter_ns() < due:
            pass
        os.write(sys.stdout.fileno(), STAMP.pack(due))


if __name__ == "__main__":
    main()
