"""`recover --accept-loss`: what came before the damage is kept, all that came after it is put aside.

Every byte of a small journal is damaged, and the power is cut at every change that a repair makes.
"""

from collections import Counter
from functools import cache
from random import Random

import pytest

from goquant.book.commands import ExpireOrders
from goquant.persistence import snapshot
from goquant.persistence.errors import Corrupt, DataRefused
from goquant.persistence.folder import FORMAT_FILE, QUARANTINE
from goquant.persistence.frames import SEGMENT_HEADER_BYTES
from goquant.persistence.repair import Loss, accept_loss, find_damage, verify
from journals import COMMANDS, RULES, SYMBOL, Files, frames_of, journal_paths
from simdisk import PowerCut, SimDisk
from small_exchange import SmallExchange, hashes, listing, records, replayed

OTHER = "XYZ-USD"


# After which of the commands a snapshot is taken.
NONE: tuple[int, ...] = ()
SOME = (1, 3, 4)


@cache
def folder(snapshots: tuple[int, ...] = NONE) -> Files:
    """Three files of journal, with markers, maybe snapshots, and a stop at the end."""
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=450)
    for time_ns, command in enumerate(COMMANDS, 1):
        exchange.commit((SYMBOL, time_ns, command))
        if time_ns in (2, 5):
            exchange.mark()
        if time_ns in snapshots:
            exchange.take_snapshot(SYMBOL)
    exchange.mark()
    assert isinstance(exchange.disk, SimDisk)
    files = exchange.disk.files()
    assert len(journal_paths(files)) == 3
    return files


def flipped(files: Files, path: str, at: int) -> Files:
    data = bytearray(files[path])
    data[at] ^= 1 << at % 8
    return files | {path: bytes(data)}


def repaired(disk: SimDisk) -> Loss:
    """What is given up so that a start does not refuse."""
    reader, damage = find_damage(disk)
    assert damage is not None
    return accept_loss(disk, reader, damage)


def expect_prefix(disk: SimDisk, last: int) -> None:
    """The journal ends with a record, all that is left is sound, and an exchange goes on."""
    whole = records(SimDisk(folder()))
    assert verify(disk).problems == []
    assert find_damage(disk)[1] is None
    assert records(disk) == whole[:last]
    exchange = SmallExchange(disk, RULES)
    kept = whole[: max(last, 1)]  # With the rules gone a start writes them anew.
    assert exchange.hashes() == hashes(replayed(kept))
    exchange.commit((SYMBOL, 1_000, ExpireOrders()))
    assert len(records(disk)) == len(kept) + 1


def expect_all_kept(before: Files, disk: SimDisk) -> None:
    """Each file that is not as it was is in quarantine as a whole, or from the cut on."""
    now = disk.files()
    aside = [data for path, data in now.items() if path.startswith(f"{QUARANTINE}/")]
    for path, data in before.items():
        cut = now.get(path, b"")
        if cut != data and data not in aside:
            assert data.startswith(cut), f"{path} is changed in its inside"
            assert data[len(cut) :] in aside, f"{path} is lost from byte {len(cut)} on"


@pytest.mark.parametrize("snapshots", [NONE, SOME])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_damaged_byte_costs_what_comes_after_it(
    which: int, snapshots: tuple[int, ...]
) -> None:
    files = folder(snapshots)
    path = journal_paths(files)[which]
    count = Counter[str]()
    for at in range(len(files[path])):
        before = flipped(files, path, at)
        disk = SimDisk(before)
        reader, damage = find_damage(disk)
        assert disk.log == [], "to look changes nothing"
        if damage is None:
            count["nothing to give up"] += 1
            continue
        assert (damage.path, damage.offset) == (path, start_of_frame(files[path], at))
        loss = accept_loss(disk, reader, damage)
        # A file whose head is damaged is lost as a whole, and so is what came after it.
        assert loss.position == damage.first - 1
        assert set(loss.kept) <= set(disk.files())
        expect_all_kept(before, disk)
        expect_prefix(disk, loss.position)
        count["repaired"] += 1
    print(f"{path}, snapshots {snapshots}: {dict(count)}")
    # The last marker may pass for a torn frame; files that the newest snapshot covers are not read.
    assert bool(count["nothing to give up"]) == (which == 2 or (which == 0 and snapshots == SOME))
    assert bool(count["repaired"]) == (which > 0 or snapshots == NONE)


def start_of_frame(data: bytes, at: int) -> int:
    return next((each.start for each in frames_of(data) if each.start <= at < each.end), 0)


def test_a_file_that_is_missing_costs_those_after_it() -> None:
    first, middle, last = journal_paths(folder())
    files = {path: data for path, data in folder().items() if path != middle}
    disk = SimDisk(files)
    loss = repaired(disk)
    assert loss.kept == [path for path in disk.files() if last.replace("/", "-") in path][:1]
    expect_all_kept(files, disk)
    expect_prefix(disk, frames_of(files[first])[-1].header.last)


def test_an_end_that_is_missing_costs_the_snapshots_that_stand_beyond_it() -> None:
    files = folder((2, 3, 6))
    *_, middle, last = journal_paths(files)
    beyond, *older = snapshot.positions(SimDisk(files), SYMBOL)
    files = {path: data for path, data in files.items() if path != last}
    disk = SimDisk(files)
    end = frames_of(files[middle])[-1].header.last
    assert beyond > end
    loss = repaired(disk)
    assert (loss.position, loss.damage.last) == (end, beyond)
    assert snapshot.positions(disk, SYMBOL) == older
    expect_all_kept(files, disk)
    expect_prefix(disk, end)


def test_the_power_goes_at_every_change_of_a_repair() -> None:
    """What was not done yet is done by another call; nothing before the damage is lost."""
    files = folder(SOME)
    path = journal_paths(files)[-1]
    frame = frames_of(files[path])[0]
    before = flipped(files, path, frame.start + 1)
    for part, seed in [(0.0, 1), (0.5, 2), (1.0, 3), (0.5, 4), (1.0, 5)]:
        at = 1
        while is_cut(disk := SimDisk(before), at, part):
            disk = disk.power_cut(Random(f"{seed} {at}"))
            if find_damage(disk)[1] is not None:
                repaired(disk)
            expect_all_kept(before, disk)
            expect_prefix(disk, frame.header.first - 1)
            at += 1
        assert at > 10


def is_cut(disk: SimDisk, at: int, part: float) -> bool:
    disk.crash(at, part=part)
    try:
        repaired(disk)
    except PowerCut:
        return True
    return False


def test_a_symbol_of_long_ago_does_not_decide_where_to_cut() -> None:
    """Two places are damaged; a start that lists only the symbol of today reads only the later."""
    exchange = SmallExchange(SimDisk(), listing([SYMBOL, OTHER]), segment_bytes_max=10_000)
    exchange.take_snapshot(OTHER)
    for time_ns, command in enumerate(COMMANDS[:3], 1):
        exchange.commit((SYMBOL, time_ns, command))
    exchange.take_snapshot(SYMBOL)
    for time_ns in (8, 9):
        exchange.commit((SYMBOL, time_ns, ExpireOrders()))
    exchange.mark()
    assert isinstance(exchange.disk, SimDisk)
    files = exchange.disk.files()
    (path,) = journal_paths(files)
    *_, early, _, _, late, _ = frames_of(files[path])
    damaged = flipped(files, path, late.end - 1)
    assert repaired(SimDisk(damaged)).position == late.header.first - 1
    # The reader needs no record of the early frame, but goes through it: it begins with a file.
    both = SimDisk(flipped(damaged, path, early.end - 1))
    assert repaired(both).position == early.header.first - 1


def test_nothing_is_given_up_where_nothing_is_damaged() -> None:
    for files in (folder(), folder(SOME)):
        disk = SimDisk(files)
        assert find_damage(disk)[1] is None
        assert disk.log == []


def test_a_folder_of_something_else_is_refused() -> None:
    for look in (find_damage, verify):
        with pytest.raises(DataRefused, match="there is no exchange in this folder"):
            look(SimDisk())
        with pytest.raises(DataRefused, match="the file FORMAT is missing beside a journal"):
            look(SimDisk({path: data for path, data in folder().items() if path != FORMAT_FILE}))


def test_without_its_archived_files_a_damaged_head_gives_nothing_up() -> None:
    """All that could be read is elsewhere: to begin at 1 again would throw away what is good."""
    files = folder((1, 3, 5))
    *archived, last = journal_paths(files)
    damaged = flipped(files, last, SEGMENT_HEADER_BYTES - 1)
    without = SimDisk({path: data for path, data in damaged.items() if path not in archived})
    with pytest.raises(Corrupt, match="its head is damaged"):
        SmallExchange(without, RULES)
    with pytest.raises(DataRefused, match="put the files back that were archived"):
        find_damage(without)
    assert without.log == []
    whole = SimDisk(damaged)
    end = frames_of(files[archived[-1]])[-1].header.last
    assert repaired(whole).position == end
    expect_prefix(whole, end)
