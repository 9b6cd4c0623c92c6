"""Small journals as bytes, to damage them, and what a reader then makes of them."""

from collections.abc import Iterator
from typing import NamedTuple

from builders import order
from goquant.book.commands import CancelOrder, Command
from goquant.persistence import frames
from goquant.persistence.codec import Record
from goquant.persistence.disk import Disk
from goquant.persistence.reading import JournalReader
from simdisk import SimDisk
from small_exchange import SmallExchange, listing

SYMBOL = "ABC-USD"
RULES = listing([SYMBOL])

# Orders that trade in part, repeat an id and leave something open.
COMMANDS: tuple[Command, ...] = (
    order("buy 3 @ 100 by ann id x"),
    order("sell 2 @ 101 by bob"),
    order("sell 1 @ 100 by bob"),
    CancelOrder(2),
    order("buy 5 stop 104 by ann"),
    order("sell 4 @ 102 gtd 900 by ann id y"),
)

Files = dict[str, bytes]


class Frame(NamedTuple):
    """A frame of a journal file, and where it lies."""

    start: int
    end: int
    header: frames.FrameHeader

    @property
    def is_marker(self) -> bool:
        return not self.header.records


class Found(NamedTuple):
    """What a reader makes of a journal: its records, and how it ends."""

    records: list[Record]
    is_torn: bool
    is_marked: bool


def two_files(*, snapshots: bool = False) -> SmallExchange:
    """An exchange with a journal of two files, with markers in both and one at the end."""
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=600)
    for time_ns, command in enumerate(COMMANDS, 1):
        exchange.commit((SYMBOL, time_ns, command))
        if time_ns in (2, 5):
            exchange.mark()
        if snapshots and time_ns % 2 == 0:
            exchange.take_snapshot(SYMBOL)
    exchange.mark()
    return exchange


def journal_paths(files: Files) -> list[str]:
    """The files of the journal, oldest first."""
    return sorted(path for path in files if path.startswith("journal/"))


def frames_of(data: bytes) -> list[Frame]:
    """The frames of a journal file, all of them sound."""
    return list(_frames_of(data))


def _frames_of(data: bytes) -> Iterator[Frame]:
    at = frames.SEGMENT_HEADER_BYTES
    while at < len(data):
        header = frames.decode_frame(data, at)
        assert header is not None, f"no frame at {at}"
        end = at + frames.FRAME_HEADER_BYTES + header.length
        yield Frame(at, end, header)
        at = end


def read(disk: Disk) -> Found:
    """Read a journal to its end. Raises as the reader."""
    reader = JournalReader(disk)
    records = [record for batch in reader.batches() for record in batch.records]
    return Found(records, reader.torn is not None, reader.end().marked)
