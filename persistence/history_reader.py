"""Asking the history. Blocking: a question may wait for the disk, and for one who writes."""

import heapq
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from ..book.blotter import FILLS_MAX
from ..book.enums import OrderStatus
from ..book.records import Fill, OrderRecord, TradeRecord
from . import history_schema as schema
from .history_candles import SECOND_NS, Candle
from .history_errors import HistoryUnavailable, reading
from .history_file import Progress, Reached

# A question takes no longer, the wait for a write included; what takes longer is not answered.
TIME_MAX_S = 1.0

# Instructions of SQLite's machine between two looks at the clock: some 100 microseconds.
LOOK_EVERY = 10_000

# Asks SQLite: a statement and its values, and the rows one by one.
_Ask = Callable[[str, Sequence[object]], Iterator[schema.Row]]

# Whose ids are all smaller than this: all.
_ALL = 2**63 - 1

_MINUTE_S = 60


class HistoryReader:
    """Answers questions from what is written. It may be used by any number of threads at once.

    Every method opens the file anew, which takes some 100 microseconds, so that it may be replaced
    at any time; and sees one moment of it. All raise HistoryUnavailable: there is no file, or it is
    locked, damaged, or of another version, or the question took too long.
    """

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

    def progress(self) -> Progress:
        """How far the history is: the journal sequence, and each symbol's last command."""
        with self._question() as ask:
            ((position,),) = ask("SELECT position FROM progress", ())
            reached = ask("SELECT symbol, sequence, time_ns FROM symbols", ())
            return Progress(position, {symbol: Reached(*rest) for symbol, *rest in reached})

    def trades(self, symbol: str, limit: int, before: int | None = None) -> list[TradeRecord]:
        """Trades with smaller ids than `before`, newest first. O(limit)."""
        with self._question() as ask:
            rows = ask(
                f"""SELECT {schema.TRADE} FROM trades WHERE symbol = ? AND trade_id < ?
                ORDER BY trade_id DESC LIMIT ?""",
                (symbol, _ALL if before is None else before, limit),
            )
            return [schema.trade_of(row) for row in rows]

    def order(self, symbol: str, order_id: int) -> OrderRecord | None:
        """An order with its newest fills, or None if there is none in the history. O(log n)."""
        with self._question() as ask:
            query = f"SELECT {schema.ORDER} FROM orders WHERE symbol = ? AND order_id = ?"
            row = next(ask(query, (symbol, order_id)), None)
            return None if row is None else _record(ask, symbol, row)

    def orders(
        self,
        symbol: str,
        statuses: Collection[OrderStatus] | None = None,
        account: str | None = None,
        *,
        limit: int,
        before: int | None = None,
    ) -> list[OrderRecord]:
        """Orders with smaller ids than `before`, newest first, with their newest fills.

        Of all statuses unless some are named, and of everybody unless an account is named.
        O(limit), however few orders match.
        """
        with self._question() as ask:
            parts = [
                _newest(ask, {"symbol": symbol, **where}, _ALL if before is None else before, limit)
                for where in _parts(statuses, account)
            ]
            rows = islice(heapq.merge(*parts, key=lambda row: -row[0]), limit)
            return [_record(ask, symbol, row) for row in rows]

    def candles(
        self, symbol: str, interval_s: int, limit: int, before_ns: int | None = None
    ) -> list[Candle]:
        """The newest candles that begin before `before_ns`, oldest first. O(limit).

        Where nothing traded there is no candle.
        """
        with self._question() as ask:
            rows = ask(
                f"""SELECT {schema.CANDLE} FROM candles
                WHERE symbol = ? AND interval_s = ? AND start_ns < ?
                ORDER BY start_ns DESC LIMIT ?""",
                (symbol, interval_s, _ALL if before_ns is None else before_ns, limit),
            )
            return [schema.candle_of(row) for row in rows][::-1]

    def stats_since(self, symbol: str, since_ns: int) -> Candle | None:
        """All trades from the minute of `since_ns` on as one candle, or None if there are none.

        O(n) in the minutes in which something traded.
        """
        minute_ns = since_ns - since_ns % (_MINUTE_S * SECOND_NS)
        with self._question() as ask:
            rows = ask(
                f"""SELECT {schema.CANDLE} FROM candles
                WHERE symbol = ? AND interval_s = ? AND start_ns >= ? ORDER BY start_ns""",
                (symbol, _MINUTE_S, minute_ns),
            )
            whole: Candle | None = None
            for row in rows:
                if whole is None:
                    whole = schema.candle_of(row)
                else:
                    whole.join(schema.candle_of(row))
            return whole

    def counts(self) -> tuple[int, int, int]:
        """How many orders, trades and candles there are. O(n)."""
        with self._question() as ask:
            tables = ("orders", "trades", "candles")
            found = [next(ask(f"SELECT count(*) FROM {table}", ()))[0] for table in tables]
            return found[0], found[1], found[2]

    @contextmanager
    def _question(self) -> Iterator[_Ask]:
        """One moment of the file, for as long as a question may take."""
        with reading():
            wait_s = 0.0 if self._time_max_s is None else self._time_max_s / 2
            connection = sqlite3.connect(self._uri, uri=True, timeout=wait_s, isolation_level=None)
            with closing(connection):
                self._limit(connection)
                connection.execute("BEGIN")
                _check(connection)
                yield connection.execute

    def _limit(self, connection: sqlite3.Connection) -> None:
        if self._time_max_s is not None:
            end = self._clock() + self._time_max_s
            connection.set_progress_handler(lambda: self._clock() > end, self._look_every)


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


def _newest(ask: _Ask, where: dict[str, str], before: int, limit: int) -> Iterator[schema.Row]:
    """Orders for which columns have values, newest first, row by row."""
    conditions = " AND ".join(f"{column} = ?" for column in where)
    return ask(
        f"""SELECT {schema.ORDER} FROM orders WHERE {conditions} AND order_id < ?
        ORDER BY order_id DESC LIMIT ?""",
        (*where.values(), before, limit),
    )


def _record(ask: _Ask, symbol: str, row: schema.Row) -> OrderRecord:
    """The order of a row, with its newest fills."""
    order_id = row[0]
    found: list[Fill] = []
    for side in ("maker", "taker"):
        rows = ask(
            f"""SELECT trade_id, price, quantity, {side}_fee, time_ns FROM trades
            WHERE symbol = ? AND {side}_order_id = ? ORDER BY trade_id DESC LIMIT ?""",
            (symbol, order_id, FILLS_MAX),
        )
        for trade_id, price, quantity, fee, time_ns in rows:
            found.append(Fill(trade_id, price, quantity, side == "maker", int(fee), time_ns))
    # An order may take and then be taken from, or by way of a replace the other way round.
    found.sort(key=lambda fill: fill.trade_id)
    return schema.order_of(row, tuple(found[-FILLS_MAX:]))
