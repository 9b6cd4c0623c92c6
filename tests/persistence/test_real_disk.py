"""What the real disk does beyond what the simulated one shows."""

import os
from pathlib import Path

import pytest

from goquant.persistence.disk import make_root


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were synced, in turn; they are synced all the same."""
    folders: list[Path] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        folders.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    return folders


def test_each_new_folder_is_on_disk_in_the_one_above_it(tmp_path: Path, synced: list[Path]) -> None:
    make_root(tmp_path / "a" / "b" / "data")
    assert (tmp_path / "a" / "b" / "data").is_dir()
    assert set(synced) == {tmp_path, tmp_path / "a", tmp_path / "a" / "b"}


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, synced: list[Path]) -> None:
    make_root(tmp_path)
    assert synced == []


def test_a_path_below_the_working_directory_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: list[Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    make_root(Path("data"))
    assert synced == [tmp_path]
