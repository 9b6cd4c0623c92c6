"""What an adapter owes the benchmark: steps to time, and a count of what they traded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..model import Tally
from ..workload import Command

Step = tuple[Callable[..., Any], tuple[Any, ...]]
"""One command as a ready call. The timed loop does `call(*arguments)` and nothing else."""


class Adapter(Protocol):
    """A fresh engine and its vocabulary. One instance serves one pass, and outlives its steps."""

    distribution: str
    """The name under which the engine is installed; its version is reported."""

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        """Build everything that can be built before the clock starts."""

    def tally(self, steps: Sequence[Step]) -> Tally:
        """Run the steps, untimed, and count trades, lots and notional."""
