"""`goquant history rebuild`: the whole history anew, from the first record of the journal on."""

import os
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from .disk import RealDisk
from .errors import DataRefused
from .folder import check_format, locked
from .history import Follower, Report, silent
from .history_file import HistoryFile
from .history_folder import FILE, NEW, ROLLBACK, turn
from .history_projection import Projection
from .history_reader import HistoryReader
from .reading import JournalReader


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
    with locked(folder), turn(folder):
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


def _publish(disk: RealDisk) -> None:
    """Put the new file in place, so that a power cut at any moment leaves one that is whole or none.

    The old file goes before its rollback journal, which would be the undoing of the new file.
    """
    descriptor = os.open(disk.root / NEW, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    for name in (FILE, ROLLBACK):
        if name in disk.names(""):
            disk.remove(name)
            disk.sync_folder("")
    disk.rename(NEW, FILE)
    disk.sync_folder("")
