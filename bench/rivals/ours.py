"""GoQuant itself, by the same rules: `Engine.apply`, events and both fees included.

An order's id is the sequence of the command that placed it, so a cancel names the place of
its target in the list of commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from goquant.book.commands import CancelOrder, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, Side, TimeInForce
from goquant.book.events import Trade
from goquant.book.instrument import Instrument

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step

INSTRUMENT = Instrument(
    symbol="BTC-USD",
    base="BTC",
    quote="USD",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00000001"),
)


class OurAdapter:
    distribution = "goquant"

    def __init__(self) -> None:
        self._engine = Engine(INSTRUMENT)

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        apply = self._engine.apply
        sequences: dict[int, int] = {}
        steps: list[Step] = []
        for sequence, (kind, number, side, price, quantity, target) in enumerate(commands, 1):
            wanted = Side.BUY if side == BUY else Side.SELL
            command: NewOrder | CancelOrder
            if kind == CANCEL:
                command = CancelOrder(sequences[target])
            elif kind == MARKET:
                command = NewOrder(
                    wanted, OrderType.MARKET, quantity, time_in_force=TimeInForce.IOC
                )
            else:
                command = NewOrder(wanted, OrderType.LIMIT, quantity, price)
            sequences[number] = sequence
            steps.append((apply, (Sequenced(sequence, sequence * 1_000, command),)))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        tally = Tally()
        for call, arguments in steps:
            for event in call(*arguments):
                if type(event) is Trade:
                    tally.add(event.price, event.quantity)
        return tally
