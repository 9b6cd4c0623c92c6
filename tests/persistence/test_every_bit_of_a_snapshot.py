"""Every single bit of the newest snapshot flipped, and every cut of it: the state is the same.

What is damaged is named and passed over: the snapshot before it is used, or, when it was the only
one, the journal from its beginning. A journal that is damaged before the snapshot does no harm.

Row of the fault table: bit rot.
"""

from functools import cache

import pytest

from goquant.persistence import snapshot
from goquant.persistence.disk import Disk
from goquant.persistence.recovery import Recovery
from journals import SYMBOL, Files, journal_paths, two_files
from simdisk import SimDisk


@cache
def folder() -> tuple[Files, list[int], str]:
    """All files, where the snapshots stand, newest first, and the state that it comes to."""
    exchange = two_files(snapshots=True)
    assert isinstance(exchange.disk, SimDisk)
    files = exchange.disk.files()
    return files, snapshot.positions(exchange.disk, SYMBOL), exchange.hashes()[SYMBOL]


def only_newest() -> Files:
    files, (_, *older), _ = folder()
    gone = {snapshot.path_of(SYMBOL, position) for position in older}
    return {path: data for path, data in files.items() if path not in gone}


def recovered(disk: Disk) -> tuple[str, int, list[str]]:
    """The state, the journal sequence of the snapshot, and the files that were passed over."""
    recovery = Recovery(disk, [SYMBOL]).run()
    state_hash = recovery.markets[SYMBOL].engine.state_hash()
    return state_hash, recovery.snapshots.get(SYMBOL, 0), [bad.path for bad in recovery.bad]


def test_the_newest_snapshot_is_used() -> None:
    files, (newest, *_), state_hash = folder()
    assert recovered(SimDisk(files)) == (state_hash, newest, [])
    assert recovered(SimDisk(only_newest())) == (state_hash, newest, [])


@pytest.mark.parametrize("is_only_one", [False, True])
def test_every_flipped_bit_costs_time_alone(is_only_one: bool) -> None:
    files, (newest, older, _), state_hash = folder()
    files = only_newest() if is_only_one else files
    path = snapshot.path_of(SYMBOL, newest)
    for bit in range(8 * len(files[path])):
        flipped = bytearray(files[path])
        flipped[bit // 8] ^= 1 << bit % 8
        found = recovered(SimDisk(files | {path: bytes(flipped)}))
        assert found == (state_hash, 0 if is_only_one else older, [path]), f"bit {bit}"
    print(f"{8 * len(files[path])} flips: all passed over, wrong states 0")


def test_every_cut_costs_time_alone() -> None:
    files, (newest, older, _), state_hash = folder()
    path = snapshot.path_of(SYMBOL, newest)
    for size in range(len(files[path])):
        found = recovered(SimDisk(files | {path: files[path][:size]}))
        assert found == (state_hash, older, [path]), f"cut at {size}"


def test_damage_that_a_snapshot_covers_is_not_even_read() -> None:
    files, (newest, *_), state_hash = folder()
    path = journal_paths(files)[0]
    assert recovered(SimDisk(files | {path: b""})) == (state_hash, newest, [])
