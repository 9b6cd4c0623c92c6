"""The bytes of a frame and of the head of a file, and what they notice."""

from struct import unpack
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goquant.persistence.frames import (
    FRAME_HEADER_BYTES,
    MAGIC,
    SEGMENT_HEADER_BYTES,
    SegmentHeader,
    checksum,
    decode_frame,
    decode_segment,
    encode_frame,
    headers_after,
)

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)


def test_the_bytes_of_a_frame() -> None:
    frame, own = encode_frame(b"payload", first=3, records=2, previous=0xDEADBEEF)
    assert FRAME_HEADER_BYTES == 30
    magic, length, first, records, previous, payload_sum, last = unpack("<2sIQIIII", frame[:30])
    assert (magic, length, first, records) == (b"\xf5\xff", 7, 3, 2)
    assert (previous, payload_sum) == (0xDEADBEEF, crc32(b"payload"))
    assert last == own == crc32(frame[:26])
    assert frame[30:] == b"payload"


def test_the_bytes_of_the_head_of_a_file() -> None:
    header = SegmentHeader(format=1, first=8, previous_first=5, previous=0xDEADBEEF)
    data = header.encode()
    assert len(data) == SEGMENT_HEADER_BYTES == 36
    fields = unpack("<8sIQQII", data)
    assert fields == (b"GOQUANT\n", 1, 8, 5, 0xDEADBEEF, crc32(data[:32]))
    assert header.checksum == crc32(data[:32]), "what the first frame of the file follows"


@given(st.binary(max_size=40), U64, U32, U32, st.integers(0, 9))
def test_a_frame_comes_back(payload: bytes, first: int, records: int, prev: int, at: int) -> None:
    frame, own = encode_frame(payload, first, records, prev)
    header = decode_frame(bytes(at) + frame, at)
    assert header == (len(payload), first, records, prev, checksum(payload), own)


@given(U32, U64, U64, U32)
def test_the_head_of_a_file_comes_back(form: int, first: int, before: int, previous: int) -> None:
    header = SegmentHeader(form, first, before, previous)
    assert decode_segment(header.encode() + b"rest") == header


def test_every_flipped_bit_and_every_cut_of_a_header_is_noticed() -> None:
    frame, _ = encode_frame(b"", 1, 0, 0)
    head = SegmentHeader(1, 1, 0, 0).encode()
    for data, decode in ((frame, lambda data: decode_frame(data, 0)), (head, decode_segment)):
        assert decode(data) is not None
        for bit in range(8 * len(data)):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            assert decode(bytes(flipped)) is None, f"bit {bit}"
        assert all(decode(data[:size]) is None for size in range(len(data)))


def test_a_marker_ends_where_the_frame_before_it_ended() -> None:
    marker, _ = encode_frame(b"", 8, 0, 0)
    batch, _ = encode_frame(b"x", 8, 3, 0)
    headers = [decode_frame(each, 0) for each in (marker, batch)]
    assert [header.last for header in headers if header] == [7, 10]


@pytest.mark.parametrize("gap", [b"", b"\xf5", MAGIC, MAGIC + bytes(40)])
def test_headers_are_found_at_any_byte_behind_a_place(gap: bytes) -> None:
    one, _ = encode_frame(b"one", 1, 1, 0)
    two, _ = encode_frame(b"two", 2, 1, 0)
    damaged = b"\0" + one[1:]
    assert [header.first for header in headers_after(damaged + gap + two, 0)] == [2]
    assert [header.first for header in headers_after(gap + one + two, -1)] == [1, 2]


@given(st.text())
def test_no_text_holds_the_magic(text: str) -> None:
    assert not set(text.encode(errors="surrogatepass")) & set(MAGIC)
