"""`goquant history follow`: the process that writes the history beside a running exchange."""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from .disk import RealDisk
from .history import HistoryWriter

# A pipe holds no more than this, so one read takes all that waits in it.
PIPE_BYTES = 1 << 16

# The exchange goes first when there are fewer processors than work.
NICENESS = 10


def follow(folder: Path, *, told: int = 0, out: int = 1) -> None:
    """Write the history up to what is told, until whoever tells it closes their end.

    The file descriptor `told` gives lines, each a journal sequence that is committed; only the
    newest counts. A line goes to `out` for each write, with the journal sequence that it reaches,
    and one in words where a file is made anew.

    Raises:
        HistoryFailed, DataRefused, OSError: as `HistoryWriter`.
    """

    def say(what: object) -> None:
        # Without its parent it goes on to the end of what it was told.
        with suppress(BrokenPipeError):
            os.write(out, f"{what}\n".encode())

    os.nice(NICENESS)
    with closing(HistoryWriter(RealDisk(folder), report=say, note=say)) as writer:
        for upto in _newest(told):
            writer.advance(upto)


def _newest(told: int) -> Iterator[int]:
    """The last line of all that wait, again and again. One without an end may be cut short."""
    rest = b""
    while data := os.read(told, PIPE_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            yield int(lines[-1])
