"""`goquant verify` holds every order, trade and candle of the history against the journal."""

import os
import shutil
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

FLIPS = 60


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an exchange with some orders, and a history of all but the last few."""
    folder = tmp_path_factory.mktemp("original")
    traded_in(folder, 300)
    written(folder, 282)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return shutil.copytree(original, tmp_path / "copy")


def verified(folder: Path) -> HistoryReport:
    return verify_history(RealDisk(folder))


def verify(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["verify", str(folder)])


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute(statement)


def test_all_is_well(folder: Path) -> None:
    with moment_of(folder) as moment:
        count = sum(moment.counts())
    assert count > 200
    assert verified(folder) == HistoryReport(count)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = verify(folder)
    assert result.exit_code == 0, result.output
    assert f"orders, trades and candles of the history compared: {count}\n" in result.stdout
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_there_need_not_be_one(folder: Path) -> None:
    (folder / FILE).unlink()
    assert verified(folder) == HistoryReport()
    assert verify(folder).exit_code == 0


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
def test_what_is_wrong_is_found(folder: Path, name: str) -> None:
    statement, expected = WRONG[name]
    change(folder, statement)
    (problem,) = verified(folder).problems
    assert problem.startswith("history.sqlite3: ")
    assert expected in problem
    assert problem.endswith("; `goquant history rebuild` makes it anew from the journal")
    result = verify(folder)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (3, "damaged")
    assert f"PROBLEM: {problem}\n" in result.stdout


def test_a_bit_that_flips_is_found_or_changes_no_answer(folder: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    random = Random(seed)
    whole, before = (folder / FILE).read_bytes(), dump_of(folder)
    told = 0
    for _ in range(FLIPS):
        at, bit = random.randrange(len(whole)), random.randrange(8)
        data = bytearray(whole)
        data[at] ^= 1 << bit
        (folder / FILE).write_bytes(data)
        if verified(folder).problems:
            told += 1
            continue
        assert dump_of(folder) == before, f"bit {bit} of byte {at}"
    assert told > 0
    print(f"{told} of {FLIPS} flips found, the others are without effect")


def test_what_a_killed_writer_leaves_is_no_damage(folder: Path) -> None:
    whole = (folder / FILE).read_bytes()
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size = 1")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE orders SET terms = '{}'")
        rollback = (folder / ROLLBACK).read_bytes()
        other.execute("ROLLBACK")
    (folder / FILE).write_bytes(whole)
    (folder / ROLLBACK).write_bytes(rollback)
    report = verified(folder)
    assert report.problems == []
    (note,) = report.notes
    assert "was cut short: the next start undoes it" in note


def test_a_journal_whose_beginning_is_elsewhere_is_nothing_to_compare_with(folder: Path) -> None:
    min((folder / "journal").iterdir()).rename(folder / "elsewhere")
    report = verified(folder)
    assert report.problems == []
    (note,) = report.notes
    assert note.startswith("history.sqlite3 was not compared with the journal: ")


def test_a_damaged_journal_comes_first(folder: Path) -> None:
    first = min((folder / "journal").iterdir())
    first.write_bytes(first.read_bytes().replace(b"USD", b"USB"))
    result = verify(folder)
    assert result.exit_code == 3
    assert "the history" not in result.stdout
