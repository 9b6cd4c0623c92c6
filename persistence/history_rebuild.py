"""`goquant history rebuild`: the whole history anew, from the first record of the journal on."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from .disk import RealDisk
from .errors import DataInUse, DataRefused
from .folder import check_format, locked
from .history import LOCK_FILE, Follower, Report, silent
from .history_file import HistoryFile, rollback_of
from .history_projection import Projection
from .history_reader import HistoryReader
from .history_schema import FILE
from .reading import JournalReader

# A new file beside the one in use, until it is whole.
NEW = FILE + ".new"


class Counts(Struct, frozen=True):
    """How much there is in a history, and up to which journal sequence."""

    position: int
    orders: int
    trades: int
    candles: int


def rebuild(folder: Path, report: Report = silent) -> Counts:
    """Make the history of a folder at rest anew. The old one stays until the new one is whole.

    O(n) in the records of the journal. `report` is told how far it is, a few times a second.

    Raises:
        DataInUse: an exchange has the folder, or its follower is about to end.
        DataRefused, HistoryFailed, OSError: the journal cannot be read, or the file written.
    """
    disk = RealDisk(folder)
    if not folder.is_dir() or not check_format(disk):
        raise DataRefused(f"there is no exchange in {folder}: the file FORMAT is missing")
    with locked(folder), _turn(folder):
        new = folder / NEW
        new.unlink(missing_ok=True)
        with closing(HistoryFile(new, is_safe=False)) as file:
            projection = Projection([], file.newest_candle)
            follower = Follower(file, projection, JournalReader(disk))
            follower.advance(None, report)
        with HistoryReader(new, time_max_s=None).moment() as moment:
            counts = Counts(follower.position, *moment.counts())
        _publish(disk)
    return counts


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Be the one who writes the history."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataInUse(f"somebody writes the history of {folder}: try again in a moment") from None
    finally:
        os.close(descriptor)


def _publish(disk: RealDisk) -> None:
    """Put the new file in place, so that a power cut at any moment leaves one that is whole or none.

    The old file goes before its rollback journal, which would be the undoing of the new file.
    """
    old = disk.root / FILE
    descriptor = os.open(disk.root / NEW, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    for path in (old, rollback_of(old)):
        path.unlink(missing_ok=True)
        disk.sync_folder("")
    os.replace(disk.root / NEW, old)
    disk.sync_folder("")
