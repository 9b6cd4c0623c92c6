"""The garbage collector, watched: its pauses are most of the tail of a Python program."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import process_time_ns
from typing import Any

from goquant.serving import quiet_gc

GENERATIONS = 3


@dataclass
class Pauses:
    """The processor time of each collection, in nanoseconds, by generation."""

    by_generation: list[list[int]] = field(default_factory=lambda: [[], [], []])
    _start: int = 0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        """Take note, as one of `gc.callbacks`."""
        if phase == "start":
            self._start = process_time_ns()
        else:
            self.by_generation[info["generation"]].append(process_time_ns() - self._start)

    @property
    def count(self) -> int:
        return sum(len(pauses) for pauses in self.by_generation)

    def describe(self) -> str:
        if not self.count:
            return "no garbage collection"
        return "; ".join(
            f"generation {generation}: {len(pauses)} of {median(pauses) / 1e6:.2f} ms, "
            f"longest {max(pauses) / 1e6:.2f} ms"
            for generation, pauses in enumerate(self.by_generation)
            if pauses
        )


def python_default() -> None:
    """Python's own thresholds. What was prepared is frozen: it is the benchmark's, not ours."""
    gc.collect()
    gc.freeze()


POLICIES: dict[str, Callable[[], None]] = {"default": python_default, "quiet_gc": quiet_gc}


@contextmanager
def watched(policy: str) -> Iterator[Pauses]:
    """Set the collector up as a policy says, note what it does, put everything back."""
    thresholds, pauses = gc.get_threshold(), Pauses()
    POLICIES[policy]()
    gc.callbacks.append(pauses)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(pauses)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
