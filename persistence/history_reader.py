"""Asking the history. Blocking: a question may wait for the disk, and for one who writes."""

import heapq
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ..book.enums import OrderStatus
from ..book.records import OrderRecord, TradeRecord
from . import history_schema as schema
from .history_candles import Candle
from .history_errors import HistoryUnavailable, reading
from .history_file import Progress, Reached

# A question takes no longer, the wait for a write included; what takes longer is not answered.
TIME_MAX_S = 1.0

# Instructions of SQLite's machine between two looks at the clock: some 100 microseconds.
LOOK_EVERY = 10_000

# Asks SQLite: a statement and its values, and the rows one by one.
Ask = Callable[[str, Sequence[object]], Iterator[schema.Row]]

T = TypeVar("T")


class Moment:
    """What the history says at one moment: all answers go together.

    All methods raise HistoryUnavailable: the file is locked or damaged, or it took too long.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def progress(self) -> Progress:
        """How far the history is: the journal sequence, and each symbol's last command."""
        (position,) = self._found(lambda row: int(row[0]), "SELECT position FROM progress")
        query = "SELECT symbol, sequence, time_ns FROM symbols"
        reached = self._found(lambda row: (str(row[0]), Reached(*row[1:])), query)
        return Progress(position, dict(reached))

    def sequence(self, symbol: str) -> int:
        """The last command of a symbol that is in the history; 0 before the first. O(log n)."""
        query = "SELECT sequence FROM symbols WHERE symbol = ?"
        return next(iter(self._found(lambda row: int(row[0]), query, symbol)), 0)

    def trades(self, symbol: str, limit: int, before: int | None = None) -> list[TradeRecord]:
        """Trades with smaller ids than `before`, newest first. O(limit)."""
        query = f"""SELECT {schema.TRADE} FROM trades WHERE symbol = ? AND trade_id < ?
        ORDER BY trade_id DESC LIMIT ?"""
        return self._found(schema.trade_of, query, symbol, _end(before), limit)

    def order(self, symbol: str, order_id: int) -> OrderRecord | None:
        """An order, or None if there is none in the history. O(log n)."""
        query = f"SELECT {schema.ORDER} FROM orders WHERE symbol = ? AND order_id = ?"
        return next(iter(self._found(schema.order_of, query, symbol, order_id)), None)

    def orders(
        self,
        symbol: str,
        statuses: Collection[OrderStatus] | None = None,
        account: str | None = None,
        *,
        limit: int,
        before: int | None = None,
    ) -> list[OrderRecord]:
        """Orders with smaller ids than `before`, newest first.

        Of all statuses unless some are named, and of everybody unless an account is named.
        O(limit), however few orders match.
        """
        with reading():
            parts = [
                self._newest({"symbol": symbol, **where}, _end(before), limit)
                for where in _parts(statuses, account)
            ]
            rows = islice(heapq.merge(*parts, key=lambda row: -row[0]), limit)
            return [schema.order_of(row) for row in rows]

    def candles(
        self, symbol: str, interval_s: int, limit: int, before_ns: int | None = None
    ) -> list[Candle]:
        """The newest candles that begin before `before_ns`, oldest first. O(limit).

        Where nothing traded there is no candle.
        """
        query = f"""SELECT {schema.CANDLE} FROM candles
        WHERE symbol = ? AND interval_s = ? AND start_ns < ? ORDER BY start_ns DESC LIMIT ?"""
        found = self._found(schema.candle_of, query, symbol, interval_s, _end(before_ns), limit)
        return found[::-1]

    def candles_since(self, symbol: str, interval_s: int, since_ns: int) -> list[Candle]:
        """The candles that begin at `since_ns` or later, oldest first. O(n) in these."""
        query = f"""SELECT {schema.CANDLE} FROM candles
        WHERE symbol = ? AND interval_s = ? AND start_ns >= ? ORDER BY start_ns"""
        return self._found(schema.candle_of, query, symbol, interval_s, since_ns)

    def counts(self) -> tuple[int, int, int]:
        """How many orders, trades and candles there are. O(n)."""
        (counts,) = self._found(
            lambda row: (int(row[0]), int(row[1]), int(row[2])),
            """SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM trades),
            (SELECT count(*) FROM candles)""",
        )
        return counts

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with tables and indexes; nothing, if all is well. O(n log n)."""
        said = self._found(lambda row: str(row[0]), "PRAGMA integrity_check")
        return [each for each in said if each != "ok"]

    def _found(self, of: Callable[[schema.Row], T], query: str, *values: object) -> list[T]:
        """What the rows that a statement finds are."""
        with reading():
            return [of(row) for row in self._ask(query, values)]

    def _newest(self, where: dict[str, str], before: int, limit: int) -> Iterator[schema.Row]:
        """Orders for which columns have values, newest first, row by row."""
        conditions = " AND ".join(f"{column} = ?" for column in where)
        query = f"""SELECT {schema.ORDER} FROM orders WHERE {conditions} AND order_id < ?
        ORDER BY order_id DESC LIMIT ?"""
        # Not the cursor itself: a merge of cursors closes them, and later than the file is closed.
        return (row for row in self._ask(query, (*where.values(), before, limit)))


class HistoryReader:
    """Answers questions from what is written. It may be used by any number of threads at once."""

    def __init__(
        self,
        path: Path,
        *,
        time_max_s: float | None = TIME_MAX_S,
        clock: Callable[[], float] = time.monotonic,
        look_every: int = LOOK_EVERY,
    ) -> None:
        """Nothing is opened yet. Without `time_max_s` a question may take any time."""
        self._uri = path.absolute().as_uri() + "?mode=ro"
        self._time_max_s = time_max_s
        self._clock = clock
        self._look_every = look_every

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """One moment of the file, to be asked in the block.

        The file is opened anew for it, which takes some 100 microseconds, so that it may be
        replaced at any time. While a block lasts nothing can be written.

        Raises:
            HistoryUnavailable: there is no file, or it is locked, damaged, or of another version.
        """
        wait_s = 0.0 if self._time_max_s is None else self._time_max_s / 2
        with reading():
            connection = sqlite3.connect(self._uri, uri=True, timeout=wait_s, isolation_level=None)
        with closing(connection):
            with reading():
                self._limit(connection)
                connection.execute("BEGIN")
                _check(connection)
            yield Moment(connection.execute)

    def _limit(self, connection: sqlite3.Connection) -> None:
        if self._time_max_s is not None:
            end = self._clock() + self._time_max_s
            connection.set_progress_handler(lambda: self._clock() > end, self._look_every)


def _end(before: int | None) -> int:
    """What all ids and times are smaller than, unless something is named."""
    return 2**63 - 1 if before is None else before


def _check(connection: sqlite3.Connection) -> None:
    ((application_id,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    if (application_id, version) != (schema.APPLICATION_ID, schema.VERSION):
        raise HistoryUnavailable("no history: the file is of another version, or of something else")


def _parts(
    statuses: Collection[OrderStatus] | None, account: str | None
) -> Iterator[dict[str, str]]:
    """What to ask for, so that every part stands in one index, in the order of ids."""
    of_account = {} if account is None else {"account": account}
    if statuses is None and account is None:
        yield {}
        return
    for status in OrderStatus if statuses is None else set(statuses):
        yield {**of_account, "status": status.value}
