"""`bench book`: goquant alone, then beside the published engines, on the same commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from . import machine
from .environments import RIVALS, ROOT, prepare_rivals
from .figures import Spread, ranged
from .model import Tally
from .rivals.measure import OURS, SLICE
from .workload import COMMANDS_DEFAULT, SEED_DEFAULT, generate
from .workload_file import save

HOW = f"""\
Each rival has an environment of its own with goquant in it. Both run in one process, in turn,
slices of {SLICE:,} commands: a busy neighbour disturbs both alike. The ratio is that of the
median processor times of a slice, theirs to ours: more than 1 says that ours is faster; beside it
the median of the ratios of two neighbouring slices. Rates are of whole runs, per second of
processor time. The garbage collector is on with its default thresholds; what was prepared is
frozen first, for both. Trades are counted in another pass and compared with the model's."""

NOT_MEASURED = """\
Not measured: durability, the network, several threads or processes, building commands from
JSON. No accounts, no stop, fok or post-only orders, no replace. GoQuant's trades carry both
fees; none of the others computes any. liquibook-silent tells Python nothing of what it did
and is here as the upper bound of C++ behind a Python call. Latencies are by the clock, and
their maximum is as much the machine's as the engine's."""

Progress = Callable[[str], None]
Measured = dict[str, Any]


@dataclass
class Saved:
    """A workload on disk."""

    path: Path
    description: str
    tally: Tally


@dataclass
class Comparison:
    """One rival on one list of commands, and ours in turn with it, as `measure.Pair` tells it."""

    adapter: str
    commands: int
    expected: Tally
    pair: Measured

    @property
    def ratio_of_medians(self) -> float:
        """How many times as fast as theirs ours is."""
        ours, theirs = self._slices
        return median(theirs) / median(ours)

    @property
    def median_of_ratios(self) -> float:
        return median(theirs / ours for ours, theirs in zip(*self._slices, strict=True))

    @property
    def _slices(self) -> tuple[list[int], list[int]]:
        return self.pair["ours_ns"], self.pair["theirs_ns"]

    def agreement(self) -> str:
        """Whether both traded exactly what the workload's model did."""
        tally = self.expected
        found = [
            (run["trades"], run["volume"], run["notional"])
            for run in (self.pair["ours"], self.pair["theirs"])
            if run["trades"] is not None
        ]
        if not found:
            return "not counted"
        expected = (tally.trades, tally.volume, tally.notional)
        return "equal" if all(each == expected for each in found) else "DIFFERENT"


def bench_book(
    folder: Path,
    rounds: int,
    commands: int = COMMANDS_DEFAULT,
    seed: int = SEED_DEFAULT,
    progress: Progress = print,
) -> Iterator[str]:
    """The sections of the report, each as soon as it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    yield f"{machine.describe()}\n{_workload(folder, commands, seed).description}"
    progress(f"goquant alone, {rounds} rounds")
    yield alone(folder, rounds, commands, seed)
    progress("environments of the rivals")
    interpreters = prepare_rivals(folder)
    missing = [
        f"{rival.distribution} was left out: it needs Python {rival.python}, which was not found"
        for rival in RIVALS
        if interpreters[rival.distribution] is None
    ]
    comparisons = list(compare(interpreters, folder, commands, seed, progress))
    yield "\n".join([HOW, "", report(comparisons), *missing])
    yield latencies(comparisons)
    yield NOT_MEASURED


def alone(folder: Path, rounds: int, commands: int, seed: int) -> str:
    """Our own rate in processes of our own, on this interpreter."""
    path = _workload(folder, commands, seed).path
    runs = [_run(Path(sys.executable), OURS, path) for _ in range(rounds)]
    by_clock, by_cpu = (
        [run["commands"] / run[clock] for run in runs] for clock in ("seconds", "cpu_seconds")
    )
    return (
        f"goquant alone on Python {runs[0]['python']}, one core, {rounds} processes, commands/s:\n"
        f"  by processor time {ranged(by_cpu)}\n"
        f"  by the clock      {ranged(by_clock)}"
    )


def compare(
    interpreters: dict[str, Path | None],
    folder: Path,
    commands: int,
    seed: int,
    progress: Progress,
) -> Iterator[Comparison]:
    """One comparison after the other. Only the first run of a rival is a thorough one."""
    for rival in RIVALS:
        python = interpreters[rival.distribution]
        if python is None:
            continue
        seen: set[str] = set()
        for adapter, count in dict.fromkeys((a, min(c, commands)) for a, c in rival.runs):
            progress(f"{adapter}, {count:,} commands")
            workload = _workload(folder, count, seed)
            thorough = [] if adapter in seen else ["--check"]
            pair = _run(python, adapter, workload.path, "--pair", *thorough)
            seen.add(adapter)
            yield Comparison(adapter, count, workload.tally, pair)


def report(comparisons: list[Comparison]) -> str:
    heading = f"{'engine':30}{'Python':8}{'commands':>10}{'theirs/s':>10}{'ours/s':>10}"
    lines = [heading + f"{'ratio':>8}{'paired':>8}  trades"]
    for each in comparisons:
        ours, theirs = each.pair["ours"], each.pair["theirs"]
        rates = (run["commands"] / run["cpu_seconds"] for run in (theirs, ours))
        lines.append(
            f"{each.adapter + ' ' + theirs['version']:30}{theirs['python']:8}{each.commands:>10,}"
            + "".join(f"{rate:>10,.0f}" for rate in rates)
            + f"{each.ratio_of_medians:>8.2f}{each.median_of_ratios:>8.2f}  {each.agreement()}"
        )
    return "\n".join(lines)


def latencies(comparisons: list[Comparison]) -> str:
    """Of the thorough runs, by the clock, Python's default settings of the collector."""
    lines = [f"{'latency per command, us':30}{Spread.HEADING}"]
    for each in comparisons:
        for name, side in ((each.adapter, "theirs"), ("  goquant", "ours")):
            if spread := each.pair[side]["latency"]:
                lines.append(f"{name:30}{Spread(**spread).row()}")
    return "\n".join(lines)


@cache
def _workload(folder: Path, count: int, seed: int) -> Saved:
    workload, path = generate(count, seed), folder / f"workload-{count}-{seed}"
    save(workload, path)
    return Saved(path, workload.describe(), workload.tally)


def _run(python: Path, adapter: str, workload: Path, *flags: str) -> Measured:
    command = [str(python), "-m", "bench.rivals", adapter, "--workload", str(workload), "--json"]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"{adapter} ended with {done.returncode}: {done.stderr[-2000:]}")
    result: Measured = json.loads(done.stdout.splitlines()[-1])
    return result
