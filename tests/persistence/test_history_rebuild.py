"""The whole history anew."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders import order
from goquant.__main__ import cli
from goquant.persistence.errors import Corrupt, DataInUse, DataRefused
from goquant.persistence.folder import locked
from goquant.persistence.history_folder import FILE, LOCK_FILE, NEW, ROLLBACK, turn
from goquant.persistence.history_rebuild import rebuild
from histories import compare, dump_of, traded_in, written
from small_exchange import SmallExchange


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    """An exchange with some orders, and with half of a history."""
    exchange = traded_in(tmp_path, 60)
    written(tmp_path, 42)
    return exchange


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["history", *arguments])


def test_it_is_what_the_follower_writes(exchange: SmallExchange, tmp_path: Path) -> None:
    (tmp_path / NEW).write_bytes(b"what a rebuild left that was killed")
    positions: list[int] = []
    counts = rebuild(tmp_path, positions.append)
    assert counts.position == positions[-1] == exchange.acknowledged
    found = dump_of(tmp_path)
    compare(tmp_path, exchange)
    (tmp_path / FILE).unlink()
    written(tmp_path, exchange.acknowledged)
    assert dump_of(tmp_path) == found
    assert not (tmp_path / NEW).exists()


def test_a_write_to_the_old_file_that_was_cut_short_goes_with_it(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    (tmp_path / ROLLBACK).write_bytes(b"would undo the new file")
    rebuild(tmp_path)
    assert not (tmp_path / ROLLBACK).exists()
    compare(tmp_path, exchange)


def test_the_follower_goes_on_where_it_ends(exchange: SmallExchange, tmp_path: Path) -> None:
    rebuild(tmp_path)
    for symbol, market in exchange.markets.items():
        exchange.commit((symbol, market.engine.time_ns, order("buy 2 @ 100")))
    written(tmp_path, exchange.acknowledged)
    compare(tmp_path, exchange)


def test_it_refuses_while_an_exchange_or_its_follower_is_there(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    before = dump_of(tmp_path)
    with locked(tmp_path), pytest.raises(DataInUse, match="is in use by process"):
        rebuild(tmp_path)
    with turn(tmp_path), pytest.raises(DataInUse, match="somebody writes the history of"):
        rebuild(tmp_path)
    assert dump_of(tmp_path) == before


def test_it_refuses_what_is_no_exchange(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataRefused, match="there is no exchange in"):
            rebuild(folder)
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_stays_if_the_journal_is_damaged(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    before = dump_of(tmp_path)
    first = min((tmp_path / "journal").iterdir())
    first.write_bytes(first.read_bytes().replace(b"USD", b"USB"))
    with pytest.raises(Corrupt):
        rebuild(tmp_path)
    assert dump_of(tmp_path) == before


def test_the_command_tells_how_much_there_is(exchange: SmallExchange, tmp_path: Path) -> None:
    result = invoke("rebuild", "--data-dir", str(tmp_path))
    counts = rebuild(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"{counts.orders} orders, {counts.trades} trades and {counts.candles} candles "
        "up to journal sequence 62\n"
    )


def test_the_command_says_why_it_refuses(tmp_path: Path) -> None:
    result = invoke("rebuild", "--data-dir", str(tmp_path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: there is no exchange in")
    assert invoke("rebuild", "--data-dir", "").exit_code == 2


def test_help_shows_what_people_need() -> None:
    help = invoke("--help").stdout
    assert "rebuild" in help
    assert "follow" not in help.replace("following", "")


def test_the_file_is_nobody_elses_to_read(exchange: SmallExchange, tmp_path: Path) -> None:
    for name in (FILE, LOCK_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    rebuild(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
