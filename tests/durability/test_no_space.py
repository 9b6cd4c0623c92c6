"""A disk that takes no more, under a real exchange: it says so, and goes on when there is room again.

Rows of the fault table: ENOSPC / short write / EROFS. What needs no tool is in the test command: a
limit of the file size, with which a write ends short, as on a full disk, and the one after it fails.
A file system that is really full, or read-only, is for root, in the long environment.
"""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import Caller, Reply, Server, altered
from tools import Mount

# No snapshot on the way, which would be in the way of the limit first.
QUIET = ("--snapshot-interval-ms", "3600000")
FAILED = "the disk cannot be used"
REMEDY = "make room on it or mend it, and start again"
NO_LIMIT = resource.RLIM_INFINITY


def fill(caller: Caller, name: str) -> tuple[list[str], Reply]:
    """Send orders until one is not taken. Returns those that were, and the answer to the other."""
    taken: list[str] = []
    for number in range(100_000):
        reply = caller.place(client_order_id=f"{name}-{number}", quantity="1")
        if reply.status != 201:
            break
        taken.append(reply.json["order_id"])
    return taken, reply


def expect_halted(caller: Caller, problem: str) -> None:
    """It takes no orders, says why, and shows what was not in doubt."""
    for reply in (
        caller.place(),
        caller.place(symbol="ETH-USD"),
        caller.send("DELETE", "/orders/BTC-USD-1"),
        caller.send("GET", "/readyz"),
        caller.send("GET", "/orderbook/BTC-USD"),
    ):
        assert (reply.status, reply.code) == (503, "halted")
        assert reply.message == f"the exchange is halted: {problem}"
    assert caller.send("GET", "/livez").status == 200
    assert caller.send("GET", "/orderbook/ETH-USD").status == 200
    assert caller.send("GET", "/status").json["journal"]["problem"] == problem


def expect_there(port: int, taken: list[str], refused: str) -> None:
    """All that was answered is there; what was in doubt can be sent again, and is then there once."""
    with Caller(port) as caller:
        for order_id in taken:
            assert caller.send("GET", f"/orders/{order_id}").json["status"] == "new"
        first = caller.place(client_order_id=refused, quantity="1")
        again = caller.place(client_order_id=refused, quantity="1")
        assert first.status in (200, 201)
        assert (again.status, again.json["order_id"]) == (200, first.json["order_id"])
        page = caller.send("GET", "/orders?symbol=BTC-USD&status=open&limit=1").json
        assert page["orders"][0]["order_id"] == first.json["order_id"]
        assert caller.send("GET", "/readyz").json["status"] == "ready"


def limit_files(server: Server, size: int) -> None:
    """No file of a process may become larger."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, NO_LIMIT))


def test_without_room_nothing_is_acknowledged_and_with_room_it_goes_on(tmp_path: Path) -> None:
    """Fault table: ENOSPC / short write. The exit code and the words; and a signal in between."""
    folder = tmp_path / "data"
    with Server(folder, *QUIET, command=altered("halted_for=3600")) as server:
        with Caller(server.ready()) as caller:
            taken = [caller.place(quantity="1").json["order_id"] for _ in range(50)]
            (journal,) = (folder / "journal").iterdir()
            limit_files(server, journal.stat().st_size + 1000)
            more, reply = fill(caller, "more")
            assert (reply.status, reply.code) == (503, "outcome_unknown")
            problem = f"journal/{journal.name} cannot be written: File too large"
            expect_halted(caller, problem)
        server.process.terminate()
        assert server.ended() == 70, "a signal does not make it a good end"
        (told,) = server.logged(FAILED)
        assert (told["problem"], told["remedy"]) == (problem, REMEDY)
        assert server.logged("stopped") == []
    assert more, "some were taken until then"
    with Server(folder, *QUIET, command=altered("files_limited_to=5000")) as server:
        assert server.ended() == 70, "there is no room for a start either"
        (told,) = server.logged(FAILED)
        assert told["problem"].startswith("[Errno 27] File too large: ")
    with Server(folder, *QUIET) as server:
        expect_there(server.ready(), [*taken, *more], f"more-{len(more)}")
    assert list(folder.rglob("*.tmp")) == []


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """A file system of 1 MiB, seen only by processes that are started in it."""
    with Mount(tmp_path / "small", size="1m") as mount:
        yield mount


@pytest.mark.long
@pytest.mark.parametrize("filled_by", ["its journal", "others"])
def test_a_full_disk_loses_nothing_and_with_space_back_it_goes_on(
    mount: Mount, filled_by: str
) -> None:
    """Fault table: ENOSPC / short write, of a file system that is full; snapshots, history and all."""
    folder = mount.path / "data"
    with Server(folder, command=mount.command(*altered("halted_for=3600"))) as server:
        with Caller(server.ready()) as caller:
            taken = [caller.place(quantity="1").json["order_id"] for _ in range(50)]
            if filled_by == "others":
                mount.fill("ballast")
            more, reply = fill(caller, "more")
            assert (reply.status, reply.code) == (503, "outcome_unknown")
            problem = caller.send("GET", "/status").json["journal"]["problem"]
            assert problem.endswith(" cannot be written: No space left on device")
            expect_halted(caller, problem)
        server.process.terminate()
        assert server.ended() == 70
        assert [each["problem"] for each in server.logged(FAILED)] == [problem]
    with Server(folder, command=mount.command(*altered())) as server:
        assert server.ended() == 70, "the disk is still full"
        (told,) = server.logged(FAILED)
        assert told["problem"].startswith("[Errno 28] No space left on device")
    mount.remount("size=8m")
    with Server(folder, command=mount.command(*altered())) as server:
        expect_there(server.ready(), [*taken, *more], f"more-{len(more)}")
        server.process.terminate()
        assert server.ended() == 0
    print(f"filled by {filled_by}: {len(taken) + len(more)} acknowledged, 0 lost")


@pytest.mark.long
def test_a_start_on_a_disk_that_is_read_only_says_so_and_a_later_one_goes_on(mount: Mount) -> None:
    """Fault table: EROFS. A mount can be made read-only only while nobody writes there."""
    folder = mount.path / "data"
    with (
        Server(folder, command=mount.command(*altered())) as server,
        Caller(server.ready()) as caller,
    ):
        taken = [caller.place(quantity="1").json["order_id"] for _ in range(50)]
    mount.remount("ro")
    with Server(folder, command=mount.command(*altered())) as server:
        assert server.ended() == 2
        assert "must be a directory that can be written: Read-only file system" in server.log_text()
    mount.remount("rw")
    with Server(folder, command=mount.command(*altered())) as server:
        expect_there(server.ready(), taken, "another")
