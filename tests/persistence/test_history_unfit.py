"""Files that cannot be gone on with are put aside, and made anew; those that are locked wait."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from builders import order
from goquant.persistence.disk import RealDisk
from goquant.persistence.folder import QUARANTINE
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_errors import HistoryFailed, HistoryUnavailable
from goquant.persistence.history_folder import FILE, KEPT, ROLLBACK, put_aside
from histories import compare, dump_of, exchange_in, traded_in, written
from small_exchange import SmallExchange


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    """An exchange with some orders, and with a history of them in the same folder."""
    exchange = traded_in(tmp_path, 60)
    written(tmp_path, exchange.acknowledged)
    return exchange


def damaged_head(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def damaged_page(path: Path) -> None:
    """The tables of contents are there, and what they lead to is not."""
    size = 4096
    data = path.read_bytes()
    path.write_bytes(data[:size] + b"\xff" * (len(data) - size))


def cut_in_two(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def no_database(path: Path) -> None:
    path.write_text("This is not a database, but a text of some length.\n" * 10)


def changed_by(*statements: str) -> Callable[[Path], None]:
    """Do something to a file that only its owner may do."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


def somebody_elses(path: Path) -> None:
    path.unlink()
    changed_by("CREATE TABLE things (name TEXT)")(path)


UNFIT = {
    "a damaged head": (damaged_head, "it is no database"),
    "damaged pages": (damaged_page, "it is damaged"),
    "cut in two": (cut_in_two, "it is damaged"),
    "no database": (no_database, "it is no database"),
    "somebody else's": (somebody_elses, "it is the database of something else"),
    "newer": (changed_by("PRAGMA user_version = 9"), "it has version 9"),
    "no progress": (changed_by("DELETE FROM progress"), "it does not say how far it is"),
    "a table is missing": (changed_by("DROP TABLE symbols"), "its tables are others"),
    "ahead of the journal": (
        changed_by("UPDATE progress SET position = 99"),
        "it stands at journal sequence 99, and the journal ends at 62",
    ),
    "inside a commit": (
        changed_by("UPDATE progress SET position = 43"),
        "it stands at journal sequence 43, inside a commit of this journal",
    ),
    "behind what it holds": (
        changed_by("UPDATE progress SET position = 42"),
        "it is that of another journal up to journal sequence 42",
    ),
    "of another journal": (
        changed_by("UPDATE symbols SET time_ns = time_ns + 1"),
        "it is that of another journal",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_file_is_put_aside_and_made_anew(
    exchange: SmallExchange, tmp_path: Path, name: str
) -> None:
    change, problem = UNFIT[name]
    before = dump_of(tmp_path)
    change(tmp_path / FILE)
    unfit = (tmp_path / FILE).read_bytes()
    notes: list[str] = []
    with closing(HistoryWriter(RealDisk(tmp_path), note=notes.append)) as writer:
        writer.advance(exchange.acknowledged)
    assert dump_of(tmp_path) == before
    (note,) = notes
    assert note.startswith(f"history.sqlite3 is put into quarantine and made anew: {problem}")
    assert (tmp_path / KEPT).read_bytes() == unfit
    reason = json.loads((tmp_path / QUARANTINE / f"{FILE}.reason.json").read_text())
    assert reason["problem"].startswith(problem)


def test_only_the_last_unfit_file_is_kept(exchange: SmallExchange, tmp_path: Path) -> None:
    for version in (7, 8):
        changed_by(f"PRAGMA user_version = {version}")(tmp_path / FILE)
        written(tmp_path, exchange.acknowledged)
    assert [path.name for path in sorted((tmp_path / QUARANTINE).iterdir())] == [
        FILE,
        f"{FILE}.reason.json",
    ]
    assert "version 8" in (tmp_path / QUARANTINE / f"{FILE}.reason.json").read_text()


def test_damage_that_is_met_while_writing_is_no_reason_to_stop(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    notes: list[str] = []
    with closing(HistoryWriter(RealDisk(tmp_path), note=notes.append)) as writer:
        writer.advance(exchange.acknowledged)
        # Its next trade is there already.
        changed_by(
            "INSERT INTO trades SELECT symbol, trade_id + 1, price, quantity, aggressor_side, "
            "maker_order_id, taker_order_id, maker_fee, taker_fee, sequence, time_ns FROM trades "
            "WHERE (symbol, trade_id) IN (SELECT symbol, max(trade_id) FROM trades GROUP BY symbol)"
        )(tmp_path / FILE)
        go_on(exchange)
        writer.advance(exchange.acknowledged)
    (note,) = notes
    assert "it holds what its progress says is yet to come" in note
    compare(tmp_path, exchange)


def go_on(exchange: SmallExchange) -> None:
    """Another trade of each symbol."""
    for symbol, market in exchange.markets.items():
        time_ns = market.engine.time_ns
        for terms in ("buy 2 @ 103", "sell 3 @ 95"):
            exchange.commit((symbol, time_ns, order(terms)))


def test_what_was_left_of_a_write_of_the_old_file_is_not_undone_in_the_new_one(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    before = dump_of(tmp_path)
    leave_a_rollback_journal(tmp_path)
    put_aside(RealDisk(tmp_path), "a test")
    assert not (tmp_path / ROLLBACK).exists()
    assert (tmp_path / QUARANTINE / ROLLBACK).exists()
    written(tmp_path, exchange.acknowledged)
    assert dump_of(tmp_path) == before


def leave_a_rollback_journal(folder: Path) -> None:
    """What a process leaves that is killed while it writes: a copy of the files at that moment."""
    path = folder / FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE orders SET updated_ns = 0, fee = 'nonsense'")
        connection.execute("UPDATE trades SET price = 0")
        killed = [shutil.copy(each, f"{each}.killed") for each in (path, folder / ROLLBACK)]
        connection.execute("ROLLBACK")
    for copy in killed:
        shutil.move(copy, copy.removesuffix(".killed"))


def test_a_write_that_was_cut_short_is_undone(exchange: SmallExchange, tmp_path: Path) -> None:
    before = dump_of(tmp_path)
    leave_a_rollback_journal(tmp_path)
    with pytest.raises(HistoryUnavailable, match="a write was cut short, and is yet to be undone"):
        dump_of(tmp_path)
    notes: list[str] = []
    with closing(HistoryWriter(RealDisk(tmp_path), note=notes.append)) as writer:
        writer.advance(exchange.acknowledged)
    assert (dump_of(tmp_path), notes) == (before, [])


def test_a_file_that_is_removed_while_it_is_written_is_made_anew(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    before = dump_of(tmp_path)
    notes: list[str] = []
    with closing(HistoryWriter(RealDisk(tmp_path), note=notes.append)) as writer:
        writer.advance(exchange.acknowledged)
        (tmp_path / FILE).unlink()
        writer.advance(exchange.acknowledged)
    assert (dump_of(tmp_path), notes) == (before, ["history.sqlite3 was removed and is made anew"])


def test_a_file_that_is_locked_is_waited_for(exchange: SmallExchange, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) % 3 == 0:
            other.execute("ROLLBACK")

    with closing(other), closing(HistoryWriter(RealDisk(tmp_path), busy_s=0, wait=wait)) as writer:
        other.execute("BEGIN EXCLUSIVE")
        writer.advance(exchange.acknowledged)
        assert len(waits) == 3
        other.execute("BEGIN EXCLUSIVE")
        go_on(exchange)
        assert writer.advance(exchange.acknowledged) == exchange.acknowledged
        assert len(waits) == 6
    compare(tmp_path, exchange)


def test_one_who_reads_while_the_tables_are_made_is_waited_for(tmp_path: Path) -> None:
    exchange = traded_in(tmp_path, 10)
    path, notes = tmp_path / FILE, list[str]()
    path.touch()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:

        def wait(seconds: float) -> None:
            other.execute("ROLLBACK")

        other.execute("BEGIN")
        assert other.execute("SELECT * FROM sqlite_master").fetchall() == []
        with closing(
            HistoryWriter(RealDisk(tmp_path), busy_s=0, wait=wait, note=notes.append)
        ) as writer:
            writer.advance(exchange.acknowledged)
    assert notes == []
    compare(tmp_path, exchange)


def test_a_folder_that_cannot_hold_a_file_fails(tmp_path: Path) -> None:
    exchange = exchange_in(tmp_path)
    (tmp_path / FILE).mkdir()
    with (
        closing(HistoryWriter(RealDisk(tmp_path))) as writer,
        pytest.raises(HistoryFailed, match="unable to open database file"),
    ):
        writer.advance(exchange.acknowledged)
