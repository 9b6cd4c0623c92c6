"""The third part of `goquant verify`: is the history what the journal makes of it?

SQLite keeps no checksum of its pages, so a bit that flips may change an answer and nothing else.
"""

from msgspec import Struct, field

from ..book.records import OrderRecord
from .disk import RealDisk
from .errors import DataRefused
from .history import Follower
from .history_candles import Candle, Series
from .history_errors import HistoryFailed, HistoryUnavailable
from .history_file import Changes
from .history_folder import FILE, ROLLBACK
from .history_projection import Projection
from .history_reader import HistoryReader, Moment
from .reading import JournalReader

REMEDY = "`goquant history rebuild` makes it anew from the journal"


class HistoryReport(Struct):
    """What was compared and found. `problems` are damage, `notes` what a crash may leave behind."""

    compared: int = 0
    """Orders, trades and candles."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify_history(disk: RealDisk) -> HistoryReport:
    """Replay the journal, and ask the history about everything that it did. Changes nothing.

    O(n log n) in the records of the journal; of all that only the open orders are in memory at once.

    Raises:
        OSError: the disk cannot be read.
    """
    report = HistoryReport()
    if FILE not in disk.names(""):
        return report
    try:
        with HistoryReader(disk.root / FILE, time_max_s=None).moment() as moment:
            _Comparison(moment, report).run(disk)
    except DataRefused as refused:
        report.notes.append(f"{FILE} was not compared with the journal: {refused}")
    except HistoryUnavailable as problem:
        if ROLLBACK in disk.names("") and disk.size(ROLLBACK):
            report.notes.append(
                f"a write to {FILE} was cut short: the next start undoes it, and then it can be compared"
            )
        else:
            report.problems.append(f"{FILE}: {problem}; {REMEDY}")
    return report


class _Comparison:
    """Takes the place of the file that a follower of the journal writes to, and compares instead."""

    def __init__(self, moment: Moment, report: HistoryReport) -> None:
        self._moment = moment
        self._report = report
        self._wrong: list[str] = []
        self._open: dict[tuple[str, int], OrderRecord] = {}
        self._last: dict[Series, Candle] = {}
        self._counts = {"orders": 0, "trades": 0, "candles": 0}

    def run(self, disk: RealDisk) -> None:
        """Compare everything.

        Raises:
            DataRefused: the journal cannot be read from its first record on.
            HistoryUnavailable: the history cannot be read.
        """
        problems = [f"SQLite says: {each}" for each in self._moment.damage()]
        if not problems:
            problems = self._compare(disk)
        if problems:
            more = f", and {len(problems) - 1:,} more" if len(problems) > 1 else ""
            self._report.problems.append(f"{FILE}: {problems[0]}{more}; {REMEDY}")

    def _compare(self, disk: RealDisk) -> list[str]:
        progress = self._moment.progress()
        projection = Projection([], lambda symbol, interval_s: None)
        # Without a clock the same is compared in the same order every time.
        follower = Follower(self, projection, JournalReader(disk), clock=lambda: 0.0)
        try:
            follower.advance(progress.position)
        except HistoryFailed as failed:
            # Below fsync=always a power cut may do that; with it the journal has lost something.
            return [f"it stands at journal sequence {progress.position}, and {failed}"]
        if (follower.position, projection.reached()) != (progress.position, progress.symbols):
            return [f"it is not that of this journal up to sequence {progress.position}"]
        for (symbol, _), order in self._open.items():
            self._compare_order(symbol, order)
        for (symbol, interval_s), candle in self._last.items():
            self._compare_candle(symbol, interval_s, candle)
        found = dict(zip(self._counts, self._moment.counts(), strict=True))
        if found != self._counts:
            self._wrong.append(f"it has {found}, and the journal makes {self._counts}")
        self._report.compared = sum(self._counts.values())
        return self._wrong

    def write(self, changes: Changes) -> None:
        """Compare what cannot change any more."""
        for symbol, trade in changes.trades:
            trade_id = trade.trade.trade_id
            found = self._moment.trades(symbol, 1, trade_id + 1)
            self._expect(found == [trade], f"trade {trade_id} of {symbol}")
        self._counts["trades"] += len(changes.trades)
        for (symbol, order_id), order in changes.orders.items():
            # An order that is final at once was never open.
            was_open = self._open.pop((symbol, order_id), None)
            self._counts["orders"] += was_open is None
            if order.status.is_open:
                self._open[symbol, order_id] = order
            else:
                self._compare_order(symbol, order)
        for (symbol, interval_s, start_ns), candle in changes.candles.items():
            last = self._last.get((symbol, interval_s))
            if last is None or last.start_ns != start_ns:
                self._counts["candles"] += 1
                if last is not None:
                    self._compare_candle(symbol, interval_s, last)
            self._last[symbol, interval_s] = candle

    def _compare_order(self, symbol: str, order: OrderRecord) -> None:
        """By every way that leads to it."""
        order_id, account, ask = order.order_id, order.terms.account, self._moment.orders
        by_id = [self._moment.order(symbol, order_id)]
        by_status = ask(symbol, [order.status], limit=1, before=order_id + 1)
        by_account = ask(symbol, [order.status], account, limit=1, before=order_id + 1)
        is_same = by_id == by_status == by_account == [order]
        self._expect(is_same, f"order {order_id} of {symbol}")

    def _compare_candle(self, symbol: str, interval_s: int, candle: Candle) -> None:
        found = self._moment.candles(symbol, interval_s, 1, candle.start_ns + 1)
        what = f"the candle of {symbol} over {interval_s} s from {candle.start_ns} ns on"
        self._expect(found == [candle], what)

    def _expect(self, is_same: bool, what: str) -> None:
        if not is_same:
            self._wrong.append(f"{what} is not what the journal makes of it")
