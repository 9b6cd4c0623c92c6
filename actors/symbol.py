"""The actor of one symbol: it alone touches the symbol's book."""

from collections.abc import Callable

import trio

from ..book.commands import Command, ExpireOrders, MassCancel, Sequenced
from ..book.engine import Engine
from ..book.enums import CancelReason
from ..book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderRepeated,
    OrderReplaced,
)
from ..book.instrument import Instrument
from .blotter import Blotter
from .calls import Answer, Busy, Call, NotRunning

# Commands that may wait for one symbol. At 100,000 a second a full inbox is 10 ms of work.
INBOX_MAX = 1024

# Commands taken from the inbox before other tasks get their turn.
BATCH_MAX = 64

# The wait for the next expiry is never longer, since a clock may be set and a laptop may sleep.
# Orders expire that late at the most.
EXPIRY_WAIT_MAX_S = 1.0

NANOSECONDS = 1_000_000_000

# Gives the time in nanoseconds since the Unix epoch.
Clock = Callable[[], int]


class SymbolActor:
    """Takes commands from a bounded inbox, one after the other: the queue is the lock.

    Reading `engine` and `blotter` from another task is safe wherever there is no await
    between two reads that belong together, since the actor changes them without any.
    """

    def __init__(self, instrument: Instrument, clock: Clock, inbox_max: int = INBOX_MAX) -> None:
        self.engine = Engine(instrument)
        self.blotter = Blotter()
        self._clock = clock
        self._has_stopped = False
        self._inbox_send, self._inbox = trio.open_memory_channel[Call](inbox_max)

    @property
    def inbox_depth(self) -> int:
        """How many commands wait."""
        return self._inbox.statistics().current_buffer_used

    def post(self, command: Command) -> Call:
        """Put a command into the inbox, without waiting.

        Raises:
            Busy: the inbox is full; the command will not be carried out.
            NotRunning: the actor has stopped; neither.
        """
        symbol = self.engine.instrument.symbol
        if self._has_stopped:
            raise NotRunning(f"{symbol} takes no commands any more")
        call = Call(command)
        try:
            self._inbox_send.send_nowait(call)
        except trio.WouldBlock:
            raise Busy(f"{symbol} has {self.inbox_depth} commands waiting, its maximum") from None
        return call

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Carry out commands until cancelled, and let orders expire when their time has come.

        Commands that wait in the inbox at the end are carried out; later ones are refused.
        """
        self._has_stopped = False
        task_status.started()
        try:
            while True:
                call = await self._next_call()
                if call is not None:
                    self._answer(call)
                elif self._is_expiry_due():
                    self._apply(ExpireOrders())
                self._answer_waiting(BATCH_MAX - 1)
        except trio.Cancelled:
            self._has_stopped = True
            self._answer_waiting(self.inbox_depth)
            raise

    async def _next_call(self) -> Call | None:
        """The next command, or None when it is time for an order to expire."""
        due_ns = self.engine.book.next_expiry_ns
        if due_ns is None:
            return await self._inbox.receive()
        wait_s = (due_ns - self._clock()) / NANOSECONDS
        with trio.move_on_after(min(max(wait_s, 0), EXPIRY_WAIT_MAX_S)):
            return await self._inbox.receive()
        return None

    def _is_expiry_due(self) -> bool:
        due_ns = self.engine.book.next_expiry_ns
        return due_ns is not None and due_ns <= self._clock()

    def _answer_waiting(self, calls_max: int) -> None:
        for _ in range(calls_max):
            try:
                call = self._inbox.receive_nowait()
            except trio.WouldBlock:
                return
            self._answer(call)

    def _answer(self, call: Call) -> None:
        call.resolve(self._apply(call.command))

    def _apply(self, command: Command) -> Answer:
        """Stamp a command and carry it out. A clock that goes back is waited for."""
        engine = self.engine
        time_ns = max(self._clock(), engine.time_ns)
        sequenced = Sequenced(engine.sequence + 1, time_ns, command)
        events = engine.apply(sequenced)
        orders = self.blotter.record(sequenced, events, _orders_named(command, events))
        return Answer(sequenced, events, orders)


# The events that say which order a command was about, but for cancels, which may be about others.
_NAMING = (OrderAccepted, OrderRepeated, OrderReplaced, OrderRejected)


def _orders_named(command: Command, events: list[Event]) -> list[int]:
    """The orders that an answer shows."""
    if type(command) is MassCancel:
        return [
            event.order_id
            for event in events
            if type(event) is OrderCanceled and event.reason is CancelReason.REQUESTED
        ]
    for event in events:
        if isinstance(event, _NAMING):
            return [] if event.order_id is None else [event.order_id]
        if type(event) is OrderCanceled and event.reason is CancelReason.REQUESTED:
            return [event.order_id]
    return []
