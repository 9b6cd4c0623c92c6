"""`goquant verify` holds every order, trade and candle of the history against the journal."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from goquant.__main__ import cli
from goquant.persistence.disk import RealDisk
from goquant.persistence.history_folder import FILE, ROLLBACK
from goquant.persistence.history_verify import HistoryReport, verify_history
from histories import dump_of, moment_of, traded_in, written
from small_exchange import SmallExchange

FLIPS = 60


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    """An exchange with some orders, and a history of all of them but the last few."""
    exchange = traded_in(tmp_path, 300)
    written(tmp_path, 282)
    return exchange


def verified(folder: Path) -> HistoryReport:
    return verify_history(RealDisk(folder))


def verify(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["verify", str(folder)])


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute(statement)


def test_all_is_well(exchange: SmallExchange, tmp_path: Path) -> None:
    with moment_of(tmp_path) as moment:
        count = sum(moment.counts())
    assert count > 200
    assert verified(tmp_path) == HistoryReport(count)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = verify(tmp_path)
    assert result.exit_code == 0, result.output
    assert f"orders, trades and candles of the history compared: {count}\n" in result.stdout
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_there_need_not_be_one(exchange: SmallExchange, tmp_path: Path) -> None:
    (tmp_path / FILE).unlink()
    assert verified(tmp_path) == HistoryReport()
    assert verify(tmp_path).exit_code == 0


WRONG = {
    "a trade": (
        "UPDATE trades SET price = price + 1 WHERE trade_id < 3",
        "USD is not what the journal makes of it, and 3 more;",
    ),
    "a trade is missing": ("DELETE FROM trades WHERE trade_id = 3", "trade 3 of "),
    "an order": ("UPDATE orders SET fee = '7' WHERE order_id < 9", "order "),
    "an account": ("UPDATE orders SET account = 'eve' WHERE account = 'ann'", "order "),
    "an open order": (
        "UPDATE orders SET filled = filled + 1 WHERE status IN ('new', 'partially_filled', 'armed')",
        "order ",
    ),
    "an order too many": (
        """INSERT INTO orders SELECT symbol, 10000 + order_id, account, client_order_id, status,
        filled, notional, fee, reason, sequence, created_ns, updated_ns, terms, fills
        FROM orders LIMIT 1""",
        "it has {'orders': ",
    ),
    "a candle": ("UPDATE candles SET high = high + 1", "the candle of"),
    "a trade that is none": ("UPDATE trades SET maker_fee = 'much'", "it holds something else"),
    "a table that is missing": ("DROP TABLE candles", "no such table: candles"),
    "another place": (
        "UPDATE progress SET position = 281",
        "it is not that of this journal up to sequence 281",
    ),
    "beyond the journal": (
        "UPDATE progress SET position = 999",
        "it stands at journal sequence 999, and the journal ends at 302, and not at 999",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(exchange: SmallExchange, tmp_path: Path, name: str) -> None:
    statement, expected = WRONG[name]
    change(tmp_path, statement)
    (problem,) = verified(tmp_path).problems
    assert problem.startswith("history.sqlite3: ")
    assert expected in problem
    assert problem.endswith("; `goquant history rebuild` makes it anew from the journal")
    result = verify(tmp_path)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (3, "damaged")
    assert f"PROBLEM: {problem}\n" in result.stdout


def test_a_bit_that_flips_is_found_or_changes_no_answer(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    random = Random(seed)
    whole, before = (tmp_path / FILE).read_bytes(), dump_of(tmp_path)
    told = 0
    for _ in range(FLIPS):
        at, bit = random.randrange(len(whole)), random.randrange(8)
        data = bytearray(whole)
        data[at] ^= 1 << bit
        (tmp_path / FILE).write_bytes(data)
        if verified(tmp_path).problems:
            told += 1
            continue
        assert dump_of(tmp_path) == before, f"bit {bit} of byte {at}"
    assert told > 0
    print(f"{told} of {FLIPS} flips found, the others are without effect")


def test_what_a_killed_writer_leaves_is_no_damage(exchange: SmallExchange, tmp_path: Path) -> None:
    whole = (tmp_path / FILE).read_bytes()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size = 1")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE orders SET terms = '{}'")
        rollback = (tmp_path / ROLLBACK).read_bytes()
        other.execute("ROLLBACK")
    (tmp_path / FILE).write_bytes(whole)
    (tmp_path / ROLLBACK).write_bytes(rollback)
    report = verified(tmp_path)
    assert report.problems == []
    (note,) = report.notes
    assert "was cut short: the next start undoes it" in note


def test_a_journal_whose_beginning_is_elsewhere_is_nothing_to_compare_with(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    min((tmp_path / "journal").iterdir()).rename(tmp_path / "elsewhere")
    report = verified(tmp_path)
    assert report.problems == []
    (note,) = report.notes
    assert note.startswith("history.sqlite3 was not compared with the journal: ")


def test_a_damaged_journal_comes_first(exchange: SmallExchange, tmp_path: Path) -> None:
    first = min((tmp_path / "journal").iterdir())
    first.write_bytes(first.read_bytes().replace(b"USD", b"USB"))
    result = verify(tmp_path)
    assert result.exit_code == 3
    assert "orders, trades and candles of the history compared: 0\n" in result.stdout
