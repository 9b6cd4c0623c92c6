"""A disk in memory that forgets what a real one may forget, and fails when it is told to.

It keeps two worlds: what a process sees (the page cache), and what is on the platter. `power_cut`
makes of both what is found when the power is back:

- of the bytes of a file that were not synced, any 512-byte sectors may be there; one that is
  missing reads as zeros, and the file may have any length between the synced and the written one;
- of the names that were not synced (created, renamed, removed), any may be there; a rename is atomic;
- what a sync that failed should have written stays readable, and is gone after the power cut: the
  system takes those pages for clean.

`restart` is the milder end: the process was killed, and the page cache is as it was.
"""

import errno
import os
import posixpath
from collections import Counter
from collections.abc import Callable, Collection
from random import Random

from goquant.persistence.disk import Disk, File

SECTOR = 512

# What changes the disk. A crash is counted in these, a failure in those of one kind.
KINDS = ("create", "write", "sync", "rename", "remove", "mkdir", "sync_folder")


class PowerCut(BaseException):
    """The process ends here and now. Nothing in it can see to that, so it is not an Exception."""


class _Inode:
    """A file, whatever its name: its bytes as they are seen, and those on the platter."""

    def __init__(self, data: bytes = b"") -> None:
        self.seen = bytearray(data)
        self.kept = bytearray(data)
        self.dirty: set[int] = set()

    def write(self, data: bytes) -> None:
        start = len(self.seen)
        self.seen += data
        self.dirty.update(range(start // SECTOR, (len(self.seen) - 1) // SECTOR + 1))

    def sync(self) -> None:
        self.kept = self.found(self.dirty, len(self.seen))
        self.dirty.clear()

    def forget(self, count: int) -> None:
        """A sync failed: the pages count as clean from now on. After a crash they do not."""
        if count >= 0:
            self.dirty.clear()

    def found(self, sectors: Collection[int], length: int) -> bytearray:
        """The file if these sectors were written out, and this length."""
        data = self.kept.ljust(length, b"\0")[:length]
        for sector in sectors:
            place = slice(sector * SECTOR, min((sector + 1) * SECTOR, length))
            data[place] = self.seen[place]
        return data[:length]

    def after_power_cut(self, random: Random) -> bytes:
        if len(self.seen) == len(self.kept) and not self.dirty:
            return bytes(self.kept)
        # Often all or nothing, which arbitrary choices would hardly ever come to.
        chance = random.choice((0.0, 0.5, 1.0))
        sectors = [each for each in sorted(self.dirty) if random.random() < chance]
        longest = max(sectors, default=-1) * SECTOR + SECTOR if self.dirty else 0
        lengths = (len(self.kept), len(self.seen), longest, random.randrange(len(self.seen) + 1))
        length = min(max(random.choice(lengths), len(self.kept)), len(self.seen))
        return bytes(self.found([each for each in sectors if each * SECTOR < length], length))


# Names, with their files; a folder is a name with None.
_Names = dict[str, _Inode | None]


class SimDisk(Disk):
    """A `Disk` of `persistence.disk`."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        """A disk that holds these files by path, all of them on the platter."""
        self._seen: _Names = {}
        self._kept: _Names = {}
        self._pending: list[tuple[str, Callable[[_Names], None]]] = []
        self.restart()
        for path, data in (files or {}).items():
            self._seen |= dict.fromkeys(_folders_above(path)) | {path: _Inode(data)}
        self._kept = dict(self._seen)

    def restart(self) -> "SimDisk":
        """The process is gone; the next one sees what this one saw. Returns itself."""
        self.log: list[tuple[str, str]] = []
        self._counts: Counter[str] = Counter()
        self._failures: dict[tuple[str, int], tuple[OSError, int]] = {}
        self._crash_at, self._crash_part = 0, 0.0
        self._is_dead = False
        return self

    def power_cut(self, random: Random) -> "SimDisk":
        """The disk as it is found when the power is back."""
        names = dict(self._kept)
        for _, change in self._pending:
            if random.random() < 0.5:
                change(names)
        disk = SimDisk()
        for path, inode in names.items():
            if all(above in names for above in _folders_above(path)):
                disk._seen[path] = inode and _Inode(inode.after_power_cut(random))
        disk._kept = dict(disk._seen)
        return disk

    def fail(self, at: int, error: OSError, kind: str, *, short: int = 0) -> None:
        """Let the call `at` of a kind from now on fail; a write writes `short` bytes before."""
        assert kind in KINDS
        self._failures[kind, self._counts[kind] + at] = (error, short)

    def crash(self, at: int, *, part: float = 0.0) -> None:
        """End the process at the change `at` from now on; a write gets that part of its bytes in."""
        self._crash_at, self._crash_part = len(self.log) + at, part

    def files(self) -> dict[str, bytes]:
        """All that can be seen, by path."""
        return {path: bytes(each.seen) for path, each in self._seen.items() if each is not None}

    def names(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        inside = (path[len(start) :] for path in self._seen if path.startswith(start))
        return sorted(name for name in inside if "/" not in name)

    def size(self, path: str) -> int:
        return len(self._file(path).seen)

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        stop = None if length < 0 else offset + length
        return bytes(self._file(path).seen[offset:stop])

    def make_folder(self, folder: str) -> None:
        above = _above(folder)
        if above:
            self.make_folder(above)
        self._begin("mkdir", folder)
        if folder not in self._seen:
            self._change(above, lambda names: names.update({folder: None}))
        self.sync_folder(above)

    def create(self, path: str) -> File:
        self._begin("create", path)
        self._folder(_above(path))
        inode = _Inode()
        self._change(_above(path), lambda names: names.update({path: inode}))
        return SimFile(self, path, inode)

    def rename(self, path: str, to: str) -> None:
        self._begin("rename", path)
        inode = self._file(path)
        assert _above(path) == _above(to), "one folder to sync"

        def change(names: _Names) -> None:
            # It moves the file, under whatever name the platter has it.
            names.pop(path, None)
            names[to] = inode

        self._change(_above(path), change)

    def remove(self, path: str) -> None:
        self._begin("remove", path)
        self._file(path)

        def change(names: _Names) -> None:
            names.pop(path, None)

        self._change(_above(path), change)

    def sync_folder(self, folder: str) -> None:
        self._begin("sync_folder", folder)
        self._folder(folder)
        for where, change in self._pending:
            if where == folder:
                change(self._kept)
        self._pending = [each for each in self._pending if each[0] != folder]

    def _change(self, folder: str, change: Callable[[_Names], None]) -> None:
        change(self._seen)
        self._pending.append((folder, change))

    def _file(self, path: str) -> _Inode:
        inode = self._seen.get(path)
        if inode is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return inode

    def _folder(self, folder: str) -> None:
        if folder and self._seen.get(folder, False) is not None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)

    def _begin(self, kind: str, path: str, partly: Callable[[int], None] = lambda n: None) -> None:
        """Count a change, and let it crash or fail; `partly` then does so many bytes of it."""
        if self._is_dead:
            raise PowerCut
        self.log.append((kind, path))
        self._counts[kind] += 1
        if len(self.log) == self._crash_at:
            self._is_dead = True
            partly(-1)
            raise PowerCut
        failure = self._failures.pop((kind, self._counts[kind]), None)
        if failure is not None:
            partly(failure[1])
            raise failure[0]


class SimFile(File):
    """A file that is being written. Using it after `close` is an error, as it is for a real one."""

    def __init__(self, disk: SimDisk, path: str, inode: _Inode) -> None:
        self._disk = disk
        self._path = path
        self._inode: _Inode | None = inode

    def write(self, data: bytes) -> None:
        inode = self._open()

        def partly(count: int) -> None:
            share = int(self._disk._crash_part * len(data)) if count < 0 else count
            inode.write(data[:share])

        self._disk._begin("write", self._path, partly)
        inode.write(data)

    def sync(self) -> None:
        inode = self._open()
        self._disk._begin("sync", self._path, inode.forget)
        inode.sync()

    def close(self) -> None:
        self._open()
        self._inode = None

    def _open(self) -> _Inode:
        if self._inode is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), self._path)
        return self._inode


def _above(path: str) -> str:
    return posixpath.dirname(path)


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
