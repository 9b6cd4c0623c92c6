"""Group commit: what arrives while a write is under way forms the next frame, and an answer means
that the disk has it."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from random import Random
from types import SimpleNamespace

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.actors import journal_writer
from goquant.actors.journal_writer import IDLE_S, SYNC_INTERVAL_S, Fsync, JournalWriter
from goquant.book.commands import ExpireOrders, Sequenced
from goquant.persistence.codec import Commanded, encode_commands
from goquant.persistence.journal import Journal
from goquant.persistence.reading import JournalReader
from running import Gate, run_until
from simdisk import SimDisk

# Enough to see every mixture of what an unsynced file may lose.
SEEDS = range(40)

Frame = list[
    tuple[str, int]
]  # the symbol and the sequence of each command; none in the last marker


class Writing:
    """A writer at work, and those who have commands to commit."""

    def __init__(
        self, nursery: trio.Nursery, gate: Gate, fsync: Fsync, disk: SimDisk | None = None
    ) -> None:
        self.disk = disk or SimDisk()
        reader = JournalReader(self.disk)
        deque(reader.batches(), maxlen=0)
        self.writer = JournalWriter(Journal(self.disk, reader.end()), fsync, nullcontext(gate.run))
        self.done: list[tuple[str, int]] = []
        self._nursery = nursery
        self.calls()

    async def commit(self, symbol: str, *sequences: int) -> None:
        """Somebody hands in commands, and waits; nobody waits for that."""
        self._nursery.start_soon(self._commit, symbol, sequences)
        await wait_all_tasks_blocked()

    async def _commit(self, symbol: str, sequences: Sequence[int]) -> None:
        await self.writer.commit(symbol, [Sequenced(each, 0, ExpireOrders()) for each in sequences])
        self.done += [(symbol, each) for each in sequences]

    def calls(self) -> list[str]:
        """What the disk was asked for since the last time."""
        calls = [kind for kind, _ in self.disk.log]
        self.disk.log.clear()
        return calls


@asynccontextmanager
async def at_work(
    fsync: Fsync = Fsync.ALWAYS, gate: Gate | None = None, disk: SimDisk | None = None
) -> AsyncIterator[Writing]:
    """A writer, stopped at the end of the block. Each turn of it waits for the gate."""
    gate = gate or Gate(is_open=True)
    async with trio.open_nursery() as nursery:
        writing = Writing(nursery, gate, fsync, disk)
        nursery.start_soon(writing.writer.run)
        await wait_all_tasks_blocked()
        try:
            yield writing
        finally:
            writing.writer.stop()
            gate.open()


def frames(disk: SimDisk) -> list[Frame]:
    """What the journal on a disk holds, and whether a marker ends it."""
    found, reader = [], JournalReader(disk)
    for batch in reader.batches():
        records = [each for each in batch.records if isinstance(each, Commanded)]
        found.append([(each.symbol, each.sequenced.sequence) for each in records])
    return [*found, []] if found and reader.end().marked else found


async def test_what_arrives_while_a_write_is_under_way_forms_the_next_frame() -> None:
    gate = Gate()
    async with at_work(gate=gate) as writing:
        await writing.commit("A", 1)
        for symbol, sequences in (("B", (1, 2)), ("C", (1,)), ("A", (2, 3))):
            await writing.commit(symbol, *sequences)
        assert (writing.done, writing.writer.committed) == ([], 0)
        await gate.let_through()
        assert (writing.done, writing.writer.committed) == ([("A", 1)], 1)
        await writing.commit("D", 1)
        await gate.let_through()
        second = [("B", 1), ("B", 2), ("C", 1), ("A", 2), ("A", 3)]
        assert (sorted(writing.done[1:]), writing.writer.committed) == (sorted(second), 6)
        await gate.let_through()
        assert frames(writing.disk) == [[("A", 1)], second, [("D", 1)]]
        assert writing.calls() == ["write", "sync"] * 3, "one sync for all symbols"


async def test_a_lone_command_waits_for_no_timer(mock_clock: MockClock) -> None:
    """The clock stands still: whoever waits for it waits for ever."""
    async with at_work() as writing:
        for sequence in (1, 2, 3):
            await writing.commit("A", sequence)
            assert len(writing.done) == sequence
        assert len(frames(writing.disk)) == 3


@pytest.mark.parametrize(("fsync", "is_kept"), [(Fsync.ALWAYS, True), (Fsync.NEVER, False)])
async def test_an_answer_means_that_the_disk_has_it(
    mock_clock: MockClock, fsync: Fsync, is_kept: bool
) -> None:
    """Fault table: lost fsync (power cut). Without a sync it may be lost, as was asked for."""
    async with at_work(fsync) as writing:
        await writing.commit("A", 1)
        assert writing.done == [("A", 1)]
        found = [frames(writing.disk.power_cut(Random(seed))) for seed in SEEDS]
    assert all(each == [[("A", 1)]] for each in found) is is_kept, f"{SEEDS}"


@pytest.mark.parametrize("fsync", Fsync)
async def test_an_idle_journal_gets_one_marker(mock_clock: MockClock, fsync: Fsync) -> None:
    async with at_work(fsync) as writing:
        await run_until(mock_clock, 1)
        assert writing.calls() == [], "nothing has been written yet"
        await writing.commit("A", 1)
        is_always = fsync is Fsync.ALWAYS
        assert writing.calls() == (["write", "sync"] if is_always else ["write"])
        await run_until(mock_clock, 1 + IDLE_S * 0.99)
        assert (writing.calls(), frames(writing.disk)) == ([], [[("A", 1)]])
        await run_until(mock_clock, 1 + IDLE_S * 1.01)
        await run_until(mock_clock, 100)
        is_marked = fsync is not Fsync.NEVER
        assert writing.calls() == (["sync", "write", "sync"] if is_marked else [])
        assert frames(writing.disk) == [[("A", 1)], *([[]] if is_marked else [])]


async def test_a_journal_that_a_crash_left_without_a_marker_gets_one(mock_clock: MockClock) -> None:
    disk = SimDisk()
    journal = Journal(disk)
    journal.append(encode_commands("A", [Sequenced(1, 0, ExpireOrders())]), 1)
    async with at_work(disk=disk) as writing:
        await run_until(mock_clock, IDLE_S * 1.01)
        assert writing.calls() == ["sync", "write", "sync"]
        assert frames(disk) == [[("A", 1)], []]


async def test_a_write_that_is_under_way_when_the_marker_is_due_puts_it_off(
    mock_clock: MockClock,
) -> None:
    gate = Gate(is_open=True)
    async with at_work(gate=gate) as writing:
        await writing.commit("A", 1)
        await run_until(mock_clock, IDLE_S / 2)
        gate.is_open = False
        await writing.commit("A", 2)
        await run_until(mock_clock, IDLE_S * 1.5)
        gate.open()
        await wait_all_tasks_blocked()
        await run_until(mock_clock, IDLE_S * 2)
        assert writing.calls() == ["write", "sync"] * 2
        await run_until(mock_clock, IDLE_S * 2.51)
        assert writing.calls() == ["sync", "write", "sync"]


async def test_a_busy_journal_gets_no_marker(mock_clock: MockClock) -> None:
    async with at_work() as writing:
        for sequence in range(1, 20):
            await writing.commit("A", sequence)
            await run_until(mock_clock, sequence * IDLE_S * 0.9)
        assert writing.calls() == ["write", "sync"] * 19


@pytest.mark.parametrize("fsync", Fsync)
async def test_a_stop_writes_what_was_handed_in_and_a_marker(fsync: Fsync) -> None:
    gate = Gate()
    async with at_work(fsync, gate) as writing:
        await writing.commit("A", 1)
        await writing.commit("B", 1)
        writing.writer.stop()
        await writing.commit("C", 1)
    assert frames(writing.disk) == [[("A", 1)], [("B", 1), ("C", 1)], []]
    assert len(writing.done) == 3
    found = [frames(writing.disk.power_cut(Random(seed))) for seed in SEEDS]
    assert all(each == frames(writing.disk) for each in found), f"{SEEDS}"


async def test_who_is_cancelled_leaves_nobody_waiting_who_joined_its_group(
    mock_clock: MockClock,
) -> None:
    """A flush may be, and whoever is first in a group has it written."""
    gate = Gate()
    async with at_work(Fsync.NEVER, gate) as writing, trio.open_nursery() as nursery:
        await writing.commit("A", 1)
        nursery.start_soon(writing.writer.flush)
        await wait_all_tasks_blocked()
        await writing.commit("B", 1)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await gate.let_through(2)
    assert writing.done == [("A", 1), ("B", 1)]


async def test_a_commit_waits_for_the_writer_to_run() -> None:
    async with trio.open_nursery() as nursery:
        writing = Writing(nursery, Gate(is_open=True), Fsync.ALWAYS)
        await writing.commit("A", 1)
        await writing.commit("B", 1)
        assert (writing.done, writing.calls()) == ([], [])
        nursery.start_soon(writing.writer.run)
        await wait_all_tasks_blocked()
        await wait_all_tasks_blocked()
        assert writing.calls() == ["write", "sync"], "as one group"
        writing.writer.stop()
    assert frames(writing.disk) == [[("A", 1), ("B", 1)], []]


async def test_a_cancellation_does_not_end_the_writer() -> None:
    """Others have things to commit then."""
    with trio.CancelScope() as scope:
        async with at_work() as writing:
            scope.cancel()
            with trio.CancelScope(shield=True) as shield, trio.fail_after(5):
                assert shield.shield
                await wait_all_tasks_blocked()
                await writing.writer.commit("A", [Sequenced(1, 0, ExpireOrders())])
    assert frames(writing.disk) == [[("A", 1)], []]


async def test_an_interval_syncs_once_in_a_second(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_writer, "time", SimpleNamespace(monotonic=trio.current_time))
    step_s = IDLE_S / 2
    per_second = round(SYNC_INTERVAL_S / step_s)
    async with at_work(Fsync.INTERVAL) as writing:
        for sequence in range(1, 3 * per_second + 2):
            await writing.commit("A", sequence)
            await run_until(mock_clock, sequence * step_s)
        calls = writing.calls()
    assert calls.count("write") == 3 * per_second + 1
    assert calls.count("sync") == 3


@pytest.mark.parametrize("fsync", Fsync)
@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_flush_means_that_the_disk_has_all_that_is_committed(
    mock_clock: MockClock, fsync: Fsync, is_alone: bool
) -> None:
    """Also if the flush becomes part of a group that has commands in it."""
    gate = Gate()
    async with at_work(fsync, gate) as writing, trio.open_nursery() as nursery:
        await writing.commit("A", 1)
        await gate.let_through()
        await writing.commit("B", 1)
        if not is_alone:
            await writing.commit("C", 1)
        nursery.start_soon(open_when_all_wait, gate)
        await writing.writer.flush()
        found = [frames(writing.disk.power_cut(Random(seed))) for seed in SEEDS]
    assert all(each[:1] == [[("A", 1)]] for each in found), f"{SEEDS}"


async def open_when_all_wait(gate: Gate) -> None:
    await wait_all_tasks_blocked()
    gate.open()
