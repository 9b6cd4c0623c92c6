"""What clients see of a disk that fails, of an engine that fails, and of an exchange that is back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from errno import EIO
from pathlib import Path
from typing import TypeVar

import pytest
import trio

from api import INSTRUMENTS, Api, Clock
from goquant.actors import supervisor
from goquant.actors.exchange import Exchange
from goquant.actors.journal_writer import JournalFailed
from goquant.actors.storage import Storage
from goquant.actors.supervisor import RESTARTS_MAX
from goquant.book.commands import NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.events import Event
from goquant.persistence.disk import RealDisk, RealFile
from goquant.persistence.opening import open_folder
from goquant.web import ops
from measured import measured, metrics_of

T = TypeVar("T")

POISON = "poison"


class FailingFile(RealFile):
    """A file whose disk breaks when it is told to."""

    is_broken = False

    def sync(self) -> None:
        if FailingFile.is_broken:
            raise OSError(EIO, "Input/output error")
        super().sync()


class FailingDisk(RealDisk):
    def create(self, path: str) -> RealFile:
        return FailingFile(self.root / path)


async def inline(work: Callable[[], T]) -> T:
    """Runs what blocks on the spot, so that no thread is in the way of a test."""
    await trio.lowlevel.checkpoint()
    return work()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Api]:
    """An exchange on a folder, stopped at the end of the block."""
    disk = FailingDisk(folder)
    clock = Clock()
    storage = Storage(disk, open_folder(disk, INSTRUMENTS), blocking=inline)
    exchange = Exchange(INSTRUMENTS, clock=clock, storage=storage)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        yield Api(exchange, clock)
        nursery.cancel_scope.cancel()


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines fail on orders of one account, after they have already changed something."""
    apply = Engine.apply

    def fail(self: Engine, sequenced: Sequenced) -> list[Event]:
        events = apply(self, sequenced)
        command = sequenced.command
        if isinstance(command, NewOrder) and command.account == POISON:
            raise ZeroDivisionError("a defect")
        return events

    monkeypatch.setattr(Engine, "apply", fail)


async def test_orders_are_there_after_a_restart_and_ids_go_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as api:
        mine = await api.placed(client_order_id="mine", quantity="2")
        assert (await api.place(side="sell", quantity="1")).json["status"] == "filled"
        before = (await api.send("GET", f"/orders/{mine}")).json
        book = (await api.send("GET", "/orderbook/BTC-USD")).json
    async with opened(tmp_path) as api:
        assert (await api.send("GET", f"/orders/{mine}")).json == before
        assert (await api.send("GET", "/orderbook/BTC-USD")).json == book
        again = await api.place(client_order_id="mine", quantity="2")
        assert (again.status, again.json["order_id"]) == (200, mine)
        assert await api.placed() == "BTC-USD-4", "the repeated order had sequence 3"


async def test_a_poison_command_fails_alone(tmp_path: Path, poisonous: None) -> None:
    async with opened(tmp_path) as api:
        first = await api.placed()
        reply = await api.place(account=POISON)
        assert (reply.status, reply.code) == (500, "crashed")
        assert await api.placed() == "BTC-USD-2", "the poison did nothing, not even take a number"
        assert (await api.send("GET", f"/orders/{first}")).status == 200
        status = (await api.send("GET", "/status")).json["symbols"]
        assert [each["restarts"] for each in status[:2]] == [1, 0]
        assert measured(await metrics_of(api), "goquant_restarts_total") == 1


async def test_a_symbol_that_fails_too_often_is_halted_until_it_is_resumed(
    tmp_path: Path, poisonous: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = "/admin/symbols/BTC-USD/resume"
    monkeypatch.setattr(ops, "_is_local", lambda address: True)
    # Whatever else the machine has to do: all of these crashes are close together.
    monkeypatch.setattr(supervisor, "PERIOD_S", 3600.0)
    async with opened(tmp_path) as api:
        await api.placed()
        assert (await api.send("POST", resume)).code == "not_halted"
        for _ in range(RESTARTS_MAX + 1):
            assert (await api.place(account=POISON)).code == "crashed"
        with trio.fail_after(5):
            while (await api.send("GET", "/readyz")).json["status"] != "degraded" or (
                await api.send("GET", "/status")
            ).json["symbols"][0]["state"] != "halted":
                await trio.lowlevel.checkpoint()
        reply = await api.place()
        assert (reply.status, reply.code) == (503, "halted")
        assert "crashes within 3600 s" in reply.message
        assert (await api.send("GET", "/orderbook/BTC-USD")).json["sequence"] == 1
        assert (await api.place(symbol="ETH-USD")).status == 201, "the neighbours never notice"
        assert (await api.send("POST", resume)).status == 200
        with trio.fail_after(5):
            while (await api.place()).status != 201:
                await trio.lowlevel.checkpoint()


async def test_only_clients_on_the_machine_may_resume(api: Api) -> None:
    reply = await api.send("POST", "/admin/symbols/BTC-USD/resume")
    assert (reply.status, reply.code) == (403, "forbidden"), "the test client has no address"


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("<local>", False), (None, False)],
)
def test_what_is_local(address: str | None, expected: bool) -> None:
    assert ops._is_local(address) is expected


async def test_a_disk_that_fails_stops_everything_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault table: fsync EIO. Nothing more is acknowledged; a restart has what was."""
    failures = []
    try:
        async with opened(tmp_path) as api:
            kept = await api.placed()
            monkeypatch.setattr(FailingFile, "is_broken", True)
            reply = await api.place()
            assert (reply.status, reply.code) == (503, "outcome_unknown")
            reply = await api.place()
            assert (reply.status, reply.code) == (503, "halted")
            assert "Input/output error" in (await api.send("GET", "/readyz")).message
    except* JournalFailed as group:
        failures.append(str(group.exceptions[0]))
    assert failures, "whoever runs the exchange is told"
    monkeypatch.setattr(FailingFile, "is_broken", False)
    async with opened(tmp_path) as api:
        assert (await api.send("GET", f"/orders/{kept}")).status == 200
