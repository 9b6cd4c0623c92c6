"""Data folders that earlier versions wrote open as they did then; see tests/golden/README.md.

Row of the fault table: upgrade.
"""

import shutil
from collections import Counter
from pathlib import Path

import msgspec
import pytest

import make_golden
from goquant.persistence import snapshot
from goquant.persistence.codec import FORMAT, Commanded, Ruled
from goquant.persistence.disk import RealDisk
from goquant.persistence.opening import open_folder
from goquant.persistence.repair import verify
from journals import journal_paths
from make_golden import Golden, found_in
from small_exchange import records

GOLDEN = Path(__file__).parents[1] / "golden"
FORMATS = [f"format-{number}" for number in range(1, FORMAT + 1)]


@pytest.fixture(params=FORMATS)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[RealDisk, Golden]:
    """A copy of a golden folder, and what has to be found in it."""
    shutil.copytree(GOLDEN / request.param, tmp_path / "data")
    expected = (GOLDEN / f"{request.param}.json").read_bytes()
    return RealDisk(tmp_path / "data"), msgspec.json.decode(expected, type=Golden)


def test_it_opens_and_all_is_found(golden: tuple[RealDisk, Golden]) -> None:
    disk, expected = golden
    opened = open_folder(disk, [symbol.rules for symbol in expected.symbols])
    opened.journal.close()
    assert found_in(disk, opened) == expected
    assert (opened.torn, opened.bad, opened.marked) == (None, [], True)
    newest = {symbol.rules.symbol: symbol.snapshots[0] for symbol in expected.symbols}
    assert opened.snapshots == newest


def test_it_comes_to_the_same_without_its_snapshots(golden: tuple[RealDisk, Golden]) -> None:
    disk, expected = golden
    shutil.rmtree(disk.root / snapshot.FOLDER)
    opened = open_folder(disk, [symbol.rules for symbol in expected.symbols])
    opened.journal.close()
    without = [msgspec.structs.replace(symbol, snapshots=[]) for symbol in expected.symbols]
    assert found_in(disk, opened) == Golden(expected.position, without)


def test_verify_finds_no_problem(golden: tuple[RealDisk, Golden]) -> None:
    disk, expected = golden
    report = verify(disk)
    assert (report.problems, report.notes, report.records) == ([], [], expected.position)
    found = {each.symbol: (each.sequence, each.state_hash) for each in report.symbols}
    assert found == {
        each.rules.symbol: (each.sequence, each.state_hash) for each in expected.symbols
    }
    for each in report.symbols:
        (symbol,) = (one for one in expected.symbols if one.rules.symbol == each.symbol)
        assert sorted(each.snapshots) == sorted(symbol.snapshots), "all agree with the replay"


def test_it_has_something_of_everything(golden: tuple[RealDisk, Golden]) -> None:
    disk, expected = golden
    found = records(disk)
    kinds = Counter(type(each.sequenced.command) for each in found if isinstance(each, Commanded))
    assert len(kinds) == 5
    assert len([each for each in found if isinstance(each, Ruled)]) > len(expected.symbols) == 3
    assert len(journal_paths({f"journal/{name}": b"" for name in disk.names("journal")})) > 1
    assert all(len(symbol.snapshots) > 1 for symbol in expected.symbols)
    assert all(symbol.open_orders for symbol in expected.symbols)


def test_the_script_that_made_it_still_does(tmp_path: Path) -> None:
    newest = (GOLDEN / f"{FORMATS[-1]}.json").read_bytes()
    assert make_golden.make(tmp_path / "data") == msgspec.json.decode(newest, type=Golden)
