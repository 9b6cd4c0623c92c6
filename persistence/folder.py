"""The data folder as a whole: who has it, which format it has, and what was put aside."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import msgspec

from .codec import FORMAT
from .disk import FILE_MODE, TEMPORARY, Disk, write_whole
from .errors import DataInUse, DataRefused
from .journal import FOLDER as JOURNAL

FORMAT_FILE = "FORMAT"
LOCK_FILE = "LOCK"
QUARANTINE = "quarantine"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a data folder alone, for as long as this process lives or the context lasts.

    Raises:
        DataInUse: another process has it.
        OSError: the folder cannot be used.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        _lock(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        yield
    finally:
        # Closing gives the lock back; the file stays, or two processes could lock two files.
        os.close(descriptor)


@contextmanager
def at_rest(folder: Path) -> Iterator[None]:
    """Make sure that nobody writes to a data folder while it is only read.

    Raises:
        DataInUse: a process has it.
    """
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        raise DataInUse(
            f"{folder} is in use by process {owner}: stop that one, or choose another --data-dir"
        ) from None


def check_format(disk: Disk) -> bool:
    """Whether there is a data folder of our format; False if there is nothing yet.

    Raises:
        DataRefused: it has another format, or none although it holds a journal.
    """
    if FORMAT_FILE not in disk.names(""):
        if disk.names(JOURNAL):
            raise DataRefused(
                f"the file {FORMAT_FILE} is missing beside a journal: put back "
                f'{{"format":{FORMAT}}} if this is the data of an exchange of this version'
            )
        return False
    text = disk.read(FORMAT_FILE)
    try:
        found = msgspec.json.decode(text, type=dict[str, int]).get("format")
    except ValueError:
        found = None
    if found != FORMAT:
        raise DataRefused(
            f"the file {FORMAT_FILE} says {text[:64]!r}, and this version reads format {FORMAT}: "
            "use the version that wrote it, or a newer one"
        )
    return True


def create_format(disk: Disk) -> None:
    """Make an empty folder one of ours."""
    write_whole(disk, FORMAT_FILE, msgspec.json.encode({"format": FORMAT}) + b"\n")


def sweep(disk: Disk, folders: list[str]) -> None:
    """Remove files that were begun and never finished. They hold nothing that counts."""
    for folder in folders:
        for name in disk.names(folder):
            if name.endswith(TEMPORARY):
                disk.remove(f"{folder}/{name}" if folder else name)


def quarantine(disk: Disk, name: str, data: bytes, reason: dict[str, object]) -> str:
    """Keep bytes that are about to be cut off or replaced, and why. Returns where.

    Called twice with the same it leaves one copy, with something else under the same name two.
    """
    disk.make_folder(QUARANTINE)
    path = f"{QUARANTINE}/{name}.{crc32(data):08x}"
    write_whole(disk, path, data)
    write_whole(disk, f"{path}.reason.json", msgspec.json.encode(reason) + b"\n")
    return path
