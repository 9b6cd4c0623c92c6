"""matching-engine: integer ticks and lots, a list of events per command, no fees.

Every order has an account of its own, so that self-trade prevention, which cannot be
left out, costs one comparison and never cancels anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matching_engine.domain import (
    CancelOrder,
    NewOrder,
    OrderType,
    SequencedCommand,
    Side,
    TimeInForce,
)
from matching_engine.engine import MatchingEngine
from matching_engine.events import Trade

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step


class MatchingEngineAdapter:
    distribution = "matching-engine"

    def __init__(self) -> None:
        self._engine = MatchingEngine()

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        process = self._engine.process
        return [(process, (sequenced,)) for sequenced in _translate(commands)]

    def tally(self, steps: Sequence[Step]) -> Tally:
        tally = Tally()
        for call, arguments in steps:
            for event in call(*arguments):
                if type(event) is Trade:
                    tally.add(event.price, event.qty)
        return tally


def _translate(commands: Sequence[Command]) -> Iterator[SequencedCommand]:
    for sequence, (kind, number, side, price, quantity, target) in enumerate(commands, 1):
        wanted = Side.BUY if side == BUY else Side.SELL
        command: NewOrder | CancelOrder
        if kind == CANCEL:
            command = CancelOrder(target, target)
        elif kind == MARKET:
            command = NewOrder(
                number, number, wanted, 0, quantity, OrderType.MARKET, TimeInForce.IOC
            )
        else:
            command = NewOrder(number, number, wanted, price, quantity)
        yield SequencedCommand(sequence, sequence * 1_000, command)
