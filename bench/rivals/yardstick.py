"""The workload's own model as an engine: exact, plain Python, without ids, events or fees.

It is no rival. A machine that is twice as slow is twice as slow for both, so ours beside it
tells a slower engine from a slower machine.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model import ModelBook, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step


class YardstickAdapter:
    distribution = "goquant"

    def __init__(self) -> None:
        self._book = ModelBook()

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        place, cancel = self._book.place, self._book.cancel
        steps: list[Step] = []
        for kind, number, side, price, quantity, target in commands:
            if kind == CANCEL:
                steps.append((cancel, (target,)))
            else:
                limit = None if kind == MARKET else price
                steps.append((place, (number, side, limit, quantity)))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        for call, arguments in steps:
            call(*arguments)
        return self._book.tally
