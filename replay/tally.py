"""What a replay counted and timed."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from math import ceil

from attrs import Factory, define, frozen

from .flow import Action

PERCENTILES = (50.0, 90.0, 99.0, 99.9)


@frozen
class Batch:
    """A batch that was answered: how many commands it held, and the seconds from send to answer."""

    commands: int
    seconds: float


class Kind(StrEnum):
    """What a command is counted as."""

    ORDER = "order"
    CANCEL = "cancel"
    REPLACE = "replace"


@define
class Tally:
    """The counts of one replay.

    Every row becomes one command, which is in `sent`, or none, which is in `left_out` by the
    row's action and the reason. `sent` has one more for each order that was `offered_again` and
    for each of the `ghosts` that were canceled. Every command in `sent` is in `done` or, by kind
    and reason, in `refused`. `trades` are those that orders made as they came in. `seconds` are
    of wall time, `cpu_seconds` of the process, which may hold the exchange as well.
    """

    rows: Counter[Action] = Factory(Counter)
    left_out: Counter[tuple[Action, str]] = Factory(Counter)
    sent: Counter[Kind] = Factory(Counter)
    done: Counter[Kind] = Factory(Counter)
    refused: Counter[tuple[Kind, str]] = Factory(Counter)
    trades: int = 0
    offered_again: int = 0
    ghosts: int = 0
    batches: list[Batch] = Factory(list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def commands(self) -> int:
        """Commands that were sent and answered."""
        return self.sent.total()

    @property
    def commands_per_second(self) -> float:
        """Commands by wall time, which includes reading the file and waiting for its times."""
        return self.commands / self.seconds if self.seconds else 0.0

    def batch_seconds(self) -> list[float]:
        """The round trip of each batch, shortest first."""
        return sorted(batch.seconds for batch in self.batches)

    def command_seconds(self) -> list[float]:
        """For each command in a batch the round trip of that batch, shortest first."""
        by_time = sorted(self.batches, key=lambda batch: batch.seconds)
        return [batch.seconds for batch in by_time for _ in range(batch.commands)]


def percentile(ascending: Sequence[float], percent: float) -> float:
    """The least value that at least `percent` of the values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not ascending:
        raise ValueError("no values")
    # Percentages have one decimal; counting in tenths keeps 99.9 of 1,000 at rank 999.
    rank = ceil(round(percent * 10) * len(ascending) / 1000)
    return ascending[max(rank, 1) - 1]
