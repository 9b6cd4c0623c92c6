"""One group commit for all symbols: what arrives while one is under way forms the next.

The journal is written in a thread, since nobody knows how long a disk takes. There is no timer: a
lone command is written at once, and a batch grows with the load by itself. Nor is there a task in
between: who has the first commands of a group has the group written, and goes on when it is.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from enum import StrEnum
from functools import partial
from typing import Protocol

import outcome
import structlog
import trio

from ..book.commands import Sequenced
from ..persistence.codec import encode_commands
from ..persistence.journal import Journal
from .blocking import RunBlocking
from .counters import Histogram

log = structlog.get_logger()

# After so long without a command the journal gets a marker, see docs/journal.md.
IDLE_S = 0.05

# How much an exchange with fsync=interval may lose in a power cut.
SYNC_INTERVAL_S = 1.0


class Fsync(StrEnum):
    """When a command is on the disk: before it is answered, within a second, or some time."""

    ALWAYS = "always"
    INTERVAL = "interval"
    NEVER = "never"


class JournalFailed(Exception):
    """The journal could not be written. What waited may be on disk or not; nothing follows it."""


class Committer(Protocol):
    """Where commands go before they are answered."""

    @property
    def committed(self) -> int:
        """The journal sequence that is committed."""

    async def commit(self, symbol: str, commands: Sequence[Sequenced]) -> None:
        """Return when the commands are committed. Raises JournalFailed."""


class NoJournal:
    """Keeps nothing, for exchanges that live in memory."""

    committed = 0

    async def commit(self, symbol: str, commands: Sequence[Sequenced]) -> None:
        """Return at once."""


class _Group:
    """What is written together. Who joins it first has it written, for all who wait for it."""

    __slots__ = ("count", "done", "is_flush", "is_written", "lines")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.count = 0
        self.is_flush = False
        self.is_written = False
        self.done = trio.Event()


class JournalWriter:
    """The only one who touches the journal, once it runs."""

    def __init__(
        self, journal: Journal, fsync: Fsync, thread: AbstractAsyncContextManager[RunBlocking]
    ) -> None:
        self.fsync = fsync
        self.committed = journal.position
        self.commits = Histogram()
        """How long each group took, the way to the thread and back included."""
        self.failure: str | None = None
        self._error: BaseException | None = None
        self._journal = journal
        self._thread = thread
        self._blocking: RunBlocking
        self._group = _Group()
        # Whose turn it is to touch the journal: nobody's before `run`, then one after the other.
        self._turn = trio.Semaphore(0)
        self._marker_due = math.inf
        self._wake = trio.Event()
        self._is_stopping = False
        self._synced_at = time.monotonic()

    @property
    def path(self) -> str:
        """The file that is being written."""
        return self._journal.path

    @property
    def has_failed(self) -> bool:
        """Whether it is over because the journal could not be written."""
        return self._error is not None

    async def commit(self, symbol: str, commands: Sequence[Sequenced]) -> None:
        """Return when the commands are in the journal, and on disk if the mode says so.

        Raises:
            JournalFailed: nobody knows whether they are.
        """
        await self._join(encode_commands(symbol, commands), len(commands))

    async def flush(self) -> None:
        """Return when all that is committed is on disk, whatever the mode.

        Raises:
            JournalFailed: nobody knows whether it is.
        """
        if self.fsync is not Fsync.ALWAYS:
            self._group.is_flush = True
            await self._join(b"", 0)

    def stop(self) -> None:
        """Let `run` end when all that was handed in is written."""
        self._is_stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Let others write until `stop`. A cancellation does not end it: they have to commit then.

        Raises:
            JournalFailed: the disk failed. Nothing is written or synced after that.
        """
        with trio.CancelScope(shield=True):
            try:
                async with self._thread as self._blocking:
                    self._turn.release()
                    if not self._journal.marked:
                        self._expect_marker()
                    await self._mark_when_idle()
                    await self._take_turn()
                    await self._do(self._journal.mark)
            finally:
                self.failure = self.failure or "the exchange has stopped"
                # By now all is synced, or in doubt: nothing depends on how this ends.
                with suppress(OSError):
                    self._journal.close()
                self._turn.release()  # those who came too late fail
        if isinstance(self._error, OSError):
            raise JournalFailed(self.failure) from self._error
        if self._error is not None:
            raise self._error

    async def _join(self, lines: bytes, count: int) -> None:
        if self.failure is not None:
            raise JournalFailed(self.failure)
        group = self._group
        is_first = not group.lines
        group.lines.append(lines)
        group.count += count
        if is_first:
            await self._lead(group)
        else:
            await group.done.wait()
        if not group.is_written:
            raise JournalFailed(self.failure)

    async def _lead(self, group: _Group) -> None:
        """Write a group when its turn comes; what arrives from then on forms the next one."""
        with trio.CancelScope(shield=True):
            await self._take_turn()
            self._group = _Group()
            began = time.monotonic()
            group.is_written = await self._do(partial(self._write, group))
            if group.is_written:
                self.commits.observe(time.monotonic() - began)
                self.committed = self._journal.position
                self._expect_marker()
            self._turn.release()
            group.done.set()

    async def _take_turn(self) -> None:
        try:
            self._turn.acquire_nowait()  # others need no chance to run before the disk does
        except trio.WouldBlock:
            await self._turn.acquire()

    async def _do(self, work: Callable[[], None]) -> bool:
        """Do something to the journal. False if it fails, or has failed before."""
        if self.failure is None:
            result = await outcome.acapture(self._blocking, work)
            if isinstance(result, outcome.Error):
                self._fail(result.error)
        return self.failure is None

    def _fail(self, error: BaseException) -> None:
        """It is `run` that raises it: who waits for a commit is told that nobody knows."""
        self._error = error
        problem = (isinstance(error, OSError) and error.strerror) or repr(error)
        self.failure = f"{self.path} cannot be written: {problem}"
        log.critical("journal failed", problem=self.failure, committed=self.committed)
        self._wake.set()

    async def _mark_when_idle(self) -> None:
        """Write the marker that ends a busy time, each time, until it is over."""
        while not self._is_stopping and self.failure is None:
            with trio.move_on_at(self._marker_due):
                await self._wake.wait()
            self._wake = trio.Event()
            if self._is_marker_due():
                await self._take_turn()
                if self._is_marker_due():
                    self._marker_due = math.inf
                    await self._do(self._journal.mark)
                self._turn.release()

    def _expect_marker(self) -> None:
        if self.fsync is not Fsync.NEVER:
            if self._marker_due == math.inf:
                self._wake.set()
            self._marker_due = trio.current_time() + IDLE_S

    def _is_marker_due(self) -> bool:
        return trio.current_time() >= self._marker_due

    def _write(self, group: _Group) -> None:
        """In the worker thread."""
        if group.count:
            sync = group.is_flush or self._is_sync_due()
            self._journal.append(b"".join(group.lines), group.count, sync=sync)
        else:
            self._journal.sync()

    def _is_sync_due(self) -> bool:
        if self.fsync is not Fsync.INTERVAL:
            return self.fsync is Fsync.ALWAYS
        now = time.monotonic()
        is_due = now - self._synced_at >= SYNC_INTERVAL_S
        if is_due:
            self._synced_at = now
        return is_due
