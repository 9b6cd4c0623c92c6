"""One group commit for all symbols: what arrives while one is under way forms the next.

The journal is written in a worker thread, since nobody knows how long a disk takes. There is no
timer: a lone command is written at once, and a batch grows with the load by itself.
"""

import math
import time
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Protocol

import structlog
import trio

from ..book.commands import Sequenced
from ..persistence.codec import encode_commands
from ..persistence.journal import Journal
from .blocking import RunBlocking

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
    """What is written together, and who waits for it."""

    __slots__ = ("count", "done", "has_failed", "is_flush", "is_wanted", "lines")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.count = 0
        self.is_wanted = False
        self.is_flush = False
        self.has_failed = False
        self.done = trio.Event()


class JournalWriter:
    """The only one who touches the journal, once it runs."""

    def __init__(self, journal: Journal, fsync: Fsync, blocking: RunBlocking) -> None:
        self.fsync = fsync
        self.committed = journal.position
        self.failure: str | None = None
        self._journal = journal
        self._blocking = blocking
        self._group = _Group()
        self._wake = trio.Event()
        self._is_stopping = False
        self._synced_at = time.monotonic()

    @property
    def path(self) -> str:
        """The file that is being written."""
        return self._journal.path

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

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Write until `stop`. A cancellation does not end it: others have things to commit then.

        Raises:
            JournalFailed: the disk failed. Nothing is written or synced after that.
        """
        with trio.CancelScope(shield=True):
            task_status.started()
            try:
                while not self._is_stopping or self._group.is_wanted:
                    await self._turn()
                await self._blocking(self._journal.mark)
            except OSError as error:
                self.failure = f"{self.path} cannot be written: {error.strerror or error}"
                log.critical("journal failed", problem=self.failure, committed=self.committed)
                raise JournalFailed(self.failure) from error
            finally:
                self.failure = self.failure or "the exchange has stopped"
                self._group.has_failed = True
                self._group.done.set()
                self._journal.close()

    async def _join(self, lines: bytes, count: int) -> None:
        if self.failure is not None:
            raise JournalFailed(self.failure)
        group = self._group
        group.lines.append(lines)
        group.count += count
        group.is_wanted = True
        self._wake.set()
        await group.done.wait()
        if group.has_failed:
            raise JournalFailed(self.failure)

    async def _turn(self) -> None:
        """Write what waits, or the marker that ends a busy time."""
        await self._wait_for_work()
        group, self._group = self._group, _Group()
        self._wake = trio.Event()
        if not group.is_wanted:
            await self._blocking(self._journal.mark)
            return
        try:
            await self._blocking(partial(self._write, group))
        except BaseException:
            group.has_failed = True
            group.done.set()
            raise
        self.committed = self._journal.position
        group.done.set()

    async def _wait_for_work(self) -> None:
        is_marked = self._journal.marked or self.fsync is Fsync.NEVER
        with trio.move_on_after(math.inf if is_marked else IDLE_S):
            await self._wake.wait()

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
