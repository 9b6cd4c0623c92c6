"""Snapshots: taken in turns, where something changed, while the exchange goes on."""

from collections.abc import Iterator
from errno import EIO, ENOSPC
from itertools import islice
from random import Random

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import order
from goquant.actors import snapshots
from goquant.actors.journal_writer import Fsync
from goquant.book import chunks
from goquant.book.market import Market
from goquant.persistence import snapshot
from goquant.persistence.disk import TEMPORARY
from goquant.persistence.opening import open_folder
from goquant.persistence.recovery import Recovery
from running import Gate, run_until
from simdisk import SimDisk
from small_exchange import hashes, snapshot_of
from storing import POISON, SYMBOLS, Durable, durable, listed, on_disk, poisonous_engines

INTERVAL_S = 3.0
STEP_S = 0.125
A, B, C = SYMBOLS
BUY = order("buy 1 @ 100")


def kept(disk: SimDisk) -> dict[str, list[int]]:
    """The positions of the snapshots of each symbol, newest first."""
    return {symbol: snapshot.positions(disk, symbol) for symbol in SYMBOLS}


def temporary(disk: SimDisk) -> list[str]:
    return [path for path in disk.files() if path.endswith(TEMPORARY)]


async def trade(run: Durable, symbol: str, count: int = 1) -> None:
    for _ in range(count):
        assert (await run.exchange.execute(symbol, BUY)).refusal is None


async def pass_until(clock: MockClock, seconds: float) -> None:
    """Let time pass in steps, which are exact: a sleep begins when the one before it has ended."""
    await wait_all_tasks_blocked()
    while trio.current_time() < seconds:
        await run_until(clock, trio.current_time() + STEP_S)


async def test_they_are_taken_in_turns_and_only_where_something_changed(
    mock_clock: MockClock,
) -> None:
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
        taken: dict[str, list[float]] = {symbol: [] for symbol in SYMBOLS}
        for step in range(1, 136):
            before = kept(disk)
            await pass_until(mock_clock, step * STEP_S)
            for symbol in SYMBOLS:
                if kept(disk)[symbol] != before[symbol]:
                    taken[symbol].append(step * STEP_S)
            if step * STEP_S < 9:
                await trade(run, B)
            await trade(run, C)
        assert taken[A] == [1.0], "the first one holds the rules"
        assert taken[B] == [2.0, 5.0, 8.0, 11.0]
        assert taken[C] == [3.0, 6.0, 9.0, 12.0, 15.0]
        assert [len(each) for each in kept(disk).values()] == [1, 3, 3], "the newest three"
        assert run.exchange.snapshots is not None
        ages = [run.exchange.snapshots.age_s(symbol) for symbol in SYMBOLS]
        assert ages == [pytest.approx(each) for each in (15.875, 5.875, 1.875)]


async def test_one_that_lags_far_behind_is_renewed(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start reads the journal from the oldest of the newest snapshots on."""
    monkeypatch.setattr(snapshots, "POSITION_LAG_MAX", 10)
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
        await pass_until(mock_clock, 1)
        assert kept(disk)[A] == [3], "after the rules of three symbols"
        await trade(run, B, 10)
        await pass_until(mock_clock, 4)
        assert kept(disk)[A] == [3]
        await trade(run, B)
        await pass_until(mock_clock, 7)
        assert kept(disk)[A] == [14, 3]


async def test_the_content_is_the_state_at_its_moment_although_commands_go_on(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders are added, changed and taken away between any two pieces."""
    monkeypatch.setattr(chunks, "CHUNK_MAX", 4)
    disk, gate = SimDisk(), Gate(is_open=True)
    async with durable(disk, blocking=gate.run) as run:
        for number in range(40):
            await run.exchange.execute(A, order(f"buy 3 @ {100 - number % 7} by a id {number}"))
        market, actor = run.exchange.symbol(A).market, run.exchange.symbol(A)
        expected = snapshot_of(market, run.exchange.position)
        position, state = run.exchange.position, market.engine.state_hash()
        assert run.exchange.snapshots is not None
        async with trio.open_nursery() as nursery:
            gate.is_open = False
            nursery.start_soon(run.exchange.snapshots.take, actor)
            await wait_all_tasks_blocked()
            gate.open()
            for number in range(30):
                await trade(run, A)
                await run.exchange.execute(A, order(f"sell {1 + number % 4} @ 90 ioc"))
                await trio.lowlevel.checkpoint()
        assert run.exchange.position > position + 50
        assert disk.files()[snapshot.path_of(A, position)] == expected
        recovered = Recovery(disk, [A], upto=position).run()
        assert recovered.snapshots == {A: position}
        assert hashes(recovered.markets) == {A: state}
    assert on_disk(disk) == run.hashes()


@pytest.mark.parametrize("kind", ["create", "write", "sync", "rename", "sync_folder", "mkdir"])
async def test_a_disk_that_fails_costs_a_snapshot_and_nothing_else(
    mock_clock: MockClock, kind: str
) -> None:
    """Fault table: ENOSPC / short write. The journal may still have room, on another disk."""
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
        await pass_until(mock_clock, 0.5)
        disk.fail(1, OSError(ENOSPC, "No space left on device"), kind, short=20)
        with capture_logs() as logs:
            await pass_until(mock_clock, 1)
        assert [(each["event"], each["symbol"]) for each in logs] == [("snapshot failed", A)]
        assert temporary(disk) == []
        await trade(run, A)
        await pass_until(mock_clock, 4)
        assert kept(disk)[A][0] == 4
    async with durable(disk) as again:
        assert again.opened.bad == []
        assert again.hashes() == run.hashes()


async def test_a_disk_that_is_gone_costs_snapshots_and_nothing_else(mock_clock: MockClock) -> None:
    """What was begun cannot even be removed."""
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
        await pass_until(mock_clock, 0.5)
        disk.fail(1, OSError(EIO, "Input/output error"), "write")
        disk.fail(1, OSError(EIO, "Input/output error"), "remove")
        with capture_logs() as logs:
            await pass_until(mock_clock, 1)
        assert [each["problem"] for each in logs] == ["[Errno 5] Input/output error"]
        await trade(run, A)


async def test_a_defect_costs_a_snapshot_of_one_symbol_and_nothing_else(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one symbol is nobody else's; whoever looks at the log finds it."""
    disk = SimDisk()
    encode = snapshot.encode

    def fail(market: Market, position: int) -> Iterator[bytes]:
        yield from islice(encode(market, position), 1)
        raise ZeroDivisionError("a defect in the snapshot")

    async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
        await pass_until(mock_clock, 0.5)
        monkeypatch.setattr(snapshot, "encode", fail)
        with capture_logs() as logs:
            await pass_until(mock_clock, 1)
        monkeypatch.undo()
        (entry,) = logs
        assert (entry["event"], entry["symbol"], entry["exc_info"]) == ("snapshot failed", A, True)
        assert "a defect in the snapshot" in entry["problem"]
        assert temporary(disk) == []
        await trade(run, A)
        await pass_until(mock_clock, 4)
        assert [len(each) for each in kept(disk).values()] == [1, 1, 1]


async def test_the_last_ones_are_taken_at_a_stop(mock_clock: MockClock) -> None:
    disk = SimDisk()
    async with durable(disk) as run:
        await trade(run, A)
        await trade(run, B, 2)
        calls = [run.exchange.post(C, BUY) for _ in range(3)]
    assert all(call.is_over for call in calls)
    assert kept(disk) == {A: [9], B: [9], C: [9]}
    async with durable(disk) as again:
        assert again.opened.replayed == 0
        assert again.hashes() == run.hashes()
        assert again.opened.marked


@pytest.mark.parametrize("turns", range(0, 40, 2))
@pytest.mark.parametrize("fsync", [Fsync.ALWAYS, Fsync.NEVER])
async def test_a_stop_in_the_middle_of_one_takes_another(
    mock_clock: MockClock, turns: int, fsync: Fsync
) -> None:
    """Whatever it waits for: its turn to look, the journal, or the disk."""
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S, fsync=fsync) as run:
        await wait_all_tasks_blocked()
        for symbol in SYMBOLS:
            for _ in range(3):
                run.exchange.post(symbol, BUY)
        mock_clock.jump(1)
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
    async with durable(disk) as again:
        assert (again.hashes(), again.opened.replayed) == (run.hashes(), 0)
        assert temporary(disk) == []


async def test_they_are_of_what_a_power_cut_cannot_take_back(mock_clock: MockClock) -> None:
    """Fault table: lost fsync (power cut). A snapshot of what the journal has lost bars the start.

    Whatever the mode: here commands are never synced before they are answered.
    """
    disk = SimDisk()
    async with durable(disk, snapshot_interval_s=INTERVAL_S, fsync=Fsync.NEVER) as run:
        for step in range(1, 9):
            await trade(run, A, 3)
            await pass_until(mock_clock, step / 2)
            for seed in range(step * 10, step * 10 + 10):
                found = open_folder(disk.power_cut(Random(seed)), listed())
                snapshots = found.snapshots.get(A, 0)
                assert found.markets[A].engine.sequence >= snapshots - 3, f"seed {seed}"
        assert len(kept(disk)[A]) == 2


async def test_a_crash_of_the_actor_while_its_snapshot_is_written(mock_clock: MockClock) -> None:
    """The snapshot is of what was committed, and good; the next one is of the rebuilt market."""
    disk, gate = SimDisk(), Gate(is_open=True)
    with poisonous_engines():
        async with durable(disk, blocking=gate.run) as run:
            await trade(run, A, 5)
            position, state = run.exchange.position, run.hashes()[A]
            actor = run.exchange.symbol(A)
            assert run.exchange.snapshots is not None
            async with trio.open_nursery() as nursery:
                gate.is_open = False
                nursery.start_soon(run.exchange.snapshots.take, actor)
                await wait_all_tasks_blocked()
                call = run.exchange.post(A, order(f"sell 2 @ 100 by {POISON}"))
                await wait_all_tasks_blocked()
                gate.open()
                assert type(call._error).__name__ == "Crashed"
            await pass_until(mock_clock, 1)
            reading = snapshot.Reading(disk, A, position)
            assert [None for _ in reading.steps()]
            assert reading.state_hash == state == run.hashes()[A]
            await trade(run, A)
            await run.exchange.snapshots.take(actor)
            assert kept(disk)[A] == [position + 1, position]
    assert on_disk(disk) == run.hashes()


@pytest.mark.parametrize("seen", ["restarting", "halted"])
async def test_a_market_that_cannot_be_seen_holds_up_no_other(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    """Nor the stop of the exchange."""
    disk = SimDisk()
    with poisonous_engines():
        async with durable(disk, snapshot_interval_s=INTERVAL_S) as run:
            await trade(run, A)
            await trade(run, B)
            if seen == "halted":
                monkeypatch.setattr(Recovery, "steps", fail_to_recover)
            run.exchange.post(A, order(f"buy 1 @ 100 by {POISON}"))
            await wait_all_tasks_blocked()
            if seen == "halted":
                await pass_until(mock_clock, 2)
                assert kept(disk)[B] == [5]
            assert run.exchange.status()[0].state == seen
    monkeypatch.undo()
    assert kept(disk) == {A: [], B: [5], C: [5]}
    async with durable(disk) as again:
        assert again.hashes() == on_disk(disk)
        assert list(again.exchange.symbol(A).engine.book.orders) == [1]


def fail_to_recover(self: Recovery) -> None:
    raise ValueError("a defect")
