"""Asking the history: pages, and why there may be no answer."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from builders import order
from goquant.book.enums import OrderStatus
from goquant.book.records import OrderRecord
from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_errors import HistoryUnavailable
from goquant.persistence.history_folder import FILE
from goquant.persistence.history_reader import HistoryReader, Moment
from goquant.persistence.history_schema import Row
from histories import exchange_in, moment_of, traded_in, trades_of, written
from records import UNBOUNDED, everything
from small_exchange import SmallExchange

ABC = "ABC-USD"
ACCOUNTS = (None, "ann", "bob", "nobody")
FINAL = (OrderStatus.FILLED, OrderStatus.CANCELED)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an exchange and its history, which no test changes."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def exchange(shared: Path) -> SmallExchange:
    """The exchange."""
    exchange = traded_in(shared, 300)
    written(shared, exchange.acknowledged)
    return exchange


@pytest.fixture
def moment(shared: Path, exchange: SmallExchange) -> Iterator[Moment]:
    """Its history."""
    with moment_of(shared) as moment:
        yield moment


def orders_of(exchange: SmallExchange) -> list[OrderRecord]:
    return everything(exchange.markets[ABC].blotter)


def test_trades_come_in_pages(exchange: SmallExchange, moment: Moment) -> None:
    expected = trades_of(exchange.markets[ABC].blotter)[::-1]
    assert len(expected) > 20
    found, before = [], None
    while page := moment.trades(ABC, 7, before):
        found += page
        before = page[-1].trade.trade_id
    assert found == expected
    assert moment.trades("NONE-USD", 7) == []


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("statuses", [None, (), (OrderStatus.FILLED,), FINAL, tuple(OrderStatus)])
def test_orders_come_in_pages(
    exchange: SmallExchange,
    moment: Moment,
    statuses: tuple[OrderStatus, ...] | None,
    account: str | None,
) -> None:
    expected = [
        record
        for record in orders_of(exchange)
        if (statuses is None or record.status in statuses)
        and (account is None or record.terms.account == account)
    ]
    found: list[OrderRecord] = []
    before = None
    while page := moment.orders(ABC, statuses, account, limit=3, before=before):
        assert len(page) <= 3
        found += page
        before = page[-1].order_id
    assert found == expected


def test_a_single_order(exchange: SmallExchange, moment: Moment) -> None:
    for record in orders_of(exchange):
        assert moment.order(ABC, record.order_id) == record
    assert moment.order(ABC, UNBOUNDED) is None
    assert moment.order("NONE-USD", 1) is None


def test_candles_come_in_pages(moment: Moment) -> None:
    expected = moment.candles(ABC, 60, UNBOUNDED)
    assert len(expected) > 3
    found = moment.candles(ABC, 60, 2)
    while page := moment.candles(ABC, 60, 2, found[0].start_ns):
        assert len(page) <= 2
        found = page + found
    assert found == expected
    assert moment.candles(ABC, 7, 2) == []


def test_candles_since_a_time(moment: Moment) -> None:
    expected = moment.candles(ABC, 60, UNBOUNDED)
    for at in (0, 1, len(expected) - 1):
        since_ns = expected[at].start_ns
        assert moment.candles_since(ABC, 60, since_ns) == expected[at:]
        assert moment.candles_since(ABC, 60, since_ns + 1) == expected[at + 1 :]


def test_counts(exchange: SmallExchange, moment: Moment) -> None:
    markets = exchange.markets.values()
    orders = sum(len(everything(market.blotter)) for market in markets)
    trades = sum(len(trades_of(market.blotter)) for market in markets)
    assert moment.counts()[:2] == (orders, trades)


QUESTIONS: dict[str, Callable[[Moment], object]] = {
    "sequence": lambda moment: moment.sequence(ABC),
    "trades": lambda moment: moment.trades(ABC, 9),
    "trades before": lambda moment: moment.trades(ABC, 9, 5),
    "an order": lambda moment: moment.order(ABC, 5),
    "orders": lambda moment: moment.orders(ABC, limit=9, before=5),
    "orders of a status": lambda moment: moment.orders(ABC, FINAL, limit=9, before=5),
    "orders of an account": lambda moment: moment.orders(ABC, None, "ann", limit=9, before=5),
    "orders of both": lambda moment: moment.orders(ABC, FINAL, "ann", limit=9, before=5),
    "candles": lambda moment: moment.candles(ABC, 60, 9),
    "candles since": lambda moment: moment.candles_since(ABC, 60, 5),
}

# Every condition of the question stands in the index, and nothing is sorted afterwards.
PLANS = {
    "trades": "PRIMARY KEY (symbol=? AND trade_id<?)",
    "trades before": "PRIMARY KEY (symbol=? AND trade_id<?)",
    "an order": "PRIMARY KEY (symbol=? AND order_id=?)",
    "orders": "PRIMARY KEY (symbol=? AND order_id<?)",
    "orders of a status": "INDEX orders_by_status (symbol=? AND status=? AND order_id<?)",
    "orders of an account": (
        "INDEX orders_by_account (symbol=? AND account=? AND status=? AND order_id<?)"
    ),
    "orders of both": (
        "INDEX orders_by_account (symbol=? AND account=? AND status=? AND order_id<?)"
    ),
    "sequence": "PRIMARY KEY (symbol=?)",
    "candles": "PRIMARY KEY (symbol=? AND interval_s=? AND start_ns<?)",
    "candles since": "PRIMARY KEY (symbol=? AND interval_s=? AND start_ns>?)",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_answered_from_one_end_of_an_index(
    shared: Path, exchange: SmallExchange, name: str
) -> None:
    plans: list[str] = []
    with closing(sqlite3.connect(shared / FILE)) as connection:

        def ask(query: str, values: Sequence[object]) -> Iterator[Row]:
            """What the statements of the reader themselves do, in the words of SQLite."""
            steps = connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
            plans.extend(step[-1] for step in steps)
            return iter(connection.execute(query, values))

        QUESTIONS[name](Moment(ask))
    assert plans
    assert {plan.partition(" USING ")[2] for plan in plans} == {PLANS[name]}


def test_a_moment_does_not_change_while_it_is_asked(folder: Path) -> None:
    class Locked(Exception):
        """The writer has to wait."""

    def wait(seconds: float) -> None:
        raise Locked

    exchange = exchange_in(folder)
    before = exchange.acknowledged
    with moment_of(folder) as moment:
        assert moment.progress().position == before
        exchange.commit((ABC, 10**15, order("buy 2 @ 100")))
        with (
            closing(HistoryWriter(RealDisk(folder), busy_s=0, wait=wait)) as writer,
            pytest.raises(Locked),
        ):
            writer.advance(exchange.acknowledged)
        assert moment.progress().position == before
    written(folder, exchange.acknowledged)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a history that a test may spoil."""
    written(tmp_path, traded_in(tmp_path, 40).acknowledged)
    return tmp_path


def position_of(reader: HistoryReader) -> int:
    with reader.moment() as moment:
        return moment.progress().position


def test_without_a_file_there_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnavailable, match="no history: there is none yet"):
        position_of(HistoryReader(tmp_path / FILE))
    assert not (tmp_path / FILE).exists()


def test_an_empty_file_is_no_history(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with pytest.raises(HistoryUnavailable, match="of another version, or of something else"):
        position_of(HistoryReader(tmp_path / FILE))


def test_a_locked_file_is_told(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryUnavailable, match="it is locked by somebody who writes"):
            position_of(HistoryReader(folder / FILE, time_max_s=0))


def test_one_who_is_about_to_write_does_not_keep_readers_out(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert position_of(HistoryReader(folder / FILE, time_max_s=0)) == 42


def clock_that_runs() -> Iterator[float]:
    """A second passes at every look."""
    return (float(second) for second in count())


def test_a_question_that_takes_too_long_is_not_answered(
    shared: Path, exchange: SmallExchange
) -> None:
    clock = clock_that_runs()
    path = shared / FILE
    slow = HistoryReader(path, clock=lambda: next(clock), look_every=10)
    refused = pytest.raises(HistoryUnavailable, match="the question took too long")
    with slow.moment() as moment, refused:
        moment.trades(ABC, UNBOUNDED)


@pytest.mark.parametrize(
    ("begin", "end"), [(4096, None), (0, 100), (100, 4096)], ids=["pages", "head", "schema"]
)
def test_a_damaged_file_is_told(folder: Path, begin: int, end: int | None) -> None:
    path = folder / FILE
    data = bytearray(path.read_bytes())
    data[begin:end] = b"\xff" * len(data[begin:end])
    path.write_bytes(data)
    with pytest.raises(HistoryUnavailable, match="no history: it"), moment_of(folder) as moment:
        moment.trades(ABC, 10)


@pytest.mark.parametrize(
    "change",
    [
        "terms = '{}'",
        "terms = 'nothing'",
        "status = 'nothing'",
        "reason = 'nothing'",
        "fee = 'nothing'",
        "terms = x'ff'",
        "fills = 'nothing'",
        "fills = '[[1]]'",
    ],
)
def test_a_record_that_is_none_is_told(folder: Path, change: str) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute(f"UPDATE orders SET {change}")
    refused = pytest.raises(HistoryUnavailable, match="it holds something else than it should")
    with moment_of(folder) as moment, refused:
        moment.orders(ABC, limit=10)


def test_a_file_that_is_replaced_is_read_anew(folder: Path, tmp_path: Path) -> None:
    reader = HistoryReader(folder / FILE)
    assert position_of(reader) == 42
    other = tmp_path / "other"
    other.mkdir()
    written(other, traded_in(other, 10).acknowledged)
    (other / FILE).replace(folder / FILE)
    assert position_of(reader) == 12
