"""The journal: every command that was carried out, in one order for all symbols, on disk.

`Journal` appends; `reading.JournalReader` reads, and tells where to go on.
"""

from msgspec import Struct

from . import frames
from .codec import FORMAT
from .disk import TEMPORARY, Disk, File, publish

FOLDER = "journal"
SUFFIX = ".journal"

# A start copies the last file, so it should not be large; a new one costs three syncs.
SEGMENT_BYTES_MAX = 16 << 20


def segment_path(first: int) -> str:
    """The file whose first record has this journal sequence."""
    return f"{FOLDER}/{first:020}{SUFFIX}"


FIRST = frames.SegmentHeader(FORMAT, first=1, previous_first=0, previous=0)


class End(Struct, frozen=True):
    """Where a journal ends: in which file, after which of its frames, at which record."""

    header: frames.SegmentHeader = FIRST
    frames: bytes = b""
    position: int = 0
    checksum: int = FIRST.checksum
    marked: bool = True
    """The last frame is a marker, or there is none."""


class Journal:
    """The end of a journal, to append to. Not safe for two threads at once.

    After any OSError the journal is dead: what is on disk is then for a new start to find out.
    """

    def __init__(
        self, disk: Disk, end: End | None = None, *, segment_bytes_max: int = SEGMENT_BYTES_MAX
    ) -> None:
        """Write the last file anew as far as it is known to be good, or the first one.

        What was read may never have reached the disk, if a sync of an earlier run failed. So the
        file is replaced by a copy that is synced; until then it stays as it was.

        Raises:
            OSError: the disk cannot be used.
        """
        end = end or End()
        disk.make_folder(FOLDER)
        self._disk = disk
        self._segment_bytes_max = segment_bytes_max
        self._file: File
        self._begin(end.header, end.frames)
        self.position = end.position
        self.marked = end.marked
        self._checksum = end.checksum

    @property
    def path(self) -> str:
        """The file that is being written."""
        return segment_path(self._header.first)

    def append(self, lines: bytes, count: int, *, sync: bool = True) -> None:
        """Write records as one frame, and return when they are on disk, or at least written.

        Raises:
            OSError: nobody knows whether they are; the journal is dead.
        """
        if self._bytes >= self._segment_bytes_max:
            self._rotate()
        self._write(lines, count)
        self.position += count
        self.marked = False
        if sync:
            self._file.sync()

    def mark(self) -> None:
        """Sync what was written, write a marker, and sync that, unless the last frame is one.

        With a marker behind it, damage to a frame cannot be taken for one that was never finished.

        Raises:
            OSError: the journal is dead.
        """
        if not self.marked:
            self._file.sync()
            self._write(b"", 0)
            self._file.sync()
            self.marked = True

    def sync(self) -> None:
        """Return when all that was written is on disk. Raises OSError: the journal is dead."""
        self._file.sync()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, lines: bytes, count: int) -> None:
        frame, checksum = frames.encode_frame(lines, self.position + 1, count, self._checksum)
        self._file.write(frame)
        self._bytes += len(frame)
        self._checksum = checksum

    def _rotate(self) -> None:
        # The next file proves that this one was complete, so it has to be.
        full = self._file
        full.sync()
        before = self._header.first
        header = frames.SegmentHeader(FORMAT, self.position + 1, before, self._checksum)
        self._begin(header, b"")
        self._checksum = header.checksum
        full.close()

    def _begin(self, header: frames.SegmentHeader, kept: bytes) -> None:
        self._header = header
        path = segment_path(header.first)
        data = header.encode() + kept
        self._file = self._disk.create(path + TEMPORARY)
        self._file.write(data)
        self._file.sync()
        publish(self._disk, path)
        self._bytes = len(data)
