"""What an exchange that survives a restart is given."""

from contextlib import AbstractAsyncContextManager, nullcontext

from msgspec import Struct

from ..persistence.disk import Disk
from ..persistence.opening import Opened
from .blocking import RunBlocking, one_thread, own_thread
from .journal_writer import Fsync

SNAPSHOT_INTERVAL_S = 5.0


class Storage(Struct, frozen=True):
    """A data folder that was opened, and how to write to it."""

    disk: Disk
    opened: Opened
    fsync: Fsync = Fsync.ALWAYS
    snapshot_interval_s: float = SNAPSHOT_INTERVAL_S
    blocking: RunBlocking | None = None
    """Runs what blocks; a thread for the journal and another one for the rest if not given."""

    def runner(self) -> RunBlocking:
        """Something that runs one function at a time."""
        return self.blocking or one_thread()

    def journal_thread(self) -> AbstractAsyncContextManager[RunBlocking]:
        """The same for the journal alone, while it is open."""
        return own_thread() if self.blocking is None else nullcontext(self.blocking)
