"""kill -9 at each call of the system that changes a file, one after the other, by strace.

Row of the fault table: kill at N-th syscall. In normal work with new files of the journal and with
snapshots, where the thread of the journal and that of the snapshots each count their own calls; and in
the recovery from all that a crash may leave.
"""

import shutil
from collections import Counter
from contextlib import suppress
from http.client import HTTPException
from itertools import count
from pathlib import Path

import pytest

from builders import order
from folders import expect_journaled, expect_sound
from goquant.book.market import Market
from goquant.listing import DEFAULT_INSTRUMENTS
from goquant.persistence import snapshot
from goquant.persistence.disk import RealDisk
from goquant.persistence.opening import open_folder
from journals import frames_of
from processes import GOQUANT, Caller, Json, Server, altered
from small_exchange import SmallExchange, hashes
from tools import Strace, calls, under_strace

pytestmark = pytest.mark.long

CHANGING = ("openat", "mkdir", "write", "fdatasync", "rename", "fsync", "unlink")
QUIET = ("--history", "off", "--snapshot-interval-ms", "3600000")
BUSY = ("--history", "off", "--snapshot-interval-ms", "100")
FILE_BYTES = 2_000
LOTS = 10**8
ORDERS = 40


def stage(call: str) -> str:
    """What a call was for, by the file that it names."""
    for name in ("quarantine", "snapshots", "journal.tmp", ".journal", "journal"):
        if name in call:
            return {"journal.tmp": "new file", "journal": "new file", ".journal": "commit"}.get(
                name, name
            )
    return "other"


def wait_for_a_snapshot(port: int) -> None:
    """Then there are the threads that write the journal and the snapshots."""
    with Caller(port) as caller:
        while caller.send("GET", "/status").json["symbols"][-1]["snapshot_position"] is None:
            pass


def work(port: int, name: str, acknowledged: list[Json], snapshots: int) -> bool:
    """Place orders and cancel some, until a symbol had so many snapshots.

    Whether there was somebody to answer until the end.
    """
    taken: set[int | None] = set()
    with Caller(port) as caller, suppress(OSError, HTTPException):
        for number in count():
            if number >= ORDERS and len(taken) > snapshots:
                return True
            taken.add(caller.send("GET", "/status").json["symbols"][0]["snapshot_position"])
            reply = caller.place(client_order_id=f"{name}-{number}", price=str(90 + number % 7))
            assert reply.status == 201
            acknowledged.append(reply.json)
            if number % 3 == 0:
                canceled = caller.send("DELETE", f"/orders/{reply.json['order_id']}")
                assert canceled.status == 200
                acknowledged.append(canceled.json)
    return False


@pytest.mark.parametrize("worker", [0, 1])
@pytest.mark.parametrize("call", CHANGING)
def test_killed_at_each_call_in_normal_work_it_loses_nothing(
    tmp_path: Path, call: str, worker: int
) -> None:
    """Fault table: kill at N-th syscall, during normal work, rotation and snapshots."""
    folder, log = tmp_path / "data", tmp_path / "calls"
    acknowledged: list[Json] = []
    stages = Counter[str]()
    # Each commit writes and syncs; what else there is takes a while, a removal until there are too many.
    snapshots = 0 if call in ("write", "fdatasync") else snapshot.KEPT + 2
    for number in count(1):
        with Server(folder, *BUSY, command=altered(f"files_of={FILE_BYTES}")) as server:
            port, kill = server.ready(), f"signal=SIGKILL:when={number}"
            wait_for_a_snapshot(port)
            with Strace(server.process.pid, log, call, kill, worker=worker):
                is_alive = work(port, f"{call}-{number}", acknowledged, snapshots)
        expect_journaled(folder, acknowledged)
        expect_sound(folder)
        if is_alive:
            break
        stages[stage(calls(log)[-1])] += 1
    # The thread of the journal makes no folder and removes nothing.
    assert stages.total() > 0 or call in ("mkdir", "unlink")
    print(
        f"{call} of thread {worker}: killed at {stages.total()} calls {dict(stages)}, "
        f"{len(acknowledged)} acknowledged, 0 lost"
    )


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """What a crash may leave: a torn end, a snapshot that is damaged, and files begun and not done."""
    folder = tmp_path / "crashed"
    folder.mkdir()
    exchange = SmallExchange(RealDisk(folder), DEFAULT_INSTRUMENTS, segment_bytes_max=FILE_BYTES)
    for number in range(1, 41):
        exchange.commit(("BTC-USD", number, order(f"buy {LOTS} @ {9_000 + number}")))
        if number in (20, 30):
            exchange.take_snapshot("BTC-USD")
    exchange.journal.close()
    last = max((folder / "journal").iterdir())
    last.write_bytes(last.read_bytes()[: frames_of(last.read_bytes())[-1].end - 9])
    *_, newest = sorted((folder / snapshot.folder_of("BTC-USD")).iterdir())
    newest.write_bytes(newest.read_bytes()[:-9])
    for begun in (last, newest, folder / "FORMAT"):
        begun.with_name(f"{begun.name}.tmp").write_bytes(b"{")
    return folder


@pytest.mark.parametrize("call", CHANGING)
def test_killed_at_each_call_in_recovery_the_next_one_finds_the_same(
    tmp_path: Path, crashed: Path, call: str
) -> None:
    """Fault table: kill at N-th syscall, during recovery; on a new copy each time, and again on it."""
    folder, log = tmp_path / "data", tmp_path / "calls"
    expected = hashes(open_folder_of(shutil.copytree(crashed, tmp_path / "whole")))
    points = 0
    for number in numbers(crashed, tmp_path, call):
        shutil.copytree(crashed, folder)
        for _ in range(2):
            command = [*under_strace(call, f"signal=SIGKILL:when={number}", log), *GOQUANT]
            with Server(folder, *QUIET, command=command) as server:
                # What the first one has mended the second one need not do.
                points += not server.first_line()
        assert hashes(open_folder_of(folder)) == expected
        expect_sound(folder)
        shutil.rmtree(folder)
    assert points > 0
    print(f"{call}: killed at {points} calls of recoveries, 0 found something else")


def numbers(crashed: Path, tmp_path: Path, call: str) -> list[int]:
    """Which calls of a start concern the folder, by their number."""
    folder = shutil.copytree(crashed, tmp_path / "tried")
    log = tmp_path / "tried.calls"
    with Server(folder, *QUIET, command=[*under_strace(call, "", log), *GOQUANT]) as server:
        server.ready()
        server.process.terminate()
        server.ended()
    return [number for number, line in enumerate(calls(log), 1) if str(folder) in line]


def open_folder_of(folder: Path) -> dict[str, Market]:
    """The markets that a start finds."""
    opened = open_folder(RealDisk(folder), DEFAULT_INSTRUMENTS)
    opened.journal.close()
    return opened.markets
