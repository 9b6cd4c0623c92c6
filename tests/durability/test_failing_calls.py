"""Calls of the system that fail under a real exchange, one at a time, by strace.

Rows of the fault table: fsync EIO, ENOSPC / short write / EROFS. In the journal, be it in a commit,
a marker or a new file: nothing more is acknowledged, whoever waits is told that nobody knows, and the
journal is left alone, the fsync above all. In a snapshot: nobody is harmed.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from folders import expect_sound
from processes import GOQUANT, Caller, Reply, Server, altered
from tools import Mount, Strace

pytestmark = pytest.mark.long

NEVER = "3600000"
FLAGS = ("--history", "off", "--snapshot-interval-ms")
CLIENTS = 8

# In one file of the journal: the commit of a lone order is a write and a sync; a marker after it is a
# sync, a write and another sync.
IN_A_COMMIT = [
    (call, f"error={error}:when={when}")
    for call, errors in (("write", ("EIO", "ENOSPC", "EROFS")), ("fdatasync", ("EIO", "ENOSPC")))
    for error in errors
    for when in (1, 2, 3, 10)
]
# Where a file is begun: its creation, its name, and its folder.
IN_A_NEW_FILE = [
    (call, f"error={error}:when=1")
    for call in ("openat", "rename", "fsync")
    for error in ("EIO", "ENOSPC", "EROFS")
]


class Load:
    """Clients that send orders until they get another answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.taken: list[str] = []
        self.answers: list[Reply] = []

    def client(self, name: str) -> None:
        with Caller(self._port) as caller:
            for number in range(10_000):
                reply = caller.place(client_order_id=f"{name}-{number}")
                if reply.status != 201:
                    self.answers.append(reply)
                    return
                self.taken.append(reply.json["order_id"])

    def run(self, clients: int) -> None:
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self.client, "abcdefgh"[:clients]))


def expect_what_was_answered(folder: Path, taken: list[str]) -> None:
    """The next start has it, goes on after it, and the files are sound."""
    with Server(folder, *FLAGS, NEVER) as server, Caller(server.ready()) as caller:
        for order_id in taken:
            assert caller.send("GET", f"/orders/{order_id}").json["status"] == "new"
        assert caller.place().json["order_id"] not in taken
    expect_sound(folder)


@pytest.mark.parametrize("clients", [1, CLIENTS])
@pytest.mark.parametrize(("call", "what"), IN_A_COMMIT)
def test_a_commit_that_fails_is_the_last(
    tmp_path: Path, call: str, what: str, clients: int
) -> None:
    """Fault table: fsync EIO, and a write with EIO, ENOSPC or EROFS."""
    folder = tmp_path / "data"
    with Server(folder, *FLAGS, NEVER, command=altered("halted_for=3600")) as server:
        load = Load(server.ready())
        (journal,) = (folder / "journal").iterdir()
        with Strace(server.process.pid, tmp_path / "calls", call, what, paths=[journal]) as strace:
            load.run(clients)
            expect_halted(load, journal.name)
            server.process.terminate()
            assert server.ended() == 70
        assert "(INJECTED)" in strace.calls()[-1], "nothing was written or synced after that"
    expect_what_was_answered(folder, load.taken)
    print(f"{call} {what}, {clients} clients: {len(load.taken)} acknowledged, 0 lost")


@pytest.mark.parametrize(("call", "what"), IN_A_NEW_FILE)
def test_a_file_that_cannot_be_begun_is_the_end(tmp_path: Path, call: str, what: str) -> None:
    """Fault table: fsync EIO, ENOSPC, EROFS, when the journal goes on in another file."""
    folder = tmp_path / "data"
    changes = altered("halted_for=3600", "files_of=3000")
    with Server(folder, *FLAGS, NEVER, command=changes) as server:
        load = Load(server.ready())
        with Strace(server.process.pid, tmp_path / "calls", call, what):
            load.run(CLIENTS)
            expect_halted(load, "")
            server.process.terminate()
            assert server.ended() == 70
    expect_what_was_answered(folder, load.taken)


def expect_halted(load: Load, file: str) -> None:
    """Who was in the commit is told that nobody knows, all others that it is over, and why."""
    codes = Counter(reply.code for reply in load.answers)
    assert set(codes) <= {"outcome_unknown", "halted"}
    assert all(reply.status == 503 for reply in load.answers)
    with Caller(load._port) as caller:
        ready = caller.send("GET", "/readyz")
        assert (ready.status, ready.code) == (503, "halted")
        assert f"the exchange is halted: journal/{file}" in ready.message
        assert " cannot be written: " in ready.message
        assert caller.place().message == ready.message


def test_it_ends_by_itself_and_says_how_to_go_on(tmp_path: Path) -> None:
    """Fault table: fsync EIO. Nobody has to see to it but whoever starts it again."""
    folder = tmp_path / "data"
    with Server(folder, *FLAGS, NEVER) as server, Caller(server.ready()) as caller:
        (journal,) = (folder / "journal").iterdir()
        with Strace(
            server.process.pid, tmp_path / "calls", "fdatasync", "error=EIO", paths=[journal]
        ):
            assert caller.place().code == "outcome_unknown"
            assert caller.place().code == "halted"
            assert caller.send("GET", "/readyz").status == 503
            assert server.ended() == 70
        (told,) = server.logged("the disk cannot be used")
        assert told["problem"] == f"journal/{journal.name} cannot be written: Input/output error"
    expect_what_was_answered(folder, [])


@pytest.mark.parametrize("call", ["openat", "rename", "fsync", "unlink"])
def test_a_snapshot_that_fails_harms_nobody(tmp_path: Path, call: str) -> None:
    """Fault table: fsync EIO, ENOSPC, EROFS, in snapshots alone."""
    folder = tmp_path / "data"
    with (
        Server(folder, *FLAGS, "100") as server,
        Caller(server.ready()) as caller,
        Strace(server.process.pid, tmp_path / "calls", call, "error=EROFS"),
    ):
        taken = until_a_snapshot_fails(server, caller)
        assert caller.send("GET", "/readyz").status == 200
        server.process.terminate()
        assert server.ended() == 0
    expect_what_was_answered(folder, taken)


def test_a_disk_for_snapshots_that_is_full_harms_nobody(tmp_path: Path) -> None:
    """Fault table: ENOSPC / short write. The journal is on another one."""
    folder = tmp_path / "data"
    folder.mkdir()
    with (
        Mount(folder / "snapshots", size="16k") as mount,
        Server(folder, *FLAGS, "100", command=mount.command(*GOQUANT)) as server,
        Caller(server.ready()) as caller,
    ):
        taken = until_a_snapshot_fails(server, caller)
        assert caller.place().status == 201
        server.process.terminate()
        assert server.ended() == 0
        assert "No space left on device" in server.logged("snapshot failed")[0]["problem"]
    expect_what_was_answered(folder, taken)


def until_a_snapshot_fails(server: Server, caller: Caller) -> list[str]:
    """Send orders, which are all taken."""
    taken = []
    for _ in range(3_000):
        taken.append(caller.place().json["order_id"])
        if server.logged("snapshot failed"):
            return taken
    raise AssertionError("no snapshot has failed")
