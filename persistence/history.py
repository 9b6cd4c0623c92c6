"""The history: every trade, order and fill ever made, and candles, to query after the fact.

A projection that follows the journal. It decides nothing: it can be deleted at any time, and is
then made anew from the journal. docs/history.md tells the whole story.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

from .codec import Record
from .disk import RealDisk
from .folder import QUARANTINE
from .history_errors import HistoryFailed, Unfit
from .history_file import BUSY_S, Changes, HistoryFile
from .history_folder import FILE, put_aside, turn
from .history_projection import Projection
from .reading import JournalReader
from .recovery import Recovery

# A write to the file takes in no more records than this, give or take a frame of the journal, and
# comes no later than this after the one before it while there is something to write.
RECORDS_MAX = 20_000
WRITE_INTERVAL_S = 0.25

# Is told the journal sequence up to which the history is on disk.
Report = Callable[[int], None]


def silent(what: object) -> None:
    """Tell nobody."""


class Sink(Protocol):
    """Takes what some records of the journal did."""

    def write(self, changes: Changes) -> None:
        """Take all of it, in the order of the journal."""


class Follower:
    """Carries out the journal again from where something ends, and hands on what it did."""

    def __init__(
        self,
        sink: Sink,
        projection: Projection,
        reader: JournalReader,
        *,
        clock: Callable[[], float] = time.monotonic,
        records_max: int = RECORDS_MAX,
    ) -> None:
        self._sink = sink
        self._projection = projection
        self._reader = reader
        self._clock = clock
        self._records_max = records_max

    @property
    def position(self) -> int:
        """The journal sequence up to which it has read; all of that is written between calls."""
        return self._reader.position

    def advance(self, upto: int | None, report: Report = silent) -> None:
        """Read the journal to a sequence, or to its end if it is at rest, and write what it did.

        Raises:
            Unfit, HistoryFailed, DataRefused, OSError: what was not reported is not written.
        """
        written_at = self._clock()
        for batch in self._reader.batches(upto):
            for position, record in enumerate(batch.records, batch.first):
                self._take(position, record)
            is_due = self._clock() - written_at >= WRITE_INTERVAL_S
            if is_due or self._projection.records >= self._records_max:
                self._write(report)
                written_at = self._clock()
        if self._projection.records:
            self._write(report)
        if upto is not None and self.position < upto:
            raise HistoryFailed(f"the journal ends at {self.position}, and not at {upto}")

    def _take(self, position: int, record: Record) -> None:
        try:
            self._projection.take(record)
        except (Unfit, HistoryFailed):
            raise
        except Exception as error:
            problem = f"journal sequence {position} cannot be carried out again: {error!r}"
            raise HistoryFailed(problem) from error

    def _write(self, report: Report) -> None:
        self._sink.write(self._projection.changes(self.position))
        report(self.position)


class HistoryWriter:
    """Keeps the history of a data folder up with its journal.

    There is one for each folder: another one waits until this one is closed.
    """

    def __init__(
        self,
        disk: RealDisk,
        *,
        report: Report = silent,
        note: Callable[[str], None] = silent,
        busy_s: float = BUSY_S,
        wait: Callable[[float], None] = time.sleep,
        records_max: int = RECORDS_MAX,
    ) -> None:
        """Wait for the turn to write. Nothing is read until the first `advance`.

        `note` is told in words why a file is made anew. A file that is locked is waited for:
        `busy_s` seconds by SQLite, then with `wait`, again and again.

        Raises:
            OSError: the folder cannot be used.
        """
        self._disk = disk
        self._path = disk.root / FILE
        self._report = report
        self._note = note
        self._busy_s = busy_s
        self._wait = wait
        self._records_max = records_max
        self._file: HistoryFile | None = None
        self._follower: Follower | None = None
        self._turn = ExitStack()
        self._turn.enter_context(turn(disk.root, patient=True))

    def advance(self, upto: int) -> int:
        """Take in the journal to the sequence `upto`, which is committed; never beyond its frame.

        The first call also brings the markets to where the history stands: from snapshots, and the
        journal after the oldest of them, or all of it if a symbol has none. A file that does not
        fit the journal is put aside and made anew. Returns up to where the history is on disk.

        Raises:
            HistoryFailed: the disk is full, the journal is too short, or this is a bug.
            DataRefused: the journal is damaged.
            OSError: the disk cannot be used.
        """
        try:
            return self._advance(upto)
        except Unfit as unfit:
            self._note(f"{FILE} is put into {QUARANTINE} and made anew: {unfit}")
            put_aside(self._disk, str(unfit))
        try:
            return self._advance(upto)
        except Unfit as unfit:
            raise HistoryFailed(f"the history that was just made is unfit: {unfit}") from unfit

    def close(self) -> None:
        """Let go of the file, and of the turn to write."""
        self._drop()
        self._turn.close()

    def _advance(self, upto: int) -> int:
        if self._file is not None and not self._file.is_in_place():
            self._note(f"{FILE} was removed and is made anew")
            self._drop()
        try:
            if self._follower is None:
                self._file = HistoryFile(self._path, busy_s=self._busy_s, wait=self._wait)
                self._follower = self._follow(self._file, upto)
                self._report(self._follower.position)
            self._follower.advance(upto, self._report)
            return self._follower.position
        except BaseException:
            # What was read and is not written would be missing.
            self._drop()
            raise

    def _follow(self, file: HistoryFile, upto: int) -> Follower:
        """Bring the markets to where the file stands."""
        progress = file.progress()
        position = progress.position
        if position > upto:
            raise Unfit(f"it stands at journal sequence {position}, and the journal ends at {upto}")
        # The history knows every symbol that the journal knows up to there.
        recovery = Recovery(self._disk, list(progress.symbols), newest=position, upto=position)
        recovery.run()
        reader = recovery.reader
        projection = Projection(recovery.markets.values(), file.newest_candle)
        if reader is None or reader.position != position:
            raise Unfit(
                f"it stands at journal sequence {position}, inside a commit of this journal"
            )
        if projection.reached() != progress.symbols:
            raise Unfit(f"it is that of another journal up to journal sequence {position}")
        return Follower(file, projection, reader, records_max=self._records_max)

    def _drop(self) -> None:
        self._follower = None
        if self._file is not None:
            self._file.close()
            self._file = None
