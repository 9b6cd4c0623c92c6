"""Files that are not what was written: a real exchange says where, and what to do, or goes on.

Rows of the fault table: torn write, bit rot. Every cut and every bit is tried in tests/persistence;
here it is the process, its exit code and its words.
"""

import shutil
from pathlib import Path

import pytest

from builders import order
from folders import files
from goquant.listing import DEFAULT_INSTRUMENTS
from goquant.persistence import snapshot
from goquant.persistence.disk import RealDisk
from journals import Frame, frames_of
from processes import Caller, Server, run
from small_exchange import SmallExchange

BTC = "BTC-USD"
COUNT = 30
LOTS = 10**8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a killed exchange has left: some files of journal, no marker, two snapshots."""
    folder = tmp_path / "data"
    folder.mkdir()
    exchange = SmallExchange(RealDisk(folder), DEFAULT_INSTRUMENTS, segment_bytes_max=3_000)
    for number in range(1, COUNT + 1):
        exchange.commit((BTC, number, order(f"buy {LOTS} @ {90_00 + number} by ann id {number}")))
        if number in (10, 20):
            for instrument in DEFAULT_INSTRUMENTS:
                exchange.take_snapshot(instrument.symbol)
    exchange.journal.close()
    return folder


def journal(folder: Path) -> list[Path]:
    return sorted((folder / "journal").iterdir())


def flip(path: Path, at: int) -> None:
    """One bit of a file is not what it was."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0b100
    path.write_bytes(data)


def expect_refusal(folder: Path, path: Path, offset: int, lost: str) -> None:
    """A start ends at once, names the place and the ways to go on, and changes nothing."""
    before = files(folder)
    ended = run("serve", "--port", "0", "--data-dir", folder)
    assert (ended.returncode, ended.stdout) == (3, "")
    for told in (
        f"journal/{path.name} is damaged at byte {offset}: ",
        f"journal sequences lost: {lost}. ",
        "Nothing was changed. ",
        "`goquant verify DIR` ",
        "`goquant recover DIR --accept-loss` ",
    ):
        assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert files(folder) == before


def orders(port: int) -> list[str]:
    """The client order ids of all open orders, oldest first."""
    with Caller(port) as caller:
        page = caller.send("GET", "/orders?symbol=BTC-USD&status=open&limit=100").json
        assert page["next"] is None
        return [each["client_order_id"] for each in reversed(page["orders"])]


def names(upto: int) -> list[str]:
    return [str(number) for number in range(1, upto + 1)]


def frame_in_the_middle(path: Path) -> Frame:
    found = frames_of(path.read_bytes())
    return found[len(found) // 2]


def test_bit_rot_in_the_journal_is_refused_until_its_loss_is_accepted(folder: Path) -> None:
    """Fault table: bit rot."""
    shutil.rmtree(folder / snapshot.FOLDER)
    first, *_, last = journal(folder)
    frame = frame_in_the_middle(first)
    flip(first, frame.end - 5)
    end = COUNT + len(DEFAULT_INSTRUMENTS)
    expect_refusal(folder, first, frame.start, f"{frame.header.first} to {end}")
    assert run("verify", folder).returncode == 3
    only_told = run("recover", folder)
    assert only_told.returncode == 3
    assert f"is damaged at byte {frame.start}" in only_told.stderr
    done = run("recover", folder, "--accept-loss")
    assert done.returncode == 0, done.stderr
    assert f"now ends with journal sequence {frame.header.first - 1}" in done.stdout
    assert f"quarantine/journal-{last.name}" in done.stdout
    assert run("verify", folder).returncode == 0
    with Server(folder) as server:
        kept = frame.header.first - 1 - len(DEFAULT_INSTRUMENTS)
        assert orders(server.ready()) == names(kept)


def test_bit_rot_that_a_snapshot_covers_harms_nobody_but_is_found(folder: Path) -> None:
    """Fault table: bit rot. A start does not read so far back; verify does."""
    first = journal(folder)[0]
    flip(first, frame_in_the_middle(first).start)
    with Server(folder) as server:
        assert orders(server.ready()) == names(COUNT)
    ended = run("verify", folder)
    assert (ended.returncode, ended.stderr) == (3, "")
    assert f"PROBLEM: journal/{first.name} is damaged at byte " in ended.stdout


def test_bit_rot_in_a_snapshot_costs_a_longer_replay(folder: Path) -> None:
    """Fault table: bit rot. It is put aside, with the reason, and the one before it is used."""
    oldest, newest = sorted((folder / snapshot.folder_of(BTC)).iterdir())
    flip(newest, newest.stat().st_size // 2)
    with Server(folder) as server:
        assert orders(server.ready()) == names(COUNT)
        (told,) = server.logged("a snapshot was put into quarantine")
        assert told["path"].endswith(newest.name)
        assert "is damaged: its checksum is not that of its content" in told["problem"]
        (recovered,) = server.logged("recovered")
        assert recovered["snapshots"][BTC] == int(oldest.stem)
    assert any(newest.name in path for path in files(folder) if path.startswith("quarantine/"))


def test_a_torn_end_is_put_aside_and_what_was_acknowledged_is_there(folder: Path) -> None:
    """Fault table: torn write."""
    last = journal(folder)[-1]
    torn = frames_of(last.read_bytes())[-1]
    cut = torn.start + (torn.end - torn.start) // 2
    rest = last.read_bytes()[torn.start : cut]
    last.write_bytes(last.read_bytes()[:cut])
    with Server(folder) as server:
        assert orders(server.ready()) == names(COUNT - 1)
        (told,) = server.logged(
            "the end of the journal was put into quarantine: it was never acknowledged"
        )
        assert (told["path"], told["offset"], told["size"]) == (
            f"journal/{last.name}",
            torn.start,
            len(rest),
        )
    kept = [path for path, data in files(folder).items() if data == rest]
    assert [path.split("/")[0] for path in kept] == ["quarantine"]
    assert run("verify", folder).returncode == 0
