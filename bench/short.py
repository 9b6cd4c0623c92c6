"""`python -m bench`: half a minute that fails when something has become much worse.

Machines differ and have neighbours, so nothing here is held against the clock alone: what can be
timed beside a yardstick on the same machine is, and each bar leaves room for a bad day. The
figures of a quiet day are in docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from . import machine
from .actor import actor_commands, take_turns
from .collector import watched
from .filled_book import FilledBook
from .rest import ORDER, STOCK, servers
from .rest import take_turns as serve_in_turn
from .rivals.measure import measure_pair
from .rivals.ours import OurAdapter
from .size import costs, footprint
from .workload import generate

COMMANDS = 100_000


@dataclass
class Check:
    """A figure that should be small, where it usually lies, and the bar that it must not cross."""

    name: str
    run: Callable[[], float]
    usual: str
    bar: float


def engine_beside_yardstick() -> float:
    pair = measure_pair("yardstick", generate(COMMANDS).commands, thorough=False)
    return median(pair.ours_ns) / median(pair.theirs_ns)


def collections_of_the_engine() -> float:
    steps = OurAdapter().prepare(generate(COMMANDS).commands)
    with watched("default") as pauses:
        for call, arguments in steps:
            call(*arguments)
    return pauses.count


def bytes_of_a_resting_order() -> float:
    return footprint(COMMANDS).bytes_each


def dearest_of_three_sizes() -> float:
    shapes = ((1_000, 200), (100_000, 200), (100_000, 20_000))
    rows = costs([FilledBook(orders, levels) for orders, levels in shapes], rounds=20)
    return max(max(row[kind] for row in rows) / min(row[kind] for row in rows) for kind in rows[0])


def actor_beside_bare_trio() -> float:
    ours, bare = take_turns(actor_commands(10_000), in_flight=256, rounds=5)
    return median(bare.rates) / median(ours.rates)


def order_beside_echo() -> float:
    with TemporaryDirectory() as folder, servers(Path(folder)) as contestants:
        order, echo = contestants[ORDER], contestants[STOCK]
        serve_in_turn([echo, order], rounds=4, seconds=1.0)
    return median(order.cost_us) / median(echo.cost_us)


CHECKS = (
    Check("bytes of a resting order", bytes_of_a_resting_order, "280", 400),
    Check("collections that the engine causes", collections_of_the_engine, "0", 20),
    Check("a command beside the yardstick's", engine_beside_yardstick, "2.2", 4.0),
    Check("dearest of three sizes / cheapest", dearest_of_three_sizes, "1.4", 4.0),
    Check("a command through the actor / bare trio", actor_beside_bare_trio, "1.4", 3.0),
    Check("POST /orders / a stock echo, cost", order_beside_echo, "0.3", 0.6),
)


def bench_short(checks: tuple[Check, ...] = CHECKS) -> Iterator[tuple[str, bool]]:
    """Lines to print, each with whether all is well."""
    yield machine.describe(), True
    yield f"{'':42}{'found':>10}{'usual':>10}{'at most':>10}", True
    for check in checks:
        found = check.run()
        fine = found <= check.bar
        told = f"{check.name:42}{found:>10,.2f}{check.usual:>10}{check.bar:>10,.2f}"
        yield told + ("" if fine else "  WORSE"), fine
