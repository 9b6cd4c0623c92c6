"""One engine, one process: the passes over the commands.

Every engine is treated alike. The garbage collector is on with its default thresholds;
what was prepared is frozen out of its sight before the clock starts; results are dropped as
they come. Wall time is what a user waits, processor time is what counts beside noisy
neighbours. The call of a step, `call(*arguments)`, is part of both: `empty_ns` says what
it costs when the call does nothing.
"""

from __future__ import annotations

import gc
import platform
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from time import perf_counter_ns, process_time_ns

from ..workload import Command
from . import adapter_of
from .adapter import Step


@dataclass
class Latency:
    """Nanoseconds per command, the clock's own cost included."""

    p50: int
    p99: int
    p999: int
    maximum: int


@dataclass
class Result:
    """What one process found; printed as one line of JSON."""

    name: str
    version: str
    python: str
    commands: int
    seconds: float
    cpu_seconds: float
    empty_ns: float
    trades: int | None = None
    volume: int | None = None
    notional: int | None = None
    latency: Latency | None = None


def measure(name: str, commands: Sequence[Command], check: bool, latency: bool) -> Result:
    """Time the commands in one pass; count the trades and each call in passes of their own."""
    build = adapter_of(name)
    adapter = build()
    seconds, cpu_seconds = _timed(adapter.prepare(commands))
    result = Result(
        name=name,
        version=version(adapter.distribution),
        python=platform.python_version(),
        commands=len(commands),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        empty_ns=_empty_ns(),
    )
    if check:
        adapter = build()
        tally = adapter.tally(adapter.prepare(commands))
        result.trades, result.volume, result.notional = asdict(tally).values()
    if latency:
        adapter = build()
        result.latency = _latency(adapter.prepare(commands))
    return result


def _timed(steps: Sequence[Step]) -> tuple[float, float]:
    gc.collect()
    gc.freeze()
    wall, cpu = perf_counter_ns(), process_time_ns()
    for call, arguments in steps:
        call(*arguments)
    wall, cpu = perf_counter_ns() - wall, process_time_ns() - cpu
    gc.unfreeze()
    return wall / 1e9, cpu / 1e9


def _latency(steps: Sequence[Step]) -> Latency:
    clock = perf_counter_ns
    spent = array("q", bytes(8 * len(steps)))
    gc.collect()
    gc.freeze()
    for position, (call, arguments) in enumerate(steps):
        start = clock()
        call(*arguments)
        spent[position] = clock() - start
    gc.unfreeze()
    ordered = sorted(spent)
    last = len(ordered) - 1
    p50, p99, p999 = (ordered[int(last * share)] for share in (0.5, 0.99, 0.999))
    return Latency(p50, p99, p999, ordered[last])


def _empty_ns(count: int = 200_000) -> float:
    steps: list[Step] = [(_nothing, (None,))] * count
    return _timed(steps)[1] * 1e9 / count


def _nothing(_argument: object) -> None:
    """As little as a step can do."""
