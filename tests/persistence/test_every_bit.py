"""Every single bit of a small journal flipped, and every cut of it: nothing is lost in silence.

Damage is refused, with the file and the place; only what lies behind the last marker, where no
command is, may pass for a frame that was never finished. A journal that is cut between two frames
cannot be told from one that ended there, but it does not end with a marker, which a start reports.
"""

from pathlib import Path

import pytest

from builders import instrument, order
from goquant.book.commands import CancelOrder, Command, Sequenced
from goquant.persistence import codec, frames
from goquant.persistence.disk import RealDisk
from goquant.persistence.errors import DataRefused
from goquant.persistence.journal import Journal, segment_path
from goquant.persistence.reading import JournalReader

COMMANDS: list[Command] = [order("buy 1 @ 100"), order("sell 2 @ 101 by ann id x"), CancelOrder(1)]


def write(folder: Path) -> RealDisk:
    """A journal of two files, with a marker in the middle and one at the end."""
    disk = RealDisk(folder)
    journal = Journal(disk, segment_bytes_max=400)
    journal.append(codec.encode_rules([instrument()]), 1)
    for sequence, command in enumerate(COMMANDS, 1):
        lines = codec.encode_commands("ABC-USD", [Sequenced(sequence, sequence, command)])
        journal.append(lines, 1)
        if sequence == 2:
            journal.mark()
    journal.mark()
    journal.close()
    return disk


def read(disk: RealDisk) -> tuple[list[codec.Record], bool, bool]:
    """All records, whether the end was torn, and whether it has its marker."""
    reader = JournalReader(disk)
    records = [record for batch in reader.batches() for record in batch.records]
    return records, reader.torn is not None, reader.end().marked


def try_to_read(disk: RealDisk) -> tuple[tuple[list[codec.Record], bool, bool] | None, str]:
    """As `read`, or why it is refused."""
    try:
        return read(disk), ""
    except DataRefused as problem:
        return None, str(problem)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "journal").iterdir())


def marker_at(file: Path) -> int:
    return len(file.read_bytes()) - frames.FRAME_HEADER_BYTES


@pytest.fixture
def disk(tmp_path: Path) -> RealDisk:
    return write(tmp_path)


def test_the_journal_is_as_it_is_meant_to_be(disk: RealDisk) -> None:
    records, torn, marked = read(disk)
    assert (len(records), torn, marked) == (1 + len(COMMANDS), False, True)
    assert len(files(disk.root)) == 2


@pytest.mark.parametrize("which", [0, 1])
def test_every_flipped_bit_is_refused_or_harmless(disk: RealDisk, which: int) -> None:
    whole, _, _ = read(disk)
    file = files(disk.root)[which]
    data = file.read_bytes()
    refused = 0
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        found, problem = try_to_read(disk)
        if found is None:
            assert file.name in problem
            refused += 1
        else:
            assert found[:2] == (whole, True), f"bit {bit} went unnoticed"
            assert which == 1
            assert bit // 8 >= marker_at(file), "only the last marker may pass for torn"
    print(f"{8 * len(data)} bits: {refused} refused, silent losses 0, wrong states 0")


@pytest.mark.parametrize("which", [0, 1])
def test_every_cut_is_refused_or_a_prefix_that_shows(disk: RealDisk, which: int) -> None:
    whole, _, _ = read(disk)
    file = files(disk.root)[which]
    data = file.read_bytes()
    for size in range(len(data)):
        file.write_bytes(data[:size])
        found, problem = try_to_read(disk)
        if found is None:
            assert file.name in problem
            continue
        records, torn, marked = found
        assert which == 1, "a later file proves that this one was complete"
        assert records == whole[: len(records)], f"cut at {size}"
        assert torn or not marked or len(records) == 3, "the end shows that something is missing"


def test_a_file_that_is_missing_is_refused(disk: RealDisk) -> None:
    (disk.root / segment_path(1)).unlink()
    with pytest.raises(DataRefused, match="it is missing"):
        read(disk)
