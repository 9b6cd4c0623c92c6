"""The file of the history, for the one who writes it."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from ..book.records import OrderRecord, TradeRecord
from . import history_schema as schema
from .disk import FILE_MODE
from .history_candles import Candle
from .history_errors import Busy, Unfit, writing

T = TypeVar("T")

# SQLite itself waits so long for a lock; after that we wait and try again, for as long as it takes.
BUSY_S = 5.0
RETRY_S = 0.25

# Negative: kibibytes. The pages that a batch changes have to fit, or readers are shut out early.
CACHE_SIZE = -65_536


class Reached(Struct, frozen=True):
    """The last command of a symbol. Both together tell one journal from another."""

    sequence: int
    time_ns: int


class Progress(Struct, frozen=True):
    """How far the history is: all records of the journal up to `position` are in it."""

    position: int
    symbols: dict[str, Reached]


class Changes(Struct, frozen=True):
    """What some records of the journal did, the last of them at `position`."""

    position: int
    symbols: Mapping[str, Reached]
    trades: list[tuple[str, TradeRecord]]
    orders: Mapping[tuple[str, int], OrderRecord]
    candles: Mapping[tuple[str, int, int], Candle]


class HistoryFile:
    """A history that is being written. Nobody else may write to it."""

    def __init__(
        self,
        path: Path,
        *,
        is_safe: bool = True,
        busy_s: float = BUSY_S,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a history, or create it. With `is_safe` it survives a power cut at any moment.

        A write that was cut short is undone. Waits as long as the file is locked.

        Raises:
            Unfit: it is damaged, somebody else's, or of another version.
            HistoryFailed, OSError: it cannot be opened.
        """
        self._path = path
        self._wait = wait
        _create(path)
        with writing():
            self._connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
        try:
            self._patiently(lambda: self._prepare(is_safe))
            self._inode = os.stat(path).st_ino
        except BaseException:
            self.close()
            raise

    def progress(self) -> Progress:
        """How far it is. Raises as the constructor."""
        return self._patiently(self._read_progress)

    def newest_candle(self, symbol: str, interval_s: int) -> Candle | None:
        """The candle of a series that may change yet. O(log n). Raises as the constructor."""
        return self._patiently(lambda: self._read_candle(symbol, interval_s))

    def write(self, changes: Changes) -> None:
        """Put everything in, or after a crash at any moment nothing. Waits while it is locked.

        Raises:
            Unfit: it is damaged, or holds some of that already.
            HistoryFailed: the disk is full, or fails.
        """
        self._patiently(lambda: self._write(changes))

    def is_in_place(self) -> bool:
        """Whether this is still the file at its path: somebody may have removed it."""
        try:
            return os.stat(self._path).st_ino == self._inode
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _patiently(self, act: Callable[[], T]) -> T:
        while True:
            try:
                with writing():
                    return act()
            except Busy:
                self._wait(RETRY_S)

    def _prepare(self, is_safe: bool) -> None:
        execute = self._connection.execute
        # Not WAL: with more than one connection some versions of SQLite may then lose writes
        # (fixed in 3.51.3), and Python comes with whatever version there is.
        execute(f"PRAGMA journal_mode = {'TRUNCATE' if is_safe else 'OFF'}")
        execute(f"PRAGMA synchronous = {'FULL' if is_safe else 'OFF'}")
        execute(f"PRAGMA cache_size = {CACHE_SIZE}")
        ((count,),) = execute("SELECT count(*) FROM sqlite_master")
        if not count:
            with self._transaction():
                for statement in schema.TABLES:
                    execute(statement)
        ((application_id,),) = execute("PRAGMA application_id")
        ((version,),) = execute("PRAGMA user_version")
        if application_id != schema.APPLICATION_ID:
            raise Unfit("it is the database of something else")
        if version != schema.VERSION:
            raise Unfit(f"it has version {version}, and this program writes {schema.VERSION}")

    def _read_progress(self) -> Progress:
        execute = self._connection.execute
        rows = execute("SELECT position FROM progress").fetchall()
        if len(rows) != 1 or type(rows[0][0]) is not int:
            raise Unfit("it does not say how far it is")
        reached = execute("SELECT symbol, sequence, time_ns FROM symbols")
        return Progress(rows[0][0], {symbol: Reached(*rest) for symbol, *rest in reached})

    def _read_candle(self, symbol: str, interval_s: int) -> Candle | None:
        query = f"""SELECT {schema.CANDLE} FROM candles
        WHERE symbol = ? AND interval_s = ? ORDER BY start_ns DESC LIMIT 1"""
        row = self._connection.execute(query, (symbol, interval_s)).fetchone()
        try:
            return None if row is None else schema.candle_of(row)
        except (TypeError, ValueError) as error:
            raise Unfit(f"a candle of it is none: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of the block or nothing. A commit that finds a reader in its way is undone as well."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            yield
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _write(self, changes: Changes) -> None:
        with self._transaction():
            self._put(changes)

    def _put(self, changes: Changes) -> None:
        put = self._connection.executemany
        trades = (schema.trade_row(*each) for each in changes.trades)
        put(schema.PUT_TRADE, trades)
        orders = changes.orders.items()
        put(schema.PUT_ORDER, (schema.order_row(symbol, order) for (symbol, _), order in orders))
        candles = changes.candles.items()
        put(
            schema.PUT_CANDLE,
            (schema.candle_row(symbol, length, each) for (symbol, length, _), each in candles),
        )
        reached = changes.symbols.items()
        put(schema.PUT_SYMBOL, ((each, last.sequence, last.time_ns) for each, last in reached))
        self._connection.execute("UPDATE progress SET position = ?", (changes.position,))


def _create(path: Path) -> None:
    """Make an empty file that nobody else can read; SQLite would let everybody."""
    try:
        # Never open one that exists: to close it again would give up all locks that others in
        # this process hold on it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        pass
