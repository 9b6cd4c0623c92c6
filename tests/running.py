"""An actor at work, and the clocks that it goes by: only the test moves them, nothing sleeps."""

from dataclasses import dataclass

import trio
from trio.testing import MockClock

from builders import order
from goquant.actors.calls import Call
from goquant.actors.symbol import SymbolActor
from goquant.book.commands import Command
from goquant.book.market import Answer
from goquant.book.records import OrderRecord

SECOND = 1_000_000_000

# Within so many turns of the scheduler all is done that there is to do. Waiting until all tasks are
# blocked instead would hang, rather than fail, on an actor that spins.
TICKS = 50

# No answer takes this long; a test that waits longer has failed.
PATIENCE_S = 5.0


class WallClock:
    """The time of day: trio's time, which under a mock clock starts at 0, set back or forth."""

    def __init__(self) -> None:
        self.shift_ns = 0

    def __call__(self) -> int:
        return round(trio.current_time() * SECOND) + self.shift_ns


async def run_until(mock_clock: MockClock, seconds: float) -> None:
    """Let trio's time reach a moment, and everybody do what they then have to do."""
    mock_clock.jump(seconds - trio.current_time())
    for _ in range(TICKS):
        await trio.lowlevel.checkpoint()


async def answer_to(call: Call) -> Answer:
    """The answer to a command, or a failure instead of a wait without end."""
    with trio.fail_after(PATIENCE_S):
        return await call.wait()


@dataclass
class Running:
    """An actor at work, and its time of day."""

    actor: SymbolActor
    clock: WallClock

    async def ask(self, command: Command) -> Answer:
        """Give a command and wait for its answer."""
        return await answer_to(self.actor.post(command))

    async def place(self, terms: str) -> int:
        """The id of an order that has to be accepted."""
        (record,) = (await self.ask(order(terms))).orders
        return record.order_id

    def of(self, order_id: int) -> OrderRecord:
        """The record of an order."""
        record = self.actor.blotter.order(order_id)
        assert record is not None
        return record

    @property
    def sequence(self) -> int:
        """How many commands were carried out."""
        return self.actor.engine.sequence
