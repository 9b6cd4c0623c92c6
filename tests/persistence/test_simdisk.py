"""The simulated disk forgets what a real one may forget, and otherwise is like a real one."""

import errno
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from goquant.persistence.disk import Disk, RealDisk, write_whole
from simdisk import SECTOR, PowerCut, SimDisk

POWER_CUTS = 300


def after_power_cuts(disk: SimDisk) -> list[dict[str, bytes]]:
    """What is found after many power cuts at the same moment, each outcome once."""
    found: list[dict[str, bytes]] = []
    for seed in range(POWER_CUTS):
        files = disk.power_cut(Random(seed)).files()
        if files not in found:
            found.append(files)
    return found


def synced(data: bytes = b"old") -> SimDisk:
    """A disk with one file that is safe."""
    disk = SimDisk()
    write_whole(disk, "file", data)
    return disk


def use(disk: Disk) -> None:
    """A bit of everything that an exchange does."""
    disk.make_folder("a/b")
    for name, size in (("one", 10), ("two", 2 * SECTOR), ("three", 0)):
        file = disk.create(f"a/b/{name}")
        file.write(b"x" * size)
        file.write(b"y" * size)
        file.sync()
        file.close()
    disk.rename("a/b/one", "a/b/two")
    disk.remove("a/b/three")
    disk.sync_folder("a/b")
    write_whole(disk, "top", b"123")


def test_it_does_what_a_real_disk_does(tmp_path: Path) -> None:
    real, simulated = RealDisk(tmp_path), SimDisk()
    for disk in (real, simulated):
        use(disk)
        for folder in ("", "a", "a/b", "nowhere"):
            assert disk.names(folder) == real.names(folder)
        for path in ("top", "a/b/two"):
            assert disk.size(path) == real.size(path)
            for place in ((0, -1), (1, 1), (3, 100), (19, 5), (50, 1)):
                assert disk.read(path, *place) == real.read(path, *place)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda disk: disk.read("none"),
        lambda disk: disk.size("none"),
        lambda disk: disk.rename("none", "file"),
        lambda disk: disk.remove("none"),
        lambda disk: disk.sync_folder("none"),
        lambda disk: disk.create("none/file"),
    ],
)
def test_it_refuses_what_a_real_disk_refuses(tmp_path: Path, wrong: Callable[[Disk], None]) -> None:
    for disk in (RealDisk(tmp_path), SimDisk()):
        with pytest.raises(FileNotFoundError):
            wrong(disk)


def test_what_is_synced_stays() -> None:
    disk = SimDisk()
    use(disk)
    assert after_power_cuts(disk) == [disk.files()]


def test_bytes_that_are_not_synced_arrive_in_any_sectors() -> None:
    disk = SimDisk()
    disk.make_folder("a")
    file = disk.create("a/file")
    file.write(b"s" * 100)
    file.sync()
    disk.sync_folder("a")
    file.write(b"u" * 3 * SECTOR)
    found = [files["a/file"] for files in after_power_cuts(disk)]
    assert all(data.startswith(b"s" * 100) for data in found)
    assert b"s" * 100 in found
    assert b"s" * 100 + b"u" * 3 * SECTOR in found
    torn = {tuple(data[at : at + 1] for at in range(150, 1636, SECTOR)) for data in found}
    assert (b"\0", b"u", b"\0") in torn, "the second sector alone"
    assert (b"u", b"\0", b"u") in torn, "a hole"
    assert {len(data) for data in found} & set(range(101, 511)), "any length"


def test_names_that_are_not_synced_may_be_there_or_not() -> None:
    disk = synced()
    disk.create("new").sync()
    disk.remove("file")
    assert sorted(map(sorted, after_power_cuts(disk))) == [[], ["file"], ["file", "new"], ["new"]]


def test_a_rename_is_whole_or_not_at_all() -> None:
    disk = synced()
    file = disk.create("file.tmp")
    file.write(b"new")
    file.sync()
    disk.rename("file.tmp", "file")
    assert {files["file"] for files in after_power_cuts(disk)} == {b"old", b"new"}


def test_a_file_in_a_folder_that_is_gone_is_gone() -> None:
    disk = SimDisk({"a/file": b"1"})
    disk.fail(1, OSError(errno.EIO, ""), "sync_folder")
    with pytest.raises(OSError):  # noqa: PT011
        disk.make_folder("b")
    write_whole(disk, "b/file", b"2")
    assert [sorted(files) for files in after_power_cuts(disk)] == [["a/file"], ["a/file", "b/file"]]


def test_what_a_failed_sync_did_not_write_is_readable_until_the_power_goes() -> None:
    disk = synced()
    file = disk.create("other")
    disk.sync_folder("")
    file.write(b"lost")
    disk.fail(1, OSError(errno.EIO, "broken"), "sync")
    with pytest.raises(OSError, match="broken"):
        file.sync()
    file.sync()
    assert disk.restart().read("other") == b"lost"
    assert not any(b"lost" in files["other"] for files in after_power_cuts(disk))


def test_a_call_fails_once_and_a_write_may_be_short() -> None:
    disk = synced()
    disk.fail(2, OSError(errno.ENOSPC, "full"), "write", short=2)
    file = disk.create("other")
    file.write(b"abc")
    with pytest.raises(OSError, match="full"):
        file.write(b"def")
    file.write(b"g")
    assert disk.read("other") == b"abcdeg"


def test_after_a_crash_nothing_is_done_any_more() -> None:
    disk = synced()
    disk.crash(2, part=0.5)
    file = disk.create("other")
    with pytest.raises(PowerCut):
        file.write(b"abcd")
    with pytest.raises(PowerCut):
        file.sync()
    assert disk.read("other") == b"ab"
    assert disk.log[-2:] == [("create", "other"), ("write", "other")]
    disk.restart().remove("other")
    assert disk.log == [("remove", "other")]
