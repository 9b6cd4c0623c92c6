"""An engine filled to a size, and the operations that `bench size` times on it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from time import process_time_ns

from msgspec.structs import replace

from goquant.book.commands import CancelOrder, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, Side, TimeInForce
from goquant.book.events import Event, Trade

from .rivals.ours import INSTRUMENT
from .workload import SEED_DEFAULT

BATCH = 500
MID = 1_000_000

# Room for a little more than a full book, so that the operations are never refused.
OPEN_ORDERS_MAX = 2 * INSTRUMENT.open_orders_max


class FilledBook:
    """Orders of one lot at random on the levels around the mid."""

    def __init__(self, orders: int, levels: int) -> None:
        self.engine = Engine(replace(INSTRUMENT, open_orders_max=OPEN_ORDERS_MAX))
        self._levels = levels
        self._random = Random(SEED_DEFAULT)
        self._place(orders)

    def add_and_cancel(self) -> float:
        """Nanoseconds for the pair."""
        commands: list[NewOrder | CancelOrder] = []
        for order_id in range(self.engine.sequence + 1, self.engine.sequence + 2 * BATCH, 2):
            commands += (self._passive(), CancelOrder(order_id))
        return 2 * self._timed(commands)[0]

    def cancel_any(self) -> float:
        """Nanoseconds for the cancel of an order of any age."""
        known = list(self.engine.book.orders)
        picked = self._random.sample(known, min(BATCH, len(known) // 4))
        spent, _ = self._timed([CancelOrder(order_id) for order_id in picked])
        self._place(len(picked))
        return spent

    def cross(self) -> float:
        """Nanoseconds for an order that takes one other."""
        spent, events = self._timed([self._taking() for _ in range(BATCH)])
        trades = [event for event in events if type(event) is Trade]
        self._timed([_maker_of(trade) for trade in trades])
        return spent

    def _place(self, count: int) -> None:
        engine = self.engine
        for sequence in range(engine.sequence + 1, engine.sequence + 1 + count):
            engine.apply(Sequenced(sequence, sequence, self._passive()))

    def _timed(self, commands: Sequence[NewOrder | CancelOrder]) -> tuple[float, list[Event]]:
        """Nanoseconds for each command, and all events."""
        first = self.engine.sequence + 1
        ready = [Sequenced(turn, turn, command) for turn, command in enumerate(commands, first)]
        apply = self.engine.apply
        start = process_time_ns()
        results = [apply(sequenced) for sequenced in ready]
        spent = process_time_ns() - start
        return spent / len(ready), [event for events in results for event in events]

    def _passive(self) -> NewOrder:
        """Bids below the mid, asks above it."""
        distance = self._random.randint(1, self._levels // 2)
        if self._random.random() < 0.5:
            return NewOrder(Side.BUY, OrderType.LIMIT, 1, MID - distance)
        return NewOrder(Side.SELL, OrderType.LIMIT, 1, MID + distance)

    def _taking(self) -> NewOrder:
        side = Side.BUY if self._random.random() < 0.5 else Side.SELL
        return NewOrder(side, OrderType.MARKET, 1, time_in_force=TimeInForce.IOC)


def _maker_of(trade: Trade) -> NewOrder:
    """An order like the one that a trade took."""
    side = Side.SELL if trade.aggressor_side is Side.BUY else Side.BUY
    return NewOrder(side, OrderType.LIMIT, 1, trade.price)
