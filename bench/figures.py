"""How many figures become few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


def percentile(ordered: Sequence[int], share: float) -> int:
    """The smallest of the ordered samples that is no less than this share of them."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


@dataclass
class Spread:
    """How long a thing took, in nanoseconds."""

    p50: int
    p99: int
    p999: int
    maximum: int

    @classmethod
    def of(cls, samples: Sequence[int]) -> Spread:
        ordered = sorted(samples)
        p50, p99, p999 = (percentile(ordered, share) for share in (0.5, 0.99, 0.999))
        return cls(p50, p99, p999, ordered[-1])

    @classmethod
    def median_of(cls, spreads: Sequence[Spread]) -> Spread:
        """The spread of a typical round."""
        p50, p99, p999, maximum = (
            int(median(getattr(each, name) for each in spreads))
            for name in ("p50", "p99", "p999", "maximum")
        )
        return cls(p50, p99, p999, maximum)

    HEADING = f"{'p50':>9}{'p99':>9}{'p99.9':>9}{'maximum':>11}"

    def row(self, unit_ns: int = 1_000) -> str:
        """Under `HEADING`, in microseconds or another unit."""
        p50, p99, p999 = (f"{each / unit_ns:>9.1f}" for each in (self.p50, self.p99, self.p999))
        return p50 + p99 + p999 + f"{self.maximum / unit_ns:>11.1f}"


def ranged(values: Sequence[float], form: str = ",.0f") -> str:
    """The median, and between which values it lies."""
    low, high = min(values), max(values)
    return f"{median(values):{form}} ({low:{form}} to {high:{form}})"
