"""The frames of a journal file: how what was torn is told from what rots. See docs/journal.md.

Each frame names the checksum of the one before, across files too, so that a frame that is missing,
doubled, swapped or foreign does not fit. The header has a checksum of its own: a header that holds
proves that all before it had been synced when it was written, even if its payload never arrived.
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple
from zlib import crc32

# Neither byte occurs in UTF-8, so nothing that a client sends can look like a frame.
MAGIC = b"\xf5\xff"
_FRAME = Struct("<2sIQIIII")  # magic, payload length, first, count, previous, payload sum, own sum
FRAME_HEADER_BYTES = _FRAME.size

_SEGMENT_MAGIC = b"GOQUANT\n"
_SEGMENT = Struct("<8sIQQII")  # magic, format, first, first of the file before, previous, own sum
SEGMENT_HEADER_BYTES = _SEGMENT.size

_SUM_BYTES = 4


class SegmentHeader(NamedTuple):
    """The head of a journal file. `previous` is the checksum of the last frame before it."""

    format: int
    first: int
    previous_first: int
    previous: int

    def encode(self) -> bytes:
        """The bytes of the header."""
        return self._body() + self.checksum.to_bytes(_SUM_BYTES, "little")

    @property
    def checksum(self) -> int:
        """What the first frame of the file names as the one before it."""
        return crc32(self._body())

    def _body(self) -> bytes:
        return _SEGMENT.pack(_SEGMENT_MAGIC, *self, 0)[:-_SUM_BYTES]


class FrameHeader(NamedTuple):
    """The head of a frame. A marker holds no records: it proves that what is before it was synced."""

    length: int
    first: int
    records: int
    previous: int
    payload_sum: int
    checksum: int

    @property
    def last(self) -> int:
        """The journal sequence of the last record that is in this frame or before it."""
        return self.first + self.records - 1


def decode_segment(data: bytes) -> SegmentHeader | None:
    """The header that a file begins with, or None if that is damaged."""
    if len(data) < SEGMENT_HEADER_BYTES:
        return None
    magic, *fields, own = _SEGMENT.unpack_from(data)
    body = data[: SEGMENT_HEADER_BYTES - _SUM_BYTES]
    if magic != _SEGMENT_MAGIC or own != crc32(body):
        return None
    return SegmentHeader(*fields)


def checksum(payload: bytes) -> int:
    """What the head of a frame says about its payload."""
    return crc32(payload)


def encode_frame(payload: bytes, first: int, records: int, previous: int) -> tuple[bytes, int]:
    """A frame, and the checksum that the next one has to name."""
    header = _FRAME.pack(MAGIC, len(payload), first, records, previous, checksum(payload), 0)
    header = header[:-_SUM_BYTES]
    own = crc32(header)
    return b"".join((header, own.to_bytes(_SUM_BYTES, "little"), payload)), own


def decode_frame(data: bytes, at: int) -> FrameHeader | None:
    """The header at a place, or None if there is none that holds."""
    if len(data) - at < FRAME_HEADER_BYTES:
        return None
    magic, *fields = _FRAME.unpack_from(data, at)
    header = FrameHeader(*fields)
    body = data[at : at + FRAME_HEADER_BYTES - _SUM_BYTES]
    return header if magic == MAGIC and header.checksum == crc32(body) else None


def headers_after(data: bytes, at: int) -> Iterator[FrameHeader]:
    """All headers that hold after a place where none does, or whose payload does not."""
    while (at := data.find(MAGIC, at + 1)) >= 0:
        header = decode_frame(data, at)
        if header is not None:
            yield header
