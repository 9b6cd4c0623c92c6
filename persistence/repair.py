"""`goquant verify` and `goquant recover`: what is in a data folder, and how to give up a part."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import PurePath

from msgspec import Struct

from . import history_folder, snapshot
from .codec import Record
from .disk import Disk
from .errors import Corrupt, DataRefused
from .folder import check_format, quarantine
from .journal import FIRST, End, Journal, segment_path
from .reading import JournalReader, firsts
from .recovery import Recovery


class SymbolReport(Struct, frozen=True):
    """One symbol after the whole journal was replayed, or what is left of it."""

    symbol: str
    sequence: int
    state_hash: str
    snapshots: list[int]
    """The journal sequences of the snapshots that are good and agree with the replay. Where the
    beginning of the journal was archived, the replay itself begins with the first of them."""


class Report(Struct):
    """What verify found. `problems` are damage, `notes` what a crash may leave behind."""

    records: int
    symbols: list[SymbolReport]
    problems: list[str]
    notes: list[str]
    covered: list[str]
    """The oldest files of the journal, which no snapshot needs. Empty if there are problems."""


class Loss(Struct, frozen=True):
    """What `accept_loss` gave up, and where it is kept."""

    damage: Corrupt
    position: int
    """The journal sequence that the journal ends with now."""
    kept: list[str]


def verify(disk: Disk) -> Report:
    """Replay everything and compare it with every snapshot. Changes nothing.

    Of a journal whose first files were archived that is what is left, from snapshots on.

    Raises:
        DataRefused: there is no data of our format.
        OSError: the disk cannot be read.
    """
    if not check_format(disk):
        raise DataRefused("there is no exchange in this folder: the file FORMAT is missing")
    return _Verification(disk).run()


class _Verification:
    """A replay that stops at every snapshot to compare."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._recovery = Recovery(disk)
        self._report = Report(0, [], [], [], [])
        self._position = 0
        self._good: dict[str, list[int]] = {}
        self._due = sorted(
            (position, symbol)
            for symbol in disk.names(snapshot.FOLDER)
            for position in snapshot.positions(disk, symbol)
        )

    def run(self) -> Report:
        report = self._report
        try:
            self._replay()
        except DataRefused as refused:
            report.problems.append(str(refused))
        self._compare_before(None)
        for symbol, market in sorted(self._recovery.markets.items()):
            engine, good = market.engine, self._good.get(symbol, [])
            report.symbols.append(SymbolReport(symbol, engine.sequence, engine.state_hash(), good))
        if not report.problems:
            report.covered = self._covered()
        return report

    def _covered(self) -> list[str]:
        """The files that end before the oldest snapshot of every symbol."""
        oldest = [min(symbol.snapshots, default=0) for symbol in self._report.symbols]
        upto = min(oldest, default=0)
        return [segment_path(a) for a, b in pairwise(firsts(self._disk)) if b <= upto + 1]

    def _replay(self) -> None:
        self._begin()
        reader = JournalReader(self._disk, self._position)
        for batch in reader.batches():
            for position, record in enumerate(batch.records, batch.first):
                self._compare_before(position)
                self._take(position, record)
        self._note_end(reader)

    def _begin(self) -> None:
        """Stand before the first record that is there."""
        self._position = self._archived = next(iter(firsts(self._disk)), 1) - 1
        if self._archived:
            self._report.notes.append(
                f"the journal begins with sequence {self._position + 1}: files before that were "
                "archived, so each symbol is replayed from its oldest snapshot"
            )

    def _take(self, position: int, record: Record) -> None:
        self._position = position
        self._report.records += 1
        is_before_its_snapshot = (
            self._archived
            and record.symbol not in self._recovery.markets
            and any(symbol == record.symbol for _, symbol in self._due)
        )
        if is_before_its_snapshot:
            return
        try:
            self._recovery.take(record)
        except Exception as error:
            raise DataRefused(
                f"journal sequence {position} cannot be carried out again: {error!r}"
            ) from error

    def _note_end(self, reader: JournalReader) -> None:
        torn, notes = reader.torn, self._report.notes
        if torn is not None:
            notes.append(
                f"{torn.path} ends with {len(torn.data)} bytes, from byte {torn.offset} on, of a "
                "frame that was never finished and never acknowledged: the next start puts them "
                "aside"
            )
        elif not reader.end().marked:
            notes.append(
                "the journal does not end with a marker: the exchange was killed within moments of "
                "its last commit, or the end of the file is missing"
            )

    def _compare_before(self, position: int | None) -> None:
        """Compare the snapshots that stand before a record, or all that are left."""
        while self._due and (position is None or self._due[0][0] < position):
            self._compare(*self._due.pop(0))

    def _compare(self, position: int, symbol: str) -> None:
        """Hold a snapshot against the replay, which stands at the same place."""
        reading = snapshot.Reading(self._disk, symbol, position)
        try:
            for _ in reading.steps():
                pass
        except snapshot.BadSnapshot as bad:
            self._report.problems.append(str(bad))
            return
        problem = self._problem_with(reading, position, symbol)
        if problem is None:
            self._recovery.markets.setdefault(symbol, reading.market)
            self._good.setdefault(symbol, []).append(position)
        else:
            self._report.problems.append(f"{reading.path} {problem}")

    def _problem_with(self, reading: snapshot.Reading, position: int, symbol: str) -> str | None:
        market = self._recovery.markets.get(symbol)
        if position > self._position:
            return "stands beyond the end of what can be replayed"
        if position < self._archived:
            return f"is of no use: the journal between it and sequence {self._archived} is missing"
        if market is None and self._archived:
            return None
        if market is None or market.engine.state_hash() != reading.state_hash:
            return (
                f"has the state hash {reading.state_hash}, and a replay of the journal to there has "
                "another: it is from another version, or this is a bug"
            )
        return None


def find_damage(disk: Disk) -> tuple[JournalReader | None, Corrupt | None]:
    """Read what a start would read. Returns the reader where it stopped, and why.

    Which symbols a start has listed is not known here. Those that need the least of the journal
    come first, so that what comes after some damage is not given up for a symbol of long ago.

    Raises:
        DataRefused: the format is not ours, or what can be read is in files that were archived.
        OSError: the disk cannot be read.
    """
    if not check_format(disk):
        raise DataRefused("there is no exchange in this folder: the file FORMAT is missing")
    reader = None
    for symbols in _newest_first(disk):
        recovery = Recovery(disk, symbols)
        try:
            recovery.run()
        except Corrupt as damage:
            return recovery.reader or _reader_before(disk, damage), damage
        reader = recovery.reader
    return reader, None


def _newest_first(disk: Disk) -> Sequence[Collection[str] | None]:
    """Each symbol that has snapshots, by the newest; all of the journal if none has any."""
    found = {symbol: snapshot.positions(disk, symbol) for symbol in disk.names(snapshot.FOLDER)}
    known = [symbol for symbol in found if found[symbol]]
    return [[symbol] for symbol in sorted(known, key=lambda s: found[s][0], reverse=True)] or [None]


def _reader_before(disk: Disk, damage: Corrupt) -> JournalReader | None:
    """Read the file before the one that a start would begin with, if the head of that is damaged."""
    known = firsts(disk)
    for first in reversed([each for each in known if each < damage.first]):
        with suppress(Corrupt):
            reader = JournalReader(disk, first - 1)
            with suppress(Corrupt):
                for _ in reader.batches():
                    pass
            return reader
    if known and known[0] > FIRST.first:
        raise DataRefused(
            f"nothing that is left can be read ({damage.problem}), and the journal begins with "
            f"sequence {known[0]}: put the files back that were archived, at least the last one, and "
            "try again; if they are lost, begin with another folder"
        )
    return None


def accept_loss(disk: Disk, reader: JournalReader | None, damage: Corrupt) -> Loss:
    """Go back to what `find_damage` could read, and put the rest into quarantine.

    The history goes there as it is: what it holds of the rest is not looked at.

    Raises:
        OSError: the disk cannot be used; what was not done yet is done by another call.
    """
    reason: dict[str, object] = {
        "what": "cut off by recover --accept-loss",
        "file": damage.path,
        "offset": damage.offset,
        "problem": damage.problem,
    }
    end = End() if reader is None else reader.end()
    files = firsts(disk)
    kept = []
    # Before the journal: when that is whole again, another call would find nothing to do.
    if history_folder.FILE in disk.names(""):
        kept.append(history_folder.put_aside(disk, f"its journal was damaged: {damage}"))
    if reader is not None and files:
        rest = disk.read(reader.path, reader.offset)
        if rest:
            name = f"{PurePath(reader.path).name}-{reader.offset}.cut"
            kept.append(quarantine(disk, name, rest, reason))
    # From the end, so that a power cut on the way leaves a journal without a hole.
    for path in reversed(_beyond(disk, files, 0 if reader is None else end.header.first, end)):
        kept.append(quarantine(disk, path.replace("/", "-"), disk.read(path), reason))
        disk.remove(path)
        disk.sync_folder(path.rpartition("/")[0])
    Journal(disk, end).close()
    return Loss(damage, end.position, kept)


def _beyond(disk: Disk, files: list[int], begun: int, end: End) -> list[str]:
    """The files that hold what came after an end."""
    gone = [segment_path(first) for first in files if first > begun]
    for symbol in disk.names(snapshot.FOLDER):
        positions = snapshot.positions(disk, symbol)
        gone += [snapshot.path_of(symbol, each) for each in positions if each > end.position]
    return gone
