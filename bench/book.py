"""`bench book`: goquant beside the published engines, on the same commands and interpreter."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from . import machine
from .environments import RIVALS, ROOT, Rival, prepare_rivals
from .model import Tally
from .workload import COMMANDS_DEFAULT, SEED_DEFAULT, Workload, generate
from .workload_file import save

NOT_MEASURED = """\
Not measured: durability, the network, several threads or processes, building commands from
JSON. No accounts, no stop, fok or post-only orders, no replace. GoQuant's trades carry both
fees; none of the others computes any. liquibook-silent tells Python nothing of what it did
and is here as the upper bound of C++ behind a Python call. Rates are per second of
processor time, which busy neighbours disturb least; latencies are by the clock, and their
maximum is as much the machine's as the engine's."""

Progress = Callable[[str], None]
Measured = dict[str, Any]


@dataclass
class Comparison:
    """One rival on one list of commands, and ours in turn with it."""

    adapter: str
    commands: int
    expected: Tally
    ours: list[Measured] = field(default_factory=list)
    theirs: list[Measured] = field(default_factory=list)

    def ratios(self, clock: str = "cpu_seconds") -> list[float]:
        """How many times as fast as theirs ours was, round by round."""
        return [
            theirs[clock] / ours[clock] for ours, theirs in zip(self.ours, self.theirs, strict=True)
        ]

    def agrees(self) -> bool:
        """Whether both traded exactly what the workload's model did."""
        expected = (self.expected.trades, self.expected.volume, self.expected.notional)
        checked = [run for run in (*self.ours, *self.theirs) if run["trades"] is not None]
        return all((r["trades"], r["volume"], r["notional"]) == expected for r in checked)


def run_alternating(
    interpreters: dict[str, Path | None],
    folder: Path,
    rounds: int = 5,
    commands: int = COMMANDS_DEFAULT,
    seed: int = SEED_DEFAULT,
    progress: Progress = print,
) -> Iterator[Comparison]:
    """One comparison after the other, each as soon as its rounds are done."""
    for rival, adapter, count in _plan(interpreters, commands):
        workload, path = _workload(folder, count, seed)
        comparison = Comparison(adapter, count, workload.tally)
        for turn in range(1, rounds + 1):
            progress(f"{adapter}, {count:,} commands, round {turn} of {rounds}")
            _take_turns(comparison, interpreters[rival.distribution], path, thorough=turn == 1)
        yield comparison


def _take_turns(
    comparison: Comparison, python: Path | None, workload: Path, thorough: bool
) -> None:
    """Ours, then theirs, each in a fresh process; a thorough turn also checks and clocks calls."""
    comparison.ours.append(_run(python, "goquant", workload, thorough))
    comparison.theirs.append(_run(python, comparison.adapter, workload, thorough))


def bench_book(folder: Path, rounds: int = 5, commands: int = COMMANDS_DEFAULT) -> str:
    """All of it: environments, runs, report."""
    interpreters = prepare_rivals(folder)
    comparisons = list(run_alternating(interpreters, folder, rounds, commands))
    missing = [
        f"{rival.distribution} was left out: it needs Python {rival.python}, which was not found"
        for rival in RIVALS
        if interpreters[rival.distribution] is None
    ]
    mix = generate(commands).describe()
    return "\n".join([machine.describe(), mix, "", report(comparisons), *missing, "", NOT_MEASURED])


def report(comparisons: list[Comparison]) -> str:
    """A table: medians over the rounds, per second of processor time."""
    heading = f"{'engine':30}{'Python':8}{'commands':>10}{'theirs/s':>10}{'ours/s':>10}"
    lines = [heading + f"{'ratio (range)':>20}{'by clock':>10}  trades"]
    for each in comparisons:
        theirs, ours = _median_rate(each.theirs), _median_rate(each.ours)
        ratios, first = each.ratios(), each.theirs[0]
        spread = f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        lines.append(
            f"{each.adapter + ' ' + first['version']:30}{first['python']:8}{each.commands:>10,}"
            f"{theirs:>10,.0f}{ours:>10,.0f}{spread:>20}{median(each.ratios('seconds')):>10.2f}"
            f"  {'equal' if each.agrees() else 'DIFFERENT'}"
        )
    lines += ["", "latency per command, us:   p50     p99   p99.9     maximum"]
    lines += [line for each in comparisons for line in _latency_lines(each)]
    return "\n".join(lines)


def _latency_lines(comparison: Comparison) -> Iterator[str]:
    for name, run in (
        (comparison.adapter, comparison.theirs[0]),
        ("  goquant", comparison.ours[0]),
    ):
        spent = run["latency"]
        yield f"{name:22}" + "".join(
            f"{spent[key] / 1e3:>{width}.1f}"
            for key, width in (("p50", 8), ("p99", 8), ("p999", 8), ("maximum", 12))
        )


def _median_rate(runs: list[Measured]) -> float:
    rates: list[float] = [run["commands"] / run["cpu_seconds"] for run in runs]
    return median(rates)


def _plan(interpreters: dict[str, Path | None], commands: int) -> Iterator[tuple[Rival, str, int]]:
    for rival in RIVALS:
        if interpreters[rival.distribution] is not None:
            for adapter, count in dict.fromkeys((a, min(c, commands)) for a, c in rival.runs):
                yield rival, adapter, count


def _workload(folder: Path, count: int, seed: int) -> tuple[Workload, Path]:
    workload, path = generate(count, seed), folder / f"workload-{count}-{seed}"
    save(workload, path)
    return workload, path


def _run(python: Path | None, adapter: str, workload: Path, thorough: bool) -> Measured:
    command = [str(python), "-m", "bench.rivals", adapter, "--workload", str(workload), "--json"]
    if thorough:
        command += ["--check", "--latency"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"{adapter} ended with {done.returncode}: {done.stderr[-2000:]}")
    result: Measured = json.loads(done.stdout.splitlines()[-1])
    return result
