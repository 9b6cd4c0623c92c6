"""The data folder: one process at a time, nobody else's to read, and a format that is known."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import order
from goquant.persistence import snapshot
from goquant.persistence.codec import FORMAT
from goquant.persistence.disk import RealDisk
from goquant.persistence.errors import DataInUse, DataRefused
from goquant.persistence.folder import (
    FORMAT_FILE,
    LOCK_FILE,
    QUARANTINE,
    at_rest,
    check_format,
    locked,
    quarantine,
    sweep,
)
from goquant.persistence.opening import open_folder
from journals import RULES, SYMBOL
from simdisk import SimDisk
from small_exchange import SmallExchange, listing

TAKE = """
import sys
from pathlib import Path
from goquant.persistence.folder import locked
with locked(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_one_process_alone(tmp_path: Path) -> None:
    """Fault table: two processes one data dir. Being killed gives the folder back."""
    command = [sys.executable, "-c", TAKE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        for have in (locked, at_rest):
            with pytest.raises(DataInUse) as refused, have(tmp_path):
                pass
            assert f"{tmp_path} is in use by process {other.pid}: stop that" in str(refused.value)
        other.kill()
    with locked(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == f"{os.getpid()}\n"


def test_a_folder_that_is_looked_at_is_not_changed_and_not_written(tmp_path: Path) -> None:
    with at_rest(tmp_path):
        assert list(tmp_path.iterdir()) == [], "nobody ever had it"
    with locked(tmp_path):
        pass
    before = (tmp_path / LOCK_FILE).stat()
    with at_rest(tmp_path):
        with pytest.raises(DataInUse), locked(tmp_path):
            pass
        with pytest.raises(DataInUse), at_rest(tmp_path):
            pass
    assert (tmp_path / LOCK_FILE).stat().st_mtime_ns == before.st_mtime_ns
    with locked(tmp_path):
        pass


def test_what_is_kept_is_nobody_elses_to_read(tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir(0o700)
    before = os.umask(0)
    try:
        with locked(root):
            exchange = SmallExchange(RealDisk(root), RULES)
            exchange.commit((SYMBOL, 1, order("buy 1 @ 100")))
            exchange.take_snapshot(SYMBOL)
            quarantine(exchange.disk, "name", b"data", {})
            exchange.journal.close()
    finally:
        os.umask(before)
    found = sorted(root.rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    top = {"FORMAT", "LOCK", "journal", "snapshots", QUARANTINE}
    assert {path.relative_to(root).parts[0] for path in found} == top


@pytest.mark.parametrize(
    "text", [b'{"format":%d}' % (FORMAT + 1), b'{"format":"1"}', b"", b"[1]", b'{"version":1}']
)
def test_another_format_is_refused_and_left_alone(text: bytes) -> None:
    disk = SimDisk({FORMAT_FILE: text})
    with pytest.raises(DataRefused, match=f"this version reads format {FORMAT}"):
        open_folder(disk, RULES)
    assert disk.log == []


def test_a_journal_without_its_format_is_refused() -> None:
    files = written()
    del files[FORMAT_FILE]
    disk = SimDisk(files)
    with pytest.raises(DataRefused, match=r'put back \{"format":1\}'):
        open_folder(disk, RULES)
    assert disk.log == []
    assert check_format(SimDisk()) is False
    assert check_format(SimDisk(written())) is True


def written() -> dict[str, bytes]:
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=10_000)
    exchange.commit((SYMBOL, 1, order("buy 1 @ 100")))
    exchange.take_snapshot(SYMBOL)
    exchange.mark()
    assert isinstance(exchange.disk, SimDisk)
    return exchange.disk.files()


def test_units_that_change_are_refused_and_nothing_is_written() -> None:
    disk = SimDisk(written())
    with pytest.raises(
        DataRefused, match=r"the configuration does not fit the journal: .* counts in"
    ):
        open_folder(disk, listing([SYMBOL], lot_size=2))
    assert disk.log == []


def test_a_file_that_no_journal_has_is_refused() -> None:
    disk = SimDisk(written() | {"journal/7.journal": b""})
    with pytest.raises(DataRefused, match=r"journal/7\.journal is no file of this journal"):
        open_folder(disk, RULES)
    assert disk.log == []


def test_a_damaged_snapshot_is_put_aside_at_a_start_with_its_reason() -> None:
    path = snapshot.path_of(SYMBOL, 2)
    disk = SimDisk(written() | {path: b"{}"})
    opened = open_folder(disk, RULES)
    assert [bad.path for bad in opened.bad] == [path]
    assert (opened.snapshots, opened.replayed) == ({}, 1)
    aside = {name: data for name, data in disk.files().items() if name.startswith(QUARANTINE)}
    assert path not in disk.files()
    assert [data == b"{}" for data in aside.values()] == [True, False]
    assert b"its checksum is not that of its content" in list(aside.values())[1]


def test_what_was_begun_and_never_finished_is_swept() -> None:
    disk = SimDisk({"a.tmp": b"", "b": b"", "journal/c.tmp": b"", "quarantine/d.tmp": b""})
    sweep(disk, ["", "journal", "not there"])
    assert sorted(disk.files()) == ["b", "quarantine/d.tmp"]


def test_the_same_is_put_aside_once_and_something_else_beside_it() -> None:
    disk = SimDisk()
    first = quarantine(disk, "name", b"data", {"what": "this"})
    assert quarantine(disk, "name", b"data", {"what": "this"}) == first
    other = quarantine(disk, "name", b"other data", {"what": "that"})
    assert sorted(disk.files()) == sorted(
        [first, f"{first}.reason.json", other, f"{other}.reason.json"]
    )
