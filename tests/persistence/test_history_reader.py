"""Asking the history: pages, and why there may be no answer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from goquant.book.enums import OrderStatus
from goquant.book.records import OrderRecord
from goquant.persistence.history_candles import SECOND_NS
from goquant.persistence.history_errors import HistoryUnavailable
from goquant.persistence.history_reader import HistoryReader
from goquant.persistence.history_schema import FILE
from histories import candle_of, reader_of, traded_in, trades_of, written
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
def reader(shared: Path, exchange: SmallExchange) -> HistoryReader:
    """Its history."""
    return reader_of(shared)


def orders_of(exchange: SmallExchange) -> list[OrderRecord]:
    return everything(exchange.markets[ABC].blotter)


def test_trades_come_in_pages(exchange: SmallExchange, reader: HistoryReader) -> None:
    expected = trades_of(exchange.markets[ABC].blotter)[::-1]
    assert len(expected) > 20
    found, before = [], None
    while page := reader.trades(ABC, 7, before):
        found += page
        before = page[-1].trade.trade_id
    assert found == expected
    assert reader.trades("NONE-USD", 7) == []


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("statuses", [None, (), (OrderStatus.FILLED,), FINAL, tuple(OrderStatus)])
def test_orders_come_in_pages(
    exchange: SmallExchange,
    reader: HistoryReader,
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
    while page := reader.orders(ABC, statuses, account, limit=3, before=before):
        assert len(page) <= 3
        found += page
        before = page[-1].order_id
    assert found == expected


def test_a_single_order(exchange: SmallExchange, reader: HistoryReader) -> None:
    for record in orders_of(exchange):
        assert reader.order(ABC, record.order_id) == record
    assert reader.order(ABC, UNBOUNDED) is None
    assert reader.order("NONE-USD", 1) is None


def test_candles_come_in_pages(reader: HistoryReader) -> None:
    expected = reader.candles(ABC, 60, UNBOUNDED)
    assert len(expected) > 3
    found = reader.candles(ABC, 60, 2)
    while page := reader.candles(ABC, 60, 2, found[0].start_ns):
        assert len(page) <= 2
        found = page + found
    assert found == expected
    assert reader.candles(ABC, 7, 2) == []


def test_what_was_traded_since_a_minute(exchange: SmallExchange, reader: HistoryReader) -> None:
    trades = trades_of(exchange.markets[ABC].blotter)
    minute_ns = 60 * SECOND_NS
    last_ns = trades[-1].time_ns
    for since_ns in (0, minute_ns, minute_ns + 1, 2 * minute_ns - 1, last_ns):
        begin_ns = since_ns - since_ns % minute_ns
        since = [record for record in trades if record.time_ns >= begin_ns]
        first_ns = since[0].time_ns - since[0].time_ns % minute_ns
        assert reader.stats_since(ABC, since_ns) == candle_of(first_ns, since)
    assert reader.stats_since(ABC, last_ns + minute_ns) is None


def test_counts(exchange: SmallExchange, reader: HistoryReader) -> None:
    markets = exchange.markets.values()
    orders = sum(len(everything(market.blotter)) for market in markets)
    trades = sum(len(trades_of(market.blotter)) for market in markets)
    assert reader.counts()[:2] == (orders, trades)


@pytest.mark.parametrize(
    ("table", "columns", "key"),
    [
        ("orders", ["status"], "order_id"),
        ("orders", ["account", "status"], "order_id"),
        ("trades", ["maker_order_id"], "trade_id"),
        ("trades", ["taker_order_id"], "trade_id"),
    ],
)
def test_every_question_is_answered_from_one_end_of_an_index(
    shared: Path, exchange: SmallExchange, table: str, columns: list[str], key: str
) -> None:
    where = " AND ".join(f"{column} = 0" for column in ["symbol", *columns])
    question = f"SELECT 1 FROM {table} WHERE {where} AND {key} < 9 ORDER BY {key} DESC"
    with closing(sqlite3.connect(shared / FILE)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
    (step,) = plan
    assert "SEARCH" in step[-1]
    assert "INDEX" in step[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a history that a test may spoil."""
    written(tmp_path, traded_in(tmp_path, 40).acknowledged)
    return tmp_path


def test_without_a_file_there_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnavailable, match="no history: there is none yet"):
        HistoryReader(tmp_path / FILE).progress()
    assert not (tmp_path / FILE).exists()


def test_an_empty_file_is_no_history(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with pytest.raises(HistoryUnavailable, match="of another version, or of something else"):
        HistoryReader(tmp_path / FILE).progress()


def test_a_locked_file_is_told(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryUnavailable, match="it is locked by somebody who writes"):
            HistoryReader(folder / FILE, time_max_s=0).progress()


def test_one_who_is_about_to_write_does_not_keep_readers_out(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert HistoryReader(folder / FILE, time_max_s=0).progress().position == 42


def clock_that_runs() -> Iterator[float]:
    """A second passes at every look."""
    return (float(second) for second in count())


def test_a_question_that_takes_too_long_is_not_answered(
    shared: Path, exchange: SmallExchange
) -> None:
    clock = clock_that_runs()
    path = shared / FILE
    slow = HistoryReader(path, clock=lambda: next(clock), look_every=10)
    with pytest.raises(HistoryUnavailable, match="the question took too long"):
        slow.trades(ABC, UNBOUNDED)


@pytest.mark.parametrize(
    ("begin", "end"), [(4096, None), (0, 100), (100, 4096)], ids=["pages", "head", "schema"]
)
def test_a_damaged_file_is_told(folder: Path, begin: int, end: int | None) -> None:
    path = folder / FILE
    data = bytearray(path.read_bytes())
    data[begin:end] = b"\xff" * len(data[begin:end])
    path.write_bytes(data)
    with pytest.raises(HistoryUnavailable, match="no history: it"):
        HistoryReader(path).trades(ABC, 10)


@pytest.mark.parametrize(
    "change",
    [
        "terms = '{}'",
        "terms = 'nothing'",
        "status = 'nothing'",
        "reason = 'nothing'",
        "fee = 'nothing'",
        "terms = x'ff'",
    ],
)
def test_a_record_that_is_none_is_told(folder: Path, change: str) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute(f"UPDATE orders SET {change}")
    with pytest.raises(HistoryUnavailable, match="it holds something else than it should"):
        HistoryReader(folder / FILE).orders(ABC, limit=10)


def test_a_file_that_is_replaced_is_read_anew(folder: Path, tmp_path: Path) -> None:
    reader = HistoryReader(folder / FILE)
    assert reader.progress().position == 42
    other = tmp_path / "other"
    other.mkdir()
    written(other, traded_in(other, 10).acknowledged)
    (other / FILE).replace(folder / FILE)
    assert reader.progress().position == 12
