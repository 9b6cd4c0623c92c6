"""The seam to the disk: all that the exchange asks of a file system, and the real one.

The tests put a simulated disk in its place, which loses, reorders and tears what was not synced.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

# What the exchange keeps is nobody else's to read.
FILE_MODE = 0o600
FOLDER_MODE = 0o700

# Whatever carries this suffix was never finished and is nothing.
TEMPORARY = ".tmp"


class File(Protocol):
    """A new file that is being written, from its first byte on."""

    def write(self, data: bytes) -> None:
        """Append all of the data. Raises OSError, after which nobody knows how much is there."""

    def sync(self) -> None:
        """Return when the data is on the disk. After an OSError it may be lost: never ask again."""

    def close(self) -> None:
        """Let go of the file. It is not synced by that."""


class Disk(Protocol):
    """A file system. Paths are relative to the data folder, with slashes. All raise OSError."""

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted; none if the folder does not exist."""

    def size(self, path: str) -> int:
        """The length of a file in bytes."""

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file: fewer than asked for only at its end, all of them by default."""

    def make_folder(self, folder: str) -> None:
        """Create a folder, and those above it, unless they exist; they survive a power cut."""

    def create(self, path: str) -> File:
        """A new file, empty, in place of what may have been there."""

    def rename(self, path: str, to: str) -> None:
        """Give a file another name, in place of the file that may have had it, atomically."""

    def remove(self, path: str) -> None:
        """Take a file away."""

    def sync_folder(self, folder: str) -> None:
        """Return when the names in a folder are on the disk."""


def write_whole(disk: Disk, path: str, data: bytes) -> None:
    """Put a file at a path, so that after a power cut it is there as a whole or not at all."""
    file = disk.create(path + TEMPORARY)
    try:
        file.write(data)
        file.sync()
    finally:
        file.close()
    publish(disk, path)


def publish(disk: Disk, path: str) -> None:
    """Give a temporary file that was synced its name."""
    disk.rename(path + TEMPORARY, path)
    disk.sync_folder(os.path.dirname(path))


class RealFile:
    """A file of the operating system."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        # A short write is no error; the one after it says what is wrong.
        with self._named():
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        with self._named():
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors name the file, as they do of calls that are given its path."""
        try:
            yield
        except OSError as error:
            error.filename = str(self._path)
            raise


class RealDisk:
    """A folder of the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self.root / folder))
        except FileNotFoundError:
            return []

    def size(self, path: str) -> int:
        return (self.root / path).stat().st_size

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        with (self.root / path).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def make_folder(self, folder: str) -> None:
        above = os.path.dirname(folder)
        if above:
            self.make_folder(above)
        (self.root / folder).mkdir(FOLDER_MODE, exist_ok=True)
        # Even if it was there: who made it may have been killed before it was synced.
        self.sync_folder(above)

    def create(self, path: str) -> RealFile:
        return RealFile(self.root / path)

    def rename(self, path: str, to: str) -> None:
        os.replace(self.root / path, self.root / to)

    def remove(self, path: str) -> None:
        os.remove(self.root / path)

    def sync_folder(self, folder: str) -> None:
        _sync_folder(self.root / folder)


def make_root(root: Path) -> None:
    """Make the folder that a `RealDisk` will be of, with all above it, on disk before this returns.

    What is synced inside of a folder is lost with it if the folder itself was never synced.
    """
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    for folder in missing:
        _sync_folder(folder.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
