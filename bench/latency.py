"""`bench latency`: one command at a time, in the process of the caller, on the mix.

Commands are taken in slices. After each slice the same time is spent on doing nothing but
read the clock: a pause that this control sees too is the machine's. Slices during which the
kernel took the processor away are also left out in a line of their own.
"""

from __future__ import annotations

import resource
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns

from .collector import POLICIES, Pauses, watched
from .figures import Spread
from .rivals.adapter import Step
from .rivals.ours import OurAdapter
from .workload import Command

SLICE = 200
PAUSES_NS = (60_000, 1_000_000, 5_000_000)
CONTROL = "  control: reading the clock"

NOT_MEASURED = """\
Not measured: the actor, the disk, the network. The clock's own cost, about 0.05 us, is part of
each figure. The kernel counts when another process got our processor; when the hypervisor
gave it to another machine, only the control loop can tell."""


@dataclass
class Timeline:
    """What a command loop, and the control loop in turn with it, saw."""

    commands: array[int] = field(default_factory=lambda: array("q"))
    undisturbed: array[int] = field(default_factory=lambda: array("q"))
    control: array[int] = field(default_factory=lambda: array("q"))
    """Only gaps that are pauses: there are ten million others."""
    control_ns: int = 0
    switches: int = 0
    control_switches: int = 0

    def report(self, name: str, pauses: Pauses) -> str:
        total_s, control_s = sum(self.commands) / 1e9, self.control_ns / 1e9
        over = [sum(each > bound for each in self.commands) / total_s for bound in PAUSES_NS]
        seen = [sum(each > bound for each in self.control) / control_s for bound in PAUSES_NS]
        undisturbed = Spread.of(self.undisturbed or array("q", [0]))
        longest = max(self.control, default=0) / 1e3
        lines = [
            f"{name:30}{Spread.of(self.commands).row()}{_rates(over)}{self.switches:>10,}",
            f"{'  slices without a switch':30}{undisturbed.row()}",
            f"{CONTROL:57}{longest:>11.1f}{_rates(seen)}{self.control_switches:>10,}",
            f"  {pauses.describe()}",
        ]
        return "\n".join(lines)


def bench_latency(commands: Sequence[Command]) -> str:
    """With Python's own settings of the collector, and with those of the server."""
    lines = [
        f"{'latency per command, us':30}{Spread.HEADING}"
        + "".join(f"{f'>{bound / 1e6:g} ms/s':>12}" for bound in PAUSES_NS)
        + f"{'switches':>10}"
    ]
    for policy in POLICIES:
        steps = OurAdapter().prepare(commands)
        with watched(policy) as pauses:
            timeline = run(steps)
        lines.append(timeline.report(f"collector: {policy}", pauses))
    return "\n".join(lines)


def run(steps: Sequence[Step]) -> Timeline:
    """Clock every step."""
    timeline = Timeline()
    for start in range(0, len(steps), SLICE):
        before = _switches()
        spent = _clock_each(steps[start : start + SLICE])
        between = _switches()
        _control(sum(spent), timeline)
        timeline.commands.extend(spent)
        if before == between:
            timeline.undisturbed.extend(spent)
        timeline.switches += between - before
        timeline.control_switches += _switches() - between
    return timeline


def _clock_each(steps: Sequence[Step]) -> array[int]:
    clock, spent = perf_counter_ns, array("q")
    for call, arguments in steps:
        start = clock()
        call(*arguments)
        spent.append(clock() - start)
    return spent


def _control(duration_ns: int, timeline: Timeline) -> None:
    clock, pause = perf_counter_ns, PAUSES_NS[0]
    start = before = clock()
    end = start + duration_ns
    while before < end:
        now = clock()
        if now - before > pause:
            timeline.control.append(now - before)
        before = now
    timeline.control_ns += before - start


def _switches() -> int:
    """How often so far the kernel has taken the processor from us."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _rates(numbers: Sequence[float]) -> str:
    return "".join(f"{number:>12.2f}" for number in numbers)
