"""WebSocket frames as clients send them, good and bad, and those of a server read strictly."""

from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# A mask that changes nothing.
MASK = b"\0\0\0\0"


@dataclass(frozen=True)
class Frame:
    """One frame. Its length may be a lie, and it may lack its mask."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0
    masked: bool = True
    length: int | None = None

    def __bytes__(self) -> bytes:
        size = len(self.payload) if self.length is None else self.length
        first = self.fin << 7 | self.reserved << 4 | self.opcode
        mask = self.masked << 7
        if size < 126:
            head = bytes([first, mask | size])
        elif size < 1 << 16:
            head = bytes([first, mask | 126]) + size.to_bytes(2)
        else:
            head = bytes([first, mask | 127]) + size.to_bytes(8)
        return head + MASK * self.masked + self.payload


def text(payload: str) -> bytes:
    """A whole text message."""
    return bytes(Frame(TEXT, payload.encode()))


def told(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The opcode and the payload of each frame that a server has sent; the last may not be all there.

    Fails on what a server must not send.
    """
    while len(data) >= 2:
        assert data[0] & 0xF0 == 0x80, "a server's frames are whole messages"
        assert data[1] < 0x80, "a server does not mask"
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        if len(data) < start + size:
            return
        yield data[0] & 0xF, data[start : start + size]
        data = data[start + size :]
