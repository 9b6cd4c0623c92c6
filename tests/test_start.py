"""A start: what it tells while it recovers, what it warns of, and how it ends when it is refused."""

from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from builders import order
from goquant import serving
from goquant.actors.journal_writer import Fsync
from goquant.config import Settings
from goquant.persistence.disk import RealDisk, RealFile
from goquant.persistence.folder import FORMAT_FILE, locked
from goquant.persistence.recovery import SLICE
from journals import RULES, SYMBOL
from small_exchange import SmallExchange

COMMANDS = 5 * SLICE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of an exchange that has carried out some commands, and was killed."""
    settings = Settings(data_dir=tmp_path, instruments=tuple(RULES), port=0, history="off")
    exchange = SmallExchange(RealDisk(tmp_path), RULES, segment_bytes_max=100_000)
    for time_ns in range(1, COMMANDS + 1):
        exchange.commit((SYMBOL, time_ns, order("buy 1 @ 100")))
    exchange.journal.close()
    return settings


def refused(settings: Settings, code: int) -> str:
    """A start that ends with an exit code before it listens. Returns the problem that is logged."""
    with capture_logs() as logged:
        assert serving.run(settings) == code
    (entry,) = logged
    assert entry["log_level"] == "critical"
    return str(entry["problem"])


def test_a_long_recovery_says_every_second_how_far_it_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here every look at the clock finds it 0.6 s later."""
    seconds = iter(range(100))
    clock = SimpleNamespace(monotonic=lambda: 0.6 * next(seconds))
    monkeypatch.setattr(serving, "time", clock)
    with capture_logs() as logged:
        serving.recover(RealDisk(settings.data_dir), settings).journal.close()
    *progress, end = logged
    # With the record that holds the rules, the command n is in the journal at n + 1.
    told = [2 * SLICE, 4 * SLICE]
    assert [each["event"] for each in progress] == ["recovering"] * len(told)
    assert [each["position"] for each in progress] == told
    assert [each["replayed"] for each in progress] == [at - 1 for at in told]
    assert (end["event"], end["replayed"], end["after_a_crash"]) == ("recovered", COMMANDS, True)


@pytest.mark.parametrize("fsync", Fsync)
def test_a_mode_that_may_lose_something_says_so(settings: Settings, fsync: Fsync) -> None:
    risky = Settings(data_dir=settings.data_dir, fsync=fsync)
    with capture_logs() as logged:
        serving._announce(("127.0.0.1", 1), risky)
    warnings = [each for each in logged if each["log_level"] == "warning"]
    assert bool(warnings) == (fsync is not Fsync.ALWAYS)
    assert all("power cut may lose" in each["event"] for each in warnings)


def test_damaged_data_ends_it_with_3(settings: Settings) -> None:
    (path,) = (settings.data_dir / "journal").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "is damaged at byte" in refused(settings, serving.EXIT_DATA)
    assert path.read_bytes() == data


def test_a_newer_format_ends_it_with_3(settings: Settings) -> None:
    (settings.data_dir / FORMAT_FILE).write_text('{"format":2}')
    assert "use the version that wrote it" in refused(settings, serving.EXIT_DATA)


def test_a_folder_in_use_ends_it_with_3(settings: Settings) -> None:
    with locked(settings.data_dir):
        assert "is in use by process" in refused(settings, serving.EXIT_DATA)


def test_a_disk_that_is_full_ends_it_with_70_and_leaves_all_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start writes the last file anew."""
    (path,) = (settings.data_dir / "journal").iterdir()
    before = path.read_bytes()

    def full(file: RealFile, data: bytes) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(RealFile, "write", full)
    assert "No space left on device" in refused(settings, serving.EXIT_STORAGE)
    assert path.read_bytes() == before
