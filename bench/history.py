"""`bench history`: how fast the history follows the journal, how large it is, and what a question takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time_ns

from msgspec.structs import replace

from goquant.book.commands import Command, NewOrder
from goquant.book.enums import OrderStatus, SelfTradePrevention
from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_folder import FILE
from goquant.persistence.history_reader import HistoryReader, Moment
from goquant.persistence.history_rebuild import Counts, rebuild
from goquant.persistence.history_verify import verify_history
from goquant.persistence.reading import JournalReader

from .actor import actor_commands
from .collector import watched
from .figures import Spread, ranged
from .recovery import SYMBOL, crash

COMMANDS = 200_000
ROUNDS = 3
QUESTIONS = 500
ACCOUNTS = 1_000
FINAL = [status for status in OrderStatus if not status.is_open]

HOW = f"""\
A journal of {COMMANDS:,} commands of the mix, each order of one of {ACCOUNTS:,} accounts and with a client order
id. "following" is what the process beside the exchange does, when it has all of it to catch up with
and a processor to itself; each write is synced. All take turns; medians (and ranges) over {ROUNDS}
rounds, by the clock, which the disk needs; in brackets the processor time of a record in
microseconds. Questions are about random places, in a file that is in the page cache."""

NOT_MEASURED = """\
Not measured: a file that is larger than memory; following while the exchange and its clients take
both processors; questions while a write is under way, which wait for it."""


def bench_history(
    folder: Path, commands: int = COMMANDS, rounds: int = ROUNDS, questions: int = QUESTIONS
) -> Iterator[str]:
    """The tables, a row as soon as it is there."""
    with TemporaryDirectory(dir=folder) as name:
        data = Path(name)
        crash(data, 0, owned(actor_commands(commands)))
        disk = RealDisk(data)
        end = _end_of(disk)
        work: dict[str, Callable[[], object]] = {
            "following": lambda: _follow(disk, end),
            "rebuilding": lambda: rebuild(data),
            "verifying": lambda: verify_history(disk),
        }
        yield f"{'records/s':14}"
        rates: dict[str, list[float]] = {each: [] for each in work}
        spent: dict[str, list[float]] = {each: [] for each in work}
        for _ in range(rounds):
            for each, act in work.items():
                start, cpu = perf_counter_ns(), process_time_ns()
                with watched("quiet_gc"):
                    act()
                rates[each].append(end * 1e9 / (perf_counter_ns() - start))
                spent[each].append((process_time_ns() - cpu) / end / 1e3)
        for each in work:
            yield f"{each:14}{ranged(rates[each]):>30}   ({min(spent[each]):.0f})"
        counts = rebuild(data)
        yield from _size_rows(data / FILE, counts)
        yield f"{'microseconds':24}{Spread.HEADING}"
        yield from _question_rows(data / FILE, counts, questions)


def owned(commands: Sequence[Command]) -> list[Command]:
    """The same orders, as clients send them."""
    random = Random(1)
    return [
        replace(
            each,
            account=f"account-{random.randrange(ACCOUNTS)}",
            client_order_id=f"{random.getrandbits(80):020x}",
            # Else some orders would not trade, and later cancels would find them gone.
            self_trade_prevention=SelfTradePrevention.NONE,
        )
        if isinstance(each, NewOrder)
        else each
        for each in commands
    ]


def _end_of(disk: RealDisk) -> int:
    reader = JournalReader(disk)
    for _ in reader.batches():
        pass
    return reader.position


def _follow(disk: RealDisk, end: int) -> None:
    (disk.root / FILE).unlink(missing_ok=True)
    with closing(HistoryWriter(disk)) as writer:
        writer.advance(end)


def _size_rows(path: Path, counts: Counts) -> Iterator[str]:
    """The bytes of an order and of a trade, their indexes included."""
    with closing(sqlite3.connect(path)) as connection:
        for table, count in (("orders", counts.orders), ("trades", counts.trades)):
            query = f"SELECT sum(pgsize) FROM dbstat WHERE name GLOB '{table}*'"
            ((size,),) = connection.execute(query)
            yield f"{count:>9,} {table}{size / max(1, count):>12.0f} bytes each"


def _question_rows(path: Path, counts: Counts, questions: int) -> Iterator[str]:
    reader, random = HistoryReader(path), Random(2)

    def an_id(count: int) -> int:
        return random.randrange(1, count + 1)

    asked: dict[str, Callable[[Moment], object]] = {
        "nothing": lambda moment: None,
        "one order": lambda moment: moment.order(SYMBOL, an_id(counts.position)),
        "100 final orders": lambda moment: moment.orders(
            SYMBOL, FINAL, limit=100, before=an_id(counts.position)
        ),
        "100 of an account": lambda moment: moment.orders(
            SYMBOL, FINAL, f"account-{random.randrange(ACCOUNTS)}", limit=100
        ),
        "100 trades": lambda moment: moment.trades(SYMBOL, 100, an_id(counts.trades)),
        "100 candles": lambda moment: moment.candles(SYMBOL, 1, 100),
    }
    for name, question in asked.items():
        samples = []
        for _ in range(questions):
            start = perf_counter_ns()
            with reader.moment() as moment:
                question(moment)
            samples.append(perf_counter_ns() - start)
        yield f"{name:24}{Spread.of(samples).row()}"
