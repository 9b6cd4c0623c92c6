"""`goquant verify` and `goquant recover`: exit codes, and what they leave alone."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders import order
from goquant.__main__ import cli
from goquant.data_cli import EXIT_DATA
from goquant.persistence.disk import RealDisk
from goquant.persistence.folder import LOCK_FILE, locked
from goquant.persistence.history_folder import FILE, KEPT
from histories import written
from journals import RULES, SYMBOL
from small_exchange import SmallExchange


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound data folder, with a history."""
    root = tmp_path / "data"
    root.mkdir()
    exchange = SmallExchange(RealDisk(root), RULES, segment_bytes_max=10_000)
    for time_ns in (1, 2, 3):
        exchange.commit((SYMBOL, time_ns, order("buy 1 @ 100")))
    exchange.mark()
    exchange.journal.close()
    written(root, exchange.acknowledged)
    return root


@pytest.fixture
def damaged(folder: Path) -> Path:
    """The same with one bit of the last but one command flipped."""
    (path,) = (folder / "journal").iterdir()
    data = bytearray(path.read_bytes())
    data[data.rindex(b"buy", 0, data.rindex(b"buy"))] ^= 1
    path.write_bytes(data)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_a_sound_folder_is_ok_and_stays_as_it_is(folder: Path) -> None:
    before = content(folder)
    result = invoke("verify", folder)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "ok")
    assert "journal records replayed: 4" in result.stdout
    result = invoke("recover", folder)
    assert (result.exit_code, result.stdout) == (
        0,
        "nothing is damaged that a start needs: there is nothing to give up\n",
    )
    assert content(folder) == before, "not even a lock file"


def test_damage_is_told_and_nothing_is_done_without_consent(damaged: Path) -> None:
    before = content(damaged)
    result = invoke("verify", damaged)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (EXIT_DATA, "damaged")
    result = invoke("recover", damaged)
    assert (result.exit_code, result.stdout) == (EXIT_DATA, "")
    assert "journal sequences lost: 3 to 4" in result.stderr
    assert content(damaged) == before


def test_with_consent_the_folder_is_sound_again_and_its_history_gone(damaged: Path) -> None:
    result = invoke("recover", damaged, "--accept-loss")
    assert result.exit_code == 0
    assert "the journal now ends with journal sequence 2" in result.stdout
    kept = [line for line in result.stdout.splitlines() if line.startswith("kept: ")]
    assert all((damaged / line.removeprefix("kept: ")).exists() for line in kept)
    assert kept[0] == f"kept: {KEPT}"
    assert not (damaged / FILE).exists()
    assert invoke("verify", damaged).exit_code == 0


def test_consent_to_a_loss_that_is_none_changes_nothing(folder: Path) -> None:
    before = content(folder)
    assert invoke("recover", folder, "--accept-loss").exit_code == 0
    after = content(folder)
    del after[LOCK_FILE]
    assert after == before


@pytest.mark.parametrize("command", [["verify"], ["recover"], ["recover", "--accept-loss"]])
def test_a_folder_in_use_is_left_alone(folder: Path, command: list[str]) -> None:
    with locked(folder):
        result = invoke(*command, folder)
    assert result.exit_code == EXIT_DATA
    assert "is in use by process" in result.stderr


def test_what_is_no_data_folder_is_told(tmp_path: Path) -> None:
    for command in ("verify", "recover"):
        result = invoke(command, tmp_path)
        assert result.exit_code == EXIT_DATA
        assert "there is no exchange in this folder: the file FORMAT is missing" in result.stderr
        assert list(tmp_path.iterdir()) == []
        assert invoke(command, tmp_path / "nowhere").exit_code == 2


def test_a_disk_that_cannot_be_read_is_told(folder: Path) -> None:
    (path,) = (folder / "journal").iterdir()
    path.unlink()
    path.mkdir()
    result = invoke("verify", folder)
    assert (result.exit_code, result.stdout) == (EXIT_DATA, "")
    assert f"Error: {path}: Is a directory" in result.stderr
