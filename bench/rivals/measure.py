"""One engine in a process of its own, or ours and another in one process, slice by slice.

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

from ..figures import Spread
from ..workload import Command
from . import adapter_of
from .adapter import Step

OURS = "goquant"
SLICE = 3_000
SLICES_MIN = 20


@dataclass
class Result:
    """What one engine did in one process."""

    name: str
    version: str
    python: str
    commands: int
    seconds: float
    cpu_seconds: float
    trades: int | None = None
    volume: int | None = None
    notional: int | None = None
    latency: Spread | None = None


@dataclass
class Pair:
    """Ours and another engine in turn, on the same slices of the same commands."""

    ours: Result
    theirs: Result
    ours_ns: list[int]
    """Processor time of each slice."""
    theirs_ns: list[int]


def measure(name: str, commands: Sequence[Command], check: bool, latency: bool) -> Result:
    """Time the commands in one pass; count the trades and each call in passes of their own."""
    adapter = adapter_of(name)()
    steps = adapter.prepare(commands)
    _freeze()
    wall, cpu = _timed(steps)
    gc.unfreeze()
    return _complete(_result(name, commands, wall, cpu), commands, check, latency)


def measure_pair(name: str, commands: Sequence[Command], thorough: bool) -> Pair:
    """Time both in slices; a thorough pair also has its trades counted and its calls clocked.

    Who goes first changes from slice to slice, since the first finds the caches as the other
    left them.
    """
    adapters = [adapter_of(OURS)(), adapter_of(name)()]
    steps = [adapter.prepare(commands) for adapter in adapters]
    walls: list[list[int]] = [[], []]
    cpus: list[list[int]] = [[], []]
    size = max(1, min(SLICE, len(commands) // SLICES_MIN))
    _freeze()
    for turn, start in enumerate(range(0, len(commands), size)):
        for engine in (0, 1) if turn % 2 else (1, 0):
            wall, cpu = _timed(steps[engine][start : start + size])
            walls[engine].append(wall)
            cpus[engine].append(cpu)
    gc.unfreeze()
    del steps
    ours, theirs = (
        _complete(_result(each, commands, sum(wall), sum(cpu)), commands, thorough, thorough)
        for each, wall, cpu in zip((OURS, name), walls, cpus, strict=True)
    )
    return Pair(ours, theirs, *cpus)


def empty_ns(count: int = 200_000) -> float:
    """Processor time of a step whose call does nothing."""
    steps: list[Step] = [(_nothing, (None,))] * count
    return _timed(steps)[1] / count


def _result(name: str, commands: Sequence[Command], wall: int, cpu: int) -> Result:
    release = version(adapter_of(name)().distribution)
    return Result(name, release, platform.python_version(), len(commands), wall / 1e9, cpu / 1e9)


def _complete(result: Result, commands: Sequence[Command], check: bool, latency: bool) -> Result:
    if check:
        adapter = adapter_of(result.name)()
        tally = adapter.tally(adapter.prepare(commands))
        result.trades, result.volume, result.notional = asdict(tally).values()
    if latency:
        adapter = adapter_of(result.name)()
        result.latency = _latency(adapter.prepare(commands))
    return result


def _freeze() -> None:
    gc.collect()
    gc.freeze()


def _timed(steps: Sequence[Step]) -> tuple[int, int]:
    """Nanoseconds by the clock, and of processor time."""
    wall, cpu = perf_counter_ns(), process_time_ns()
    for call, arguments in steps:
        call(*arguments)
    return perf_counter_ns() - wall, process_time_ns() - cpu


def _latency(steps: Sequence[Step]) -> Spread:
    """The clock's own cost is included."""
    clock = perf_counter_ns
    spent = array("q", bytes(8 * len(steps)))
    _freeze()
    for position, (call, arguments) in enumerate(steps):
        start = clock()
        call(*arguments)
        spent[position] = clock() - start
    gc.unfreeze()
    return Spread.of(spent)


def _nothing(_argument: object) -> None:
    """As little as a step can do."""
