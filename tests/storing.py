"""A whole exchange on a simulated disk, with engines that fail on the commands of one account."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import pytest
import trio
from structlog.testing import capture_logs

from builders import instrument
from goquant.actors.blocking import RunBlocking
from goquant.actors.exchange import Exchange
from goquant.actors.journal_writer import Fsync, JournalFailed
from goquant.actors.storage import Storage
from goquant.actors.symbol import Clock
from goquant.book.commands import MassCancel, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.events import Event
from goquant.book.instrument import Instrument
from goquant.book.market import Market
from goquant.persistence.opening import Opened, open_folder
from running import inline
from simdisk import SimDisk
from small_exchange import hashes, records, replayed

T = TypeVar("T", bound=BaseException)

POISON = "poison"
SYMBOLS = ("A-USD", "B-USD", "C-USD")

# Where trio's time does not go on by itself, there are no snapshots but those of a stop.
SELDOM_S = 3_600.0


class Defect(Exception):
    """What a poison command makes of an engine."""


Apply = Callable[[Engine, Sequenced], list[Event]]


def poisonous(apply: Apply) -> Apply:
    """Fails on commands of one account, after the engine has changed the book already."""

    def fail(self: Engine, sequenced: Sequenced) -> list[Event]:
        events = apply(self, sequenced)
        command = sequenced.command
        if isinstance(command, NewOrder | MassCancel) and command.account == POISON:
            raise Defect("a defect")
        return events

    return fail


@contextmanager
def poisonous_engines() -> Iterator[None]:
    """All engines are poisonous.

    What is logged of it, with all the values around, stays out of sight: it takes its time.
    """
    with pytest.MonkeyPatch.context() as patch, capture_logs():
        patch.setattr(Engine, "apply", poisonous(Engine.apply))
        yield


def listed(symbols: Sequence[str] = SYMBOLS, **rules: int) -> list[Instrument]:
    """Instruments with these symbols, each with the same rules."""
    return [instrument(symbol=symbol, base=symbol[0], **rules) for symbol in symbols]


class Durable:
    """An exchange, the disk that it is on, and what a start has found there."""

    def __init__(
        self,
        disk: SimDisk,
        instruments: Sequence[Instrument],
        *,
        blocking: RunBlocking = inline,
        fsync: Fsync = Fsync.ALWAYS,
        snapshot_interval_s: float = SELDOM_S,
        clock: Clock = lambda: 7,
    ) -> None:
        self.disk = disk
        self.opened: Opened = open_folder(disk, instruments)
        storage = Storage(disk, self.opened, fsync, snapshot_interval_s, blocking)
        self.exchange = Exchange(instruments, clock=clock, storage=storage)
        self.stop = trio.CancelScope()
        self.failures: list[str] = []

    def markets(self) -> dict[str, Market]:
        """What the actors have in memory."""
        return {symbol: actor.market for symbol, actor in self.exchange.symbols.items()}

    def hashes(self) -> dict[str, str]:
        """The states that the actors have in memory."""
        return hashes(self.markets())

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until `stop` is cancelled, or the journal fails."""
        with self.stop:
            try:
                await self.exchange.run(task_status=task_status)
            except* JournalFailed as failures:
                self.failures = [str(each) for each in leaves(failures)]


@asynccontextmanager
async def durable(
    disk: SimDisk,
    instruments: Sequence[Instrument] | None = None,
    *,
    blocking: RunBlocking = inline,
    fsync: Fsync = Fsync.ALWAYS,
    snapshot_interval_s: float = SELDOM_S,
    may_fail: bool = False,
) -> AsyncIterator[Durable]:
    """An exchange that runs, and is stopped at the end of the block."""
    run = Durable(
        disk,
        instruments or listed(),
        blocking=blocking,
        fsync=fsync,
        snapshot_interval_s=snapshot_interval_s,
    )
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(run.run)
            yield run
            run.stop.cancel()
    assert may_fail or not run.failures, run.failures


def leaves(group: BaseExceptionGroup[T]) -> Iterator[T]:
    """The exceptions of a group, and of the groups in it."""
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from leaves(each)
        else:
            yield each


def on_disk(disk: SimDisk) -> dict[str, str]:
    """The states that a replay of the whole journal in memory comes to, snapshots or not."""
    return hashes(replayed(records(disk)))
