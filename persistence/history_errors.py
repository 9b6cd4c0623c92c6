"""What can be wrong with the history. None of it concerns the exchange, which does without."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class HistoryUnavailable(Exception):
    """The history cannot be asked now; the message says why. Later it may be there."""


class HistoryFailed(Exception):
    """The history cannot be written, and writing it anew would not help."""


class Unfit(Exception):
    """The file is not a history of this journal that can be gone on with: begin anew."""


class Busy(Exception):
    """Somebody else holds the file: try again."""


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNFIT = {
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no database",
    sqlite3.SQLITE_CONSTRAINT: "it holds what its progress says is yet to come",
    sqlite3.SQLITE_MISMATCH: "its tables are others",
    sqlite3.SQLITE_ERROR: "its tables are others",
}

# An extended result code has the primary one in its lowest byte.
_PRIMARY = 0xFF


def code_of(error: sqlite3.Error) -> int:
    """The primary result code of SQLite, 0 for an error that is Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY


@contextmanager
def writing() -> Iterator[None]:
    """Say what an error of SQLite means to one who writes.

    Raises:
        Busy, Unfit, HistoryFailed: in place of any error of SQLite.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = code_of(error)
        if code in _BUSY:
            raise Busy(str(error)) from error
        if code in _UNFIT:
            raise Unfit(f"{_UNFIT[code]}: {error}") from error
        raise HistoryFailed(f"the history cannot be written: {error}") from error


_REASONS = {
    sqlite3.SQLITE_BUSY: "it is locked by somebody who writes",
    sqlite3.SQLITE_LOCKED: "it is locked by somebody who writes",
    sqlite3.SQLITE_CANTOPEN: "there is none yet, or it cannot be opened",
    sqlite3.SQLITE_READONLY: "a write was cut short, and is yet to be undone",
    sqlite3.SQLITE_INTERRUPT: "the question took too long",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no database",
}


@contextmanager
def reading() -> Iterator[None]:
    """Say what an error of SQLite means to one who reads.

    Raises:
        HistoryUnavailable: in place of any error of SQLite.
    """
    try:
        yield
    except sqlite3.Error as error:
        reason = _REASONS.get(code_of(error), "it cannot be read")
        raise HistoryUnavailable(f"no history: {reason} ({error})") from error
    except (TypeError, ValueError) as error:
        reason = "it holds something else than it should"
        raise HistoryUnavailable(f"no history: {reason} ({error})") from error
