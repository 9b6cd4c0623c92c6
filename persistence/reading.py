"""Reading a journal: its records in order, its end, and what is wrong with it."""

from collections.abc import Iterator

from msgspec import Struct

from . import codec, frames
from .disk import Disk
from .errors import Corrupt, DataRefused
from .journal import FIRST, FOLDER, SUFFIX, End, segment_path

# Bytes read at a time; a frame that is longer is read whole.
BLOCK_BYTES = 1 << 20


class Batch(Struct, frozen=True):
    """The records of one group commit; the first one has the journal sequence `first`.

    If nobody wants them there are none: it is there for those who read in small steps.
    """

    first: int
    records: list[codec.Record]


class Torn(Struct, frozen=True):
    """The bytes of a frame that was never finished, and so never acknowledged."""

    path: str
    offset: int
    data: bytes
    problem: str


class _Bad(Exception):
    """The bytes at the reader's place are no frame that fits there.

    `known` is the last journal sequence that the frame speaks of, if it was written as a whole.
    """

    def __init__(self, problem: str, known: int | None = None) -> None:
        super().__init__(problem)
        self.known = known


class JournalReader:
    """Reads the records after a journal sequence, in one go or bit by bit while they are written."""

    def __init__(self, disk: Disk, after: int = 0) -> None:
        """Find the file to begin with; those before it are not looked at.

        Raises:
            Corrupt: a file is missing, or its head is damaged.
            DataRefused: the journal has another format.
        """
        self._disk = disk
        self._after = after
        self._header = _head_of(disk, after + 1)
        self._at = frames.SEGMENT_HEADER_BYTES
        self._checksum = self._header.checksum if self._header else FIRST.checksum
        self._last = self._header.first - 1 if self._header else 0
        # A file is begun for a frame: one without any is the work of a crash, or was cut.
        self._marked = self._header is None
        self._block, self._block_at = b"", 0
        self.torn: Torn | None = None

    @property
    def path(self) -> str:
        """The file that it reads. There must be one."""
        assert self._header is not None, "asked only while there is a file"
        return segment_path(self._header.first)

    @property
    def offset(self) -> int:
        """How many bytes of the file that it reads it has understood."""
        return self._at

    @property
    def position(self) -> int:
        """The journal sequence of the last record that was read or skipped."""
        return self._last

    def batches(self, upto: int | None = None) -> Iterator[Batch]:
        """The records from where the last call stopped to the journal sequence `upto`, or all.

        Without `upto` the journal must be at rest; a frame that was never finished ends it, and is
        found in `torn`.

        Raises:
            Corrupt: what is there is not what was written.
        """
        while self._header is not None and (upto is None or self._last < upto):
            try:
                batch = self._next()
            except _Bad as bad:
                self._end_of_file(bad)
                return
            if batch is None:
                if not self._next_file():
                    self._refuse_if_more("it ends too early", self._known_later())
                    return
            elif not self._marked:
                yield batch

    def end(self) -> End:
        """Where to go on, once all batches were read."""
        if self._header is None:
            return End()
        start = frames.SEGMENT_HEADER_BYTES
        kept = self._disk.read(self.path, start, self._at - start)
        return End(self._header, kept, self._last, self._checksum, self._marked)

    def _next(self) -> Batch | None:
        """The next frame, or None at the end of the file."""
        data, at = self._bytes(frames.FRAME_HEADER_BYTES)
        if at == len(data):
            return None
        header = frames.decode_frame(data, at)
        if header is None:
            raise _Bad("there is no frame where one should begin, or its head is damaged")
        if (header.previous, header.first) != (self._checksum, self._last + 1):
            raise _Bad(
                f"the frame there begins with journal sequence {header.first} and follows another "
                f"one than the frame before it, which ends with {self._last}",
                header.last,
            )
        data, at = self._bytes(frames.FRAME_HEADER_BYTES + header.length)
        start = at + frames.FRAME_HEADER_BYTES
        payload = data[start : start + header.length]
        if len(payload) < header.length or frames.checksum(payload) != header.payload_sum:
            raise _Bad("the content of the frame there is not what its head says")
        records = _records(payload, header) if header.last > self._after else []
        self._at += frames.FRAME_HEADER_BYTES + header.length
        self._checksum = header.checksum
        self._last = header.last
        self._marked = not header.records
        return Batch(header.first, records)

    def _bytes(self, length: int) -> tuple[bytes, int]:
        """Bytes, and where in them the reader stands, with so many more behind it if there are."""
        at = self._at - self._block_at
        if len(self._block) - at < length:
            self._block = self._disk.read(self.path, self._at, max(length, BLOCK_BYTES))
            self._block_at, at = self._at, 0
        return self._block, at

    def _next_file(self) -> bool:
        """Go on in the next file, if there is one."""
        assert self._header is not None, "there is a file before it"
        first = self._last + 1
        if first == self._header.first or first not in firsts(self._disk):
            return False
        path = segment_path(first)
        header = _head(self._disk, path)
        if (header.previous, header.previous_first) != (self._checksum, self._header.first):
            raise Corrupt(path, 0, f"it does not follow {self.path}", first)
        self._header = header
        self._checksum = header.checksum
        self._marked = False
        self._at = frames.SEGMENT_HEADER_BYTES
        self._block, self._block_at = b"", 0
        return True

    def _end_of_file(self, bad: _Bad) -> None:
        """Tell a frame that was never finished from one that is damaged."""
        problem = str(bad)
        rest = self._disk.read(self.path, self._at)
        known = [header.last for header in frames.headers_after(rest, 0)]
        if bad.known is not None:
            known.append(bad.known)
        self._refuse_if_more(problem, known + self._known_later())
        self.torn = Torn(self.path, self._at, rest, problem)

    def _known_later(self) -> list[int]:
        """The sequences that later files speak of: they prove that this one was complete."""
        assert self._header is not None, "there is a file before them"
        later = [first for first in firsts(self._disk) if first > self._header.first]
        if not later:
            return []
        rest = self._disk.read(segment_path(later[-1]))
        return [later[-1] - 1, *(header.last for header in frames.headers_after(rest, 0))]

    def _refuse_if_more(self, problem: str, known: list[int]) -> None:
        """What is known of later sequences proves that those from here on were written."""
        if known:
            raise Corrupt(self.path, self._at, problem, self._last + 1, max(known))


def firsts(disk: Disk) -> list[int]:
    """The first journal sequence of every file, ascending.

    Raises:
        DataRefused: there is a file that no journal has.
    """
    stems = [name.removesuffix(SUFFIX) for name in disk.names(FOLDER) if name.endswith(SUFFIX)]
    for stem in stems:
        if not stem.isdecimal() or segment_path(int(stem)) != f"{FOLDER}/{stem}{SUFFIX}":
            raise DataRefused(f"{FOLDER}/{stem}{SUFFIX} is no file of this journal: move it away")
    return sorted(map(int, stems))


def _records(payload: bytes, header: frames.FrameHeader) -> list[codec.Record]:
    try:
        records = codec.decode(payload)
    except ValueError as error:
        problem = f"the frame there holds something else than commands: {error}"
        raise _Bad(problem, header.last) from error
    if len(records) != header.records:
        problem = f"the frame there has {len(records)} records, its head says {header.records}"
        raise _Bad(problem, header.last)
    return records


def _head(disk: Disk, path: str) -> frames.SegmentHeader:
    header = frames.decode_segment(disk.read(path, 0, frames.SEGMENT_HEADER_BYTES))
    first = int(path.removeprefix(f"{FOLDER}/").removesuffix(SUFFIX))
    if header is None or header.first != first:
        raise Corrupt(path, 0, "its head is damaged", first)
    if header.format != codec.FORMAT:
        raise DataRefused(
            f"{path} has format {header.format}, and this version reads {codec.FORMAT}: "
            "use the version that wrote it, or a newer one"
        )
    return header


def _head_of(disk: Disk, position: int) -> frames.SegmentHeader | None:
    """The head of the file that holds a record, or of the last file if that is yet to be written."""
    known = firsts(disk)
    if not known:
        return None
    if position < known[0]:
        problem = (
            f"it is missing, and {segment_path(known[0])} follows it; if it was archived, put it back: "
            "what has no good snapshot needs all of the journal"
        )
        raise Corrupt(segment_path(position), 0, problem, position, known[0] - 1)
    return _head(disk, segment_path(max(first for first in known if first <= position)))
