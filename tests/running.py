"""An actor at work, and the clocks that it goes by: only the test moves them, nothing sleeps."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import trio
from outcome import Error, acapture
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import order
from goquant.actors.calls import Call
from goquant.actors.journal_writer import JournalFailed
from goquant.actors.symbol import SymbolActor
from goquant.book.commands import Command, Sequenced
from goquant.book.market import Answer, Market
from goquant.book.records import OrderRecord

T = TypeVar("T")

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


async def ticks(count: int) -> None:
    """Let everybody have so many turns."""
    for _ in range(count):
        await trio.lowlevel.checkpoint()


async def inline(work: Callable[[], T]) -> T:
    """Run what blocks on the spot: a mock clock does not know of threads."""
    await trio.lowlevel.checkpoint()
    return work()


async def problem_of(work: Callable[[], Awaitable[object]]) -> Exception | None:
    """What a task ends with: an exception, or None."""
    end = await acapture(work)
    if isinstance(end, Error) and isinstance(end.error, Exception):
        return end.error
    end.unwrap()
    return None


class Gate:
    """Where tasks wait until the test lets them through, one at a time or all from then on."""

    def __init__(self, is_open: bool = False) -> None:
        self.is_open = is_open
        self._waiting: deque[trio.Event] = deque()

    @classmethod
    def within(cls, nursery: trio.Nursery) -> "Gate":
        """One that is shut, and opens when the nursery is cancelled: who waits may be shielded."""
        gate = cls()
        nursery.start_soon(gate._open_at_the_end)
        return gate

    async def _open_at_the_end(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.open()

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return len(self._waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """Run what blocks once the test allows it. A cancellation waits, as for a thread."""
        with trio.CancelScope(shield=True):
            await self.wait()
        return work()

    async def wait(self) -> None:
        """Wait for the test."""
        await trio.lowlevel.checkpoint()
        if not self.is_open:
            event = trio.Event()
            self._waiting.append(event)
            await event.wait()

    async def let_through(self, count: int = 1) -> None:
        """Let those through that wait longest, each followed by all that comes of it."""
        for _ in range(count):
            await wait_all_tasks_blocked()
            self.let_one_through()
            await wait_all_tasks_blocked()

    def let_one_through(self) -> None:
        """Let the one through that waits longest."""
        self._waiting.popleft().set()

    def open(self) -> None:
        """Let everybody through from now on."""
        self.is_open = True
        while self._waiting:
            self._waiting.popleft().set()


class SlowJournal:
    """A journal whose commits end, well or badly, when the test lets them."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.batches: list[list[Sequenced]] = []
        self.kept: list[Sequenced] = []
        self.problem: str | None = None

    @property
    def committed(self) -> int:
        return len(self.kept)

    async def commit(self, symbol: str, commands: Sequence[Sequenced]) -> None:
        self.batches.append(list(commands))
        await self.gate.wait()
        if self.problem is not None:
            raise JournalFailed(self.problem)
        self.kept += commands


def sequence_of(market: Market) -> int:
    """The sequence of the last command that was carried out."""
    return market.engine.sequence


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
