"""One symbol as a whole: the engine, and the records of what it did."""

from msgspec import Struct

from .blotter import Blotter
from .commands import Command, MassCancel, Sequenced
from .engine import Engine
from .enums import CancelReason
from .events import Event, OrderCanceled, OrderRejected, Trade
from .instrument import Instrument
from .records import OrderRecord


class Answer(Struct, frozen=True):
    """What a command did: its place in history, its events, and the orders that it named.

    For a new order (or a repeated one), a cancel or a replace `orders` holds that order as
    it stood right after the command; for a mass cancel all that it canceled; for a refused
    command the order that the refusal names, if there is one.
    """

    sequenced: Sequenced
    events: list[Event]
    orders: list[OrderRecord]

    @property
    def refusal(self) -> OrderRejected | None:
        """Why the command was refused, if it was."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, OrderRejected) else None


class Market:
    """An engine and its blotter, which always stand at the same command."""

    __slots__ = ("blotter", "engine")

    def __init__(self, engine: Engine, blotter: Blotter) -> None:
        self.engine = engine
        self.blotter = blotter

    @classmethod
    def empty(cls, instrument: Instrument) -> "Market":
        """A market in which nothing has happened."""
        return cls(Engine(instrument), Blotter())

    @property
    def instrument(self) -> Instrument:
        """The rules in force."""
        return self.engine.instrument

    def apply(self, sequenced: Sequenced) -> Answer:
        """Carry out one command and take down what it did. As `Engine.apply`."""
        events = self.engine.apply(sequenced)
        named = _orders_named(sequenced.command, events)
        return Answer(sequenced, events, self.blotter.record(sequenced, events, named))


_REQUESTED = CancelReason.REQUESTED


def _orders_named(command: Command, events: list[Event]) -> list[int]:
    """The orders that an answer shows."""
    if type(command) is MassCancel:
        return [
            event.order_id
            for event in events
            if type(event) is OrderCanceled and event.reason is _REQUESTED
        ]
    for event in events:
        # The first event that is not about others, which the command may have let expire.
        if type(event) is OrderCanceled:
            if event.reason is _REQUESTED:
                return [event.order_id]
        elif type(event) is not Trade:
            return [] if event.order_id is None else [event.order_id]
    return []
