"""The facade of the core: what the web layer and every other edge may use."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import trio
from msgspec import Struct

from ..book.commands import Command
from ..book.instrument import Instrument
from ..book.market import Answer, Market
from ..persistence.recovery import Recovery
from .calls import INBOX_MAX, Call, Halted, NotRunning, Refused
from .counters import Histogram
from .journal_writer import Committer, Fsync, JournalWriter, NoJournal
from .snapshots import Snapshots
from .storage import Storage
from .supervisor import Supervisor, SymbolStatus
from .symbol import Clock, SymbolActor

T = TypeVar("T")

# The last snapshots, at a stop, may take this long; without them the next start takes longer.
LAST_SNAPSHOTS_S = 1.5


class UnknownSymbol(Refused):
    """No such symbol is traded here."""


class Observer(Protocol):
    """Somebody who follows all symbols for as long as the exchange runs."""

    def observe(self, market: Market, answers: Sequence[Answer], /) -> None:
        """A batch of a symbol is committed and answered, and the market stands right after it.

        It is called between two batches and must neither wait nor change anything.
        """

    async def run(self) -> None:
        """Do whatever waits. It runs beside the actors, and must not end before it is cancelled."""


class JournalStatus(Struct, frozen=True):
    """How the journal is. `position` is the journal sequence of the last command in it."""

    fsync: Fsync
    file: str
    position: int
    problem: str | None


class Exchange:
    """All symbols, each with an actor and a supervisor of its own."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        clock: Clock = time.time_ns,
        inbox_max: int = INBOX_MAX,
        storage: Storage | None = None,
    ) -> None:
        """Without a storage everything lives in memory."""
        self.clock = clock
        self._storage = storage
        self._writer: JournalWriter | None = None
        journal: Committer = NoJournal()
        if storage is not None:
            journal = self._writer = JournalWriter(
                storage.opened.journal, storage.fsync, storage.journal_thread()
            )
        self._supervisors: dict[str, Supervisor] = {}
        for instrument in instruments:
            actor = SymbolActor(self._market(instrument), clock, journal, inbox_max)
            rebuild = None if storage is None else self._rebuild
            self._supervisors[instrument.symbol] = Supervisor(actor, rebuild)
        self.snapshots: Snapshots | None = None
        if storage is not None and self._writer is not None:
            actors = [supervisor.actor for supervisor in self._supervisors.values()]
            self.snapshots = Snapshots(storage, actors, self._writer)
        self.running = False
        self._services: list[Callable[[], Awaitable[None]]] = []
        self._nursery: trio.Nursery | None = None

    def _market(self, instrument: Instrument) -> Market:
        if self._storage is None:
            return Market.empty(instrument)
        return self._storage.opened.markets[instrument.symbol]

    @property
    def symbols(self) -> Mapping[str, SymbolActor]:
        """The actor of each symbol."""
        return {symbol: each.actor for symbol, each in self._supervisors.items()}

    def symbol(self, symbol: str) -> SymbolActor:
        """The actor of a symbol.

        Raises:
            UnknownSymbol: there is none.
        """
        return self._supervisor(symbol).actor

    def post(self, symbol: str, command: Command) -> Call:
        """Hand a command to its symbol without waiting for the answer.

        Raises:
            UnknownSymbol, NotRunning, Halted, Busy: it will not be carried out.
        """
        actor = self.symbol(symbol)
        if not self.running:
            raise self._refusal()
        return actor.post(command)

    async def execute(self, symbol: str, command: Command) -> Answer:
        """Hand a command to its symbol and wait for the answer.

        Raises:
            UnknownSymbol, NotRunning, Halted, Busy: it will not be carried out.
            Crashed: it made its engine fail, and did nothing.
            OutcomeUnknown: the journal failed while it was written.
        """
        return await self.post(symbol, command).wait()

    async def read(self, symbol: str, look: Callable[[Market], T]) -> T:
        """What a function finds in a market as it is committed. See `View.read`.

        Raises:
            UnknownSymbol: there is none.
            Refused: the market is lost until the next start, or until the symbol is resumed.
        """
        return await self.symbol(symbol).view.read(look)

    def resume(self, symbol: str) -> bool:
        """Let a halted symbol go on. False if it was not halted. Raises UnknownSymbol."""
        return self._supervisor(symbol).resume()

    def status(self) -> list[SymbolStatus]:
        """How every symbol is."""
        return [supervisor.status() for supervisor in self._supervisors.values()]

    @property
    def position(self) -> int:
        """The journal sequence that is committed; 0 without a journal."""
        return 0 if self._writer is None else self._writer.committed

    @property
    def commits(self) -> Histogram | None:
        """How long the commits of the journal took; None without one."""
        return None if self._writer is None else self._writer.commits

    def journal_status(self) -> JournalStatus | None:
        """How the journal is; None if there is none."""
        writer = self._writer
        if writer is None:
            return None
        return JournalStatus(writer.fsync, writer.path, writer.committed, writer.failure)

    def attach(self, observer: Observer) -> None:
        """Let somebody follow all symbols from now on, for as long as the exchange runs."""
        for actor in self.symbols.values():
            actor.observers.append(observer.observe)
        self.start(observer.run)

    def start(self, service: Callable[[], Awaitable[None]]) -> None:
        """Run something beside the actors, for as long as the exchange runs.

        It must not end before it is cancelled, and its failure is that of the exchange.
        """
        self._services.append(service)
        if self._nursery is not None:
            self._nursery.start_soon(service)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until cancelled. Then what waits is carried out, committed and snapshotted.

        Raises:
            JournalFailed: the disk has failed. Nothing is acknowledged after that.
        """
        async with trio.open_nursery() as services:
            if self._writer is not None:
                # Not `start`, which would wait for its end without an end if it was cancelled.
                services.start_soon(self._writer.run, name="journal")
            try:
                await self._run_symbols(task_status)
            finally:
                if self._writer is not None:
                    try:
                        await self._take_last_snapshots()
                    finally:
                        self._writer.stop()

    async def _run_symbols(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as nursery:
            for symbol, supervisor in self._supervisors.items():
                await nursery.start(supervisor.run, name=f"symbol {symbol}")
            if self.snapshots is not None:
                nursery.start_soon(self.snapshots.run, name="snapshots")
            for service in self._services:
                nursery.start_soon(service)
            nursery.start_soon(self._close_in_time)
            self._nursery = nursery
            self.running = True
            task_status.started()

    async def _close_in_time(self) -> None:
        """Take no commands from the moment of the cancellation on."""
        try:
            await trio.sleep_forever()
        finally:
            self.running = False

    async def _take_last_snapshots(self) -> None:
        if self.snapshots is None or self._writer is None or self._writer.failure is not None:
            return
        with trio.move_on_after(LAST_SNAPSHOTS_S, shield=True):
            for supervisor in self._supervisors.values():
                await self.snapshots.take(supervisor.actor)

    def _refusal(self) -> Refused:
        """Why no commands are taken."""
        if self._writer is not None and self._writer.has_failed:
            return Halted(f"the exchange is halted: {self._writer.failure}")
        return NotRunning("the exchange takes no commands now: it is starting or stopping")

    async def _rebuild(self, symbol: str) -> Market:
        """The market of a symbol as it is committed, read in small steps."""
        assert self._storage is not None, "only what was stored can be rebuilt"
        assert self._writer is not None, "a storage has a writer"
        recovery = Recovery(self._storage.disk, [symbol], upto=self._writer.committed)
        for _ in recovery.steps():
            await trio.lowlevel.checkpoint()
        return recovery.markets[symbol]

    def _supervisor(self, symbol: str) -> Supervisor:
        try:
            return self._supervisors[symbol]
        except KeyError:
            known = ", ".join(self._supervisors)
            raise UnknownSymbol(f"unknown symbol {symbol!r}; traded here: {known}") from None
