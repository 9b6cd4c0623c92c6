"""`verify` finds whatever does not fit, tells damage from what a crash leaves, and changes nothing."""

from functools import cache

import pytest

from builders import order
from goquant.book.commands import ExpireOrders, Sequenced
from goquant.book.market import Market
from goquant.persistence import snapshot
from goquant.persistence.codec import encode_commands
from goquant.persistence.errors import Corrupt
from goquant.persistence.opening import open_folder
from goquant.persistence.repair import Report
from goquant.persistence.repair import verify as verify_disk
from journals import COMMANDS, SYMBOL, Files, frames_of, journal_paths
from simdisk import SimDisk
from small_exchange import SmallExchange, hashes, listing, snapshot_of

IDLE = "IDL-USD"
RULES = listing([SYMBOL, IDLE])
WITH_NEW = listing([SYMBOL, IDLE, "NEW-USD"])


def exchange_after(commands: int = len(COMMANDS)) -> SmallExchange:
    """Two symbols, one of them idle, snapshots of both in turns, and a stop at the end."""
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=450)
    for time_ns, command in enumerate(COMMANDS[:commands], 1):
        exchange.commit((SYMBOL, time_ns, command))
        if time_ns in (3, 5):
            exchange.take_snapshot(SYMBOL)
        if time_ns == 4:
            exchange.take_snapshot(IDLE)
    exchange.mark()
    return exchange


@cache
def folder() -> Files:
    return files_of(exchange_after())


def files_of(exchange: SmallExchange) -> Files:
    assert isinstance(exchange.disk, SimDisk)
    return exchange.disk.files()


def verify(files: Files) -> Report:
    """What verify says, which must not have changed anything."""
    disk = SimDisk(files)
    report = verify_disk(disk)
    assert disk.log == []
    return report


def first_of(path: str) -> int:
    return int(path.removeprefix("journal/").removesuffix(".journal"))


def test_a_sound_folder_has_neither_problems_nor_notes() -> None:
    exchange = exchange_after()
    report = verify(files_of(exchange))
    assert (report.problems, report.notes, report.records) == ([], [], len(exchange.asked))
    found = {each.symbol: each.state_hash for each in report.symbols}
    assert found == exchange.hashes()
    assert {each.symbol: each.snapshots for each in report.symbols} == {SYMBOL: [5, 7], IDLE: [6]}


def test_the_oldest_snapshot_decides_what_may_be_archived() -> None:
    paths = journal_paths(folder())
    assert [first_of(path) for path in paths] == [1, 3, 7]
    assert verify(folder()).covered == paths[:1], "after 5 comes 6, which is in the second file"
    without = {path: data for path, data in folder().items() if "00005.json" not in path}
    assert verify(without).covered == paths[:2], "after 6 comes 7, with which the third one begins"
    gone = {path: data for path, data in folder().items() if IDLE not in path}
    assert verify(gone).covered == [], "a symbol without a snapshot needs everything"


def test_what_a_crash_leaves_is_a_note() -> None:
    path = journal_paths(folder())[-1]
    marker = frames_of(folder()[path])[-1]
    cut = verify(folder() | {path: folder()[path][: marker.start]})
    assert (cut.problems, len(cut.notes)) == ([], 1)
    assert "does not end with a marker" in cut.notes[0]
    torn = verify(folder() | {path: folder()[path][: marker.start + 5]})
    assert (torn.problems, len(torn.notes)) == ([], 1)
    assert f"ends with 5 bytes, from byte {marker.start} on" in torn.notes[0]


def test_damage_is_a_problem_and_so_are_snapshots_beyond_it() -> None:
    path = journal_paths(folder())[1]
    report = verify(folder() | {path: folder()[path][:-1]})
    assert f"{path} is damaged" in report.problems[0]
    assert len(report.problems) == 3
    for position, problem in zip((6, 7), report.problems[1:], strict=True):
        assert f"{position}.json stands beyond the end of what can be replayed" in problem
    assert [each.snapshots for each in report.symbols] == [[5], []]
    assert report.covered == []


def test_a_damaged_snapshot_is_a_problem() -> None:
    path = snapshot.path_of(SYMBOL, 5)
    report = verify(folder() | {path: folder()[path][:-1]})
    assert report.problems == [f"{path} is damaged: its checksum is not that of its content"]
    assert report.covered == []


def test_a_snapshot_of_another_state_is_a_problem() -> None:
    """It is whole and sound: only a replay tells."""
    market = Market.empty(RULES[0])
    for sequence, command in enumerate((order("buy 9 @ 9"), *COMMANDS[1:4]), 1):
        market.apply(Sequenced(sequence, sequence, command))
    path = snapshot.path_of(SYMBOL, 5)
    (problem,) = verify(folder() | {path: snapshot_of(market, 5)}).problems
    assert problem.startswith(f"{path} has the state hash {market.engine.state_hash()}, and a")


def test_a_snapshot_of_a_symbol_that_the_journal_does_not_know_is_a_problem() -> None:
    path = snapshot.path_of("NEW-USD", 5)
    (problem,) = verify(folder() | {path: snapshot_of(Market.empty(WITH_NEW[2]), 5)}).problems
    assert problem.startswith(f"{path} has the state hash")


def test_a_record_that_cannot_be_carried_out_is_a_problem() -> None:
    exchange = exchange_after()
    exchange.journal.append(encode_commands(SYMBOL, [Sequenced(5, 99, ExpireOrders())]), 1)
    position = exchange.journal.position
    report = verify(files_of(exchange))
    assert report.problems[0].startswith(
        f"journal sequence {position} cannot be carried out again: SequenceError"
    )


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_left_after_archiving_is_verified_from_snapshots_on(count: int) -> None:
    """The files that are left need not even hold a record before the first snapshot."""
    files = folder() if count == 1 else {p: d for p, d in folder().items() if "00005.json" not in p}
    before = verify(files)
    assert len(before.covered) == count
    left = {path: data for path, data in files.items() if path not in before.covered}
    report = verify(left)
    begins = first_of(journal_paths(left)[0])
    assert report.problems == []
    assert len(report.notes) == 1
    assert report.notes[0].startswith(f"the journal begins with sequence {begins}")
    assert report.records == before.records - begins + 1
    assert report.symbols == before.symbols, "the same states, and all snapshots agree"
    assert hashes(open_folder(SimDisk(left), RULES).markets) == exchange_after().hashes()


def test_a_file_that_a_snapshot_needs_is_missed() -> None:
    first, middle, _ = journal_paths(folder())
    left = {path: data for path, data in folder().items() if path not in (first, middle)}
    report = verify(left)
    path = snapshot.path_of(SYMBOL, 5)
    assert report.problems == [
        f"{path} is of no use: the journal between it and sequence 6 is missing"
    ]


def test_a_symbol_without_a_snapshot_needs_what_was_archived() -> None:
    """A new one does as well: nobody knows that it is new. The start says what to do."""
    paths = journal_paths(folder())
    left = {path: data for path, data in folder().items() if path != paths[0]}
    without = {path: data for path, data in left.items() if f"snapshots/{SYMBOL}/" not in path}
    assert "gets a command before its rules" in verify(without).problems[0]
    with pytest.raises(Corrupt, match="if it was archived, put it back"):
        open_folder(SimDisk(left), WITH_NEW)
    back = SmallExchange(SimDisk(folder()), WITH_NEW)
    back.take_snapshot("NEW-USD")
    assert verify(files_of(back)).covered == paths[:1]
