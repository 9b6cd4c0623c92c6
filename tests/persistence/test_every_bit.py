"""Every single bit of a small journal flipped, and every cut of it: nothing is lost in silence.

Damage is refused, with the file, the first byte of the frame and the first sequence that is lost;
only what lies behind the last marker, where no command is, may pass for a frame that was never
finished.

A journal that is cut between two frames cannot be told from one that ended there. What gives it
away is that it does not end with a marker, or that a snapshot stands beyond its end. Cut right
behind a marker, without such a snapshot, it shows nothing: these places are listed here.

Rows of the fault table: bit rot, torn write.
"""

from collections import Counter
from functools import cache

import pytest

from goquant.persistence.errors import Corrupt
from goquant.persistence.frames import FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES
from goquant.persistence.recovery import Recovery
from journals import SYMBOL, Files, Found, frames_of, journal_paths, read, two_files
from simdisk import SimDisk


@cache
def journal() -> tuple[Files, list[str], Found]:
    """All files, those of the journal, and what a reader finds."""
    disk = two_files().disk
    assert isinstance(disk, SimDisk)
    files = disk.files()
    return files, journal_paths(files), read(disk)


def test_the_journal_is_as_it_is_meant_to_be() -> None:
    files, paths, whole = journal()
    kinds = [[frame.is_marker for frame in frames_of(files[path])] for path in paths]
    assert kinds == [[False, False, False, True], [False, False, False, True, False, True]]
    assert (len(whole.records), whole.is_torn, whole.is_marked) == (7, False, True)


@pytest.mark.parametrize("which", [0, 1])
def test_every_flipped_bit_is_refused_or_harmless(which: int) -> None:
    files, paths, whole = journal()
    data = files[paths[which]]
    count = Counter[str]()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        disk = SimDisk(files | {paths[which]: bytes(flipped)})
        start, first = start_and_first(data, bit // 8)
        found = outcome_of(disk)
        if isinstance(found, Corrupt):
            assert (found.path, found.offset) == (paths[which], start), f"bit {bit}"
            assert found.first == first, f"bit {bit}"
            count["refused"] += 1
        else:
            assert which == 1, f"bit {bit} of a file that another one follows"
            assert bit // 8 >= frames_of(data)[-1].start, f"bit {bit} lies before the last marker"
            assert found == Found(whole.records, True, False), f"bit {bit}"
            count["torn, nothing lost"] += 1
    print(f"{8 * len(data)} flips: {dict(count)}, silent losses 0, wrong records 0")
    assert count["torn, nothing lost"] == (8 * FRAME_HEADER_BYTES if which == 1 else 0)


def outcome_of(disk: SimDisk) -> Found | Corrupt:
    """What a reader finds, or why it refuses."""
    try:
        return read(disk)
    except Corrupt as damage:
        return damage


def start_and_first(data: bytes, at: int) -> tuple[int, int]:
    """Where the frame begins that a byte lies in, or 0 for the head, and its first record."""
    frames = frames_of(data)
    inside = next((frame for frame in frames if frame.start <= at < frame.end), None)
    return (inside.start, inside.header.first) if inside else (0, frames[0].header.first)


def test_every_cut_of_a_file_that_another_one_follows_is_refused() -> None:
    files, (path, _), _ = journal()
    for size in range(len(files[path])):
        with pytest.raises(Corrupt) as damage:
            read(SimDisk(files | {path: files[path][:size]}))
        assert path in str(damage.value)


def test_every_cut_of_the_last_file_is_refused_or_leaves_whole_frames() -> None:
    files, (_, path), whole = journal()
    data = files[path]
    ends = {SEGMENT_HEADER_BYTES, *(frame.end for frame in frames_of(data))}
    silent = []
    for size in range(len(data)):
        disk = SimDisk(files | {path: data[:size]})
        if size < SEGMENT_HEADER_BYTES:
            with pytest.raises(Corrupt, match="its head is damaged"):
                read(disk)
            continue
        found = read(disk)
        kept = [frame for frame in frames_of(data) if frame.end <= size]
        last = kept[-1].header.last if kept else frames_of(data)[0].header.first - 1
        assert found.records == whole.records[:last], f"cut at {size}"
        assert found.is_torn == (size not in ends), f"cut at {size}"
        if not found.is_torn and found.is_marked:
            silent.append(size)
    behind_markers = [frame.end for frame in frames_of(data)[:-1] if frame.is_marker]
    assert silent == behind_markers, "the only places that show nothing at all"


def test_with_a_snapshot_behind_the_cut_every_cut_that_loses_a_command_is_refused() -> None:
    disk = two_files(snapshots=True).disk
    assert isinstance(disk, SimDisk)
    files = disk.files()
    path = journal_paths(files)[-1]
    data = files[path]
    last_command = [frame for frame in frames_of(data) if not frame.is_marker][-1]
    for size in range(last_command.end):
        with pytest.raises(Corrupt):
            Recovery(SimDisk(files | {path: data[:size]}), [SYMBOL]).run()


def test_a_file_that_is_missing_is_refused_unless_it_is_the_last() -> None:
    files, (first, last), whole = journal()
    with pytest.raises(Corrupt, match="it is missing"):
        read(SimDisk({path: data for path, data in files.items() if path != first}))
    found = read(SimDisk({path: data for path, data in files.items() if path != last}))
    assert found == Found(whole.records[:3], False, True), "nothing on the disk tells of it"


def test_with_a_snapshot_behind_it_the_last_file_is_missed_too() -> None:
    disk = two_files(snapshots=True).disk
    assert isinstance(disk, SimDisk)
    disk.remove(journal_paths(disk.files())[-1])
    with pytest.raises(Corrupt, match="was taken at journal sequence 7, and the journal ends at 3"):
        Recovery(disk, [SYMBOL]).run()
