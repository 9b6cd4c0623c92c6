"""The end of the journal is lost, and the history has it: it is put aside and made anew."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders import order
from goquant.__main__ import cli
from goquant.persistence.disk import RealDisk
from goquant.persistence.folder import QUARANTINE
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_folder import FILE, KEPT, LOCK_FILE, ROLLBACK, turn
from histories import SYMBOLS, compare, exchange_in, moment_of, traded_in, written
from small_exchange import SmallExchange


def go_on(exchange: SmallExchange, terms: str, later_ns: int) -> None:
    """An order of each symbol."""
    for symbol in SYMBOLS:
        time_ns = exchange.markets[symbol].engine.time_ns + later_ns
        exchange.commit((symbol, time_ns, order(terms)))


@pytest.mark.parametrize("orders", [0, 1, 2], ids=["behind it", "as far", "beyond it"])
def test_a_power_cut_took_what_was_not_synced_and_the_exchange_went_on(
    tmp_path: Path, orders: int
) -> None:
    """With fsync=interval or never the follower reads what only memory has."""
    exchange = traded_in(tmp_path, 40)
    journal, synced = tmp_path / "journal", tmp_path / "synced"
    shutil.copytree(journal, synced)
    go_on(exchange, "buy 2 @ 100", 1)
    written(tmp_path, exchange.acknowledged)
    shutil.rmtree(journal)
    synced.rename(journal)

    after = exchange_in(tmp_path)
    assert after.acknowledged == exchange.acknowledged - len(SYMBOLS)
    for _ in range(orders):
        go_on(after, "sell 3 @ 101", 2)
    notes: list[str] = []
    with closing(HistoryWriter(RealDisk(tmp_path), note=notes.append)) as writer:
        writer.advance(after.acknowledged)
    (note,) = notes
    assert note.startswith("history.sqlite3 is put into quarantine and made anew: it ")
    compare(tmp_path, after)


def damage(folder: Path) -> None:
    """Change a bit in the last file of the journal, which is not the end of it."""
    last = max((folder / "journal").iterdir())
    data = bytearray(last.read_bytes())
    data[-100] ^= 1
    last.write_bytes(data)


def recover(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["recover", str(folder), "--accept-loss"])


def test_recover_moves_the_history_and_what_was_left_of_a_write(tmp_path: Path) -> None:
    exchange = traded_in(tmp_path, 40)
    written(tmp_path, exchange.acknowledged)
    (tmp_path / ROLLBACK).write_bytes(b"what a killed process left")
    inode = (tmp_path / FILE).stat().st_ino
    damage(tmp_path)
    result = recover(tmp_path)
    assert result.exit_code == 0, result.output
    assert f"kept: {KEPT}\n" in result.stdout
    assert (tmp_path / KEPT).stat().st_ino == inode, "it was moved, whatever its size"
    assert (tmp_path / QUARANTINE / ROLLBACK).exists()
    assert not {FILE, ROLLBACK} & {each.name for each in tmp_path.iterdir()}
    reason = json.loads((tmp_path / f"{KEPT}.reason.json").read_text())
    assert reason["problem"].startswith("its journal was damaged: ")

    after = exchange_in(tmp_path)
    assert after.acknowledged < exchange.acknowledged
    written(tmp_path, after.acknowledged)
    compare(tmp_path, after)


def test_recover_waits_for_nobody_who_writes_the_history(tmp_path: Path) -> None:
    traded_in(tmp_path, 40)
    damage(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*"))
    with turn(tmp_path):
        result = recover(tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "somebody writes the history" in result.stderr
    assert set(tmp_path.rglob("*")) - set(before) <= {tmp_path / LOCK_FILE, tmp_path / "LOCK"}


def test_recover_without_a_history_leaves_none(tmp_path: Path) -> None:
    traded_in(tmp_path, 40)
    damage(tmp_path)
    assert recover(tmp_path).exit_code == 0
    assert not (tmp_path / KEPT).exists()
    after = exchange_in(tmp_path)
    written(tmp_path, after.acknowledged)
    with moment_of(tmp_path) as moment:
        assert moment.progress().position == after.acknowledged
