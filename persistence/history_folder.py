"""Where the history lies in a data folder, whose turn it is to write it, and how it is put aside."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .disk import FILE_MODE, Disk, write_whole
from .errors import DataInUse
from .folder import QUARANTINE

FILE = "history.sqlite3"

# The journal of SQLite beside a database, without which a write that was cut short stays there.
ROLLBACK = FILE + "-journal"

# A new file beside the one in use, until it is whole.
NEW = FILE + ".new"

# Whoever writes a history holds a lock on this file. It stays, or two could lock two files.
LOCK_FILE = "history.lock"

KEPT = f"{QUARANTINE}/{FILE}"
_KEPT_ROLLBACK = f"{QUARANTINE}/{ROLLBACK}"


@contextmanager
def turn(folder: Path, *, patient: bool = False) -> Iterator[None]:
    """Be the one who writes the history, or moves it. Waits for one's turn if `patient`.

    Raises:
        DataInUse: it is somebody else's turn: a follower's, whose exchange may have ended already.
        OSError: the folder cannot be used.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        _lock(descriptor, folder, patient)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path, patient: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataInUse(f"somebody writes the history of {folder}: try again in a moment") from None


def put_aside(disk: Disk, problem: str) -> str:
    """Keep a history that is of no use, and why, in place of the one that was kept before.

    Only the last one is kept: it can be made again, and many of them would fill the disk. It is
    moved and not copied: it may be larger than memory. Returns where it is kept.

    Raises:
        OSError: the disk cannot be used.
    """
    reason = {"what": "a history that was put aside, to be made anew", "problem": problem}
    disk.make_folder(QUARANTINE)
    write_whole(disk, f"{KEPT}.reason.json", msgspec.json.encode(reason) + b"\n")
    # The database goes before its rollback journal. A journal alone is ignored; alone with another
    # database it would be taken for that one's.
    disk.rename(FILE, KEPT)
    if ROLLBACK in disk.names(""):
        disk.rename(ROLLBACK, _KEPT_ROLLBACK)
    elif ROLLBACK in disk.names(QUARANTINE):
        disk.remove(_KEPT_ROLLBACK)
    disk.sync_folder(QUARANTINE)
    disk.sync_folder("")
    return KEPT
