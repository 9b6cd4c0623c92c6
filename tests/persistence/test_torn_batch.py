"""The power goes while one batch of seven sectors is written: every set of sectors that may arrive.

Whatever arrives, with whatever length of the file, the batch is there as a whole or not at all, and
the journal is never refused: the batch was not acknowledged, and all before it is sound. What was
there of it is kept in quarantine, and the exchange goes on.

Row of the fault table: torn write.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import pytest

from builders import order
from goquant.persistence.folder import QUARANTINE
from journals import RULES, SYMBOL, Files, frames_of, journal_paths
from simdisk import SECTOR, SimDisk
from small_exchange import SmallExchange, records

SECTORS = 7
BATCH = [(SYMBOL, 9, order(f"buy {number} @ 100 by ann")) for number in range(1, 34)]
# Room for all in one file, or so little that the batch begins a new one.
ROOM = [1 << 20, 100]


class Torn(NamedTuple):
    """A folder after the batch, and where the last frame lies."""

    files: Files
    path: str
    start: int
    records: int

    @property
    def data(self) -> bytes:
        return self.files[self.path]

    @property
    def sectors(self) -> range:
        return range(self.start // SECTOR, (len(self.data) - 1) // SECTOR + 1)

    def with_sectors(self, arrived: tuple[bool, ...], size: int) -> bytes:
        """The file if only some sectors of the frame arrived, and this length."""
        found = bytearray(self.data[: self.start].ljust(len(self.data), b"\0"))
        for sector, is_there in zip(self.sectors, arrived, strict=True):
            if is_there:
                place = slice(sector * SECTOR, (sector + 1) * SECTOR)
                found[place] = self.data[place]
        return bytes(found[:size])


@cache
def written(room: int) -> Torn:
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=room)
    exchange.commit((SYMBOL, 1, order("buy 1 @ 100")))
    exchange.mark()
    exchange.commit(*BATCH)
    assert isinstance(exchange.disk, SimDisk)
    files = exchange.disk.files()
    path = journal_paths(files)[-1]
    return Torn(files, path, frames_of(files[path])[-1].start, len(exchange.asked))


def cases(torn: Torn) -> Iterator[tuple[bytes, bool]]:
    """Every file that may be found, and whether all of the batch is in it."""
    ends = {min((sector + 1) * SECTOR, len(torn.data)) for sector in torn.sectors}
    odd = {torn.start, torn.start + 1, torn.start + 17, len(torn.data) - 1}
    for arrived in product((False, True), repeat=SECTORS):
        for size in sorted(ends | odd):
            yield torn.with_sectors(arrived, size), all(arrived) and size == len(torn.data)


@pytest.mark.parametrize("room", ROOM)
def test_the_batch_spans_seven_sectors(room: int) -> None:
    torn = written(room)
    assert len(torn.sectors) == SECTORS
    assert len(journal_paths(torn.files)) == ROOM.index(room) * 2 + 1


@pytest.mark.parametrize("room", ROOM)
def test_whatever_arrives_the_batch_is_there_or_not(room: int) -> None:
    torn = written(room)
    whole = records(SimDisk(torn.files))
    count = 0
    for data, is_whole in cases(torn):
        disk = SimDisk(torn.files | {torn.path: data})
        exchange = SmallExchange(disk, RULES, segment_bytes_max=room)
        kept = torn.records if is_whole else torn.records - len(BATCH)
        assert exchange.asked == whole[:kept]
        is_cut = not is_whole and len(data) > torn.start
        assert (exchange.opened.torn is not None) == is_cut
        if is_cut:
            assert data[torn.start :] in put_aside(disk)
        exchange.commit((SYMBOL, 10, order("sell 1 @ 100")))
        assert records(disk) == exchange.asked
        count += 1
    print(f"{2**SECTORS} sets of sectors, {count} files: refused 0, half batches 0")
    assert count >= 2**SECTORS * SECTORS


def put_aside(disk: SimDisk) -> list[bytes]:
    return [data for path, data in disk.files().items() if path.startswith(QUARANTINE)]
