"""A stop at any moment, from before the start to the middle of a snapshot, a restart or a stop.

Row of the fault table: nursery cancel / shutdown. Cancelled at each of its checkpoints, an exchange
ends, every command is decided, and the disk has what was answered and what is in memory.
"""

from collections.abc import Iterator
from errno import EIO

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import order
from goquant.actors.calls import Call, Crashed, OutcomeUnknown, Refused
from goquant.actors.journal_writer import Fsync
from simdisk import SimDisk
from small_exchange import records
from storing import POISON, SYMBOLS, Durable, listed, on_disk, poisonous_engines

# After more turns than this the clients are done and the exchange is idle.
TURNS = 120
TURN_S = 0.01
SNAPSHOT_INTERVAL_S = 0.1


class Run:
    """An exchange from its start to its end, with clients, one of which is poisonous."""

    def __init__(self, disk: SimDisk, fsync: Fsync = Fsync.ALWAYS) -> None:
        self.disk = disk
        self.is_over = False
        self.durable = Durable(disk, listed(), fsync=fsync, snapshot_interval_s=SNAPSHOT_INTERVAL_S)
        self.sent: list[tuple[str, Call]] = []

    async def until(self, clock: MockClock, turns: int) -> None:
        """Cancel it after so many turns of the scheduler, each a while long; it has to end then."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run)
            for number, symbol in enumerate(SYMBOLS):
                nursery.start_soon(self._client, symbol, number)
            for _ in range(turns):
                clock.jump(TURN_S)
                await trio.lowlevel.checkpoint()
            self.durable.stop.cancel()
            await wait_all_tasks_blocked()
            is_over = self.is_over
            if not is_over:
                self._let_go()
            nursery.cancel_scope.cancel()
        assert is_over, "it hangs"

    async def _run(self) -> None:
        await self.durable.run()
        self.is_over = True

    def _let_go(self) -> None:
        """The writer does not end by a cancellation, and would be waited for."""
        assert self.durable.exchange._writer is not None
        self.durable.exchange._writer.stop()

    async def _client(self, symbol: str, number: int) -> None:
        for lots in range(1, 30):
            who = POISON if (number, lots) == (1, 5) else f"c{number}"
            try:
                call = self.durable.exchange.post(symbol, order(f"buy {lots} @ 100 by {who}"))
                self.sent.append((symbol, call))
                if lots % 2:
                    await call.wait()
            except (Refused, Crashed, OutcomeUnknown):
                pass
            await trio.lowlevel.checkpoint()

    def answered(self) -> dict[str, list[int]]:
        """The sequences of the commands that were answered. No other is in the dark."""
        found: dict[str, list[int]] = {symbol: [] for symbol in SYMBOLS}
        for symbol, call in self.sent:
            assert call.is_over, f"{call.command} hangs"
            if call._answer is not None:
                found[symbol].append(call._answer.sequenced.sequence)
        return found


@pytest.fixture(autouse=True)
def _poisonous() -> Iterator[None]:
    with poisonous_engines():
        yield


@pytest.mark.parametrize("fsync", [Fsync.ALWAYS, Fsync.NEVER])
@pytest.mark.parametrize("turns", range(TURNS))
async def test_wherever_it_is_cancelled_it_ends_and_all_is_decided(
    mock_clock: MockClock, turns: int, fsync: Fsync
) -> None:
    run = Run(SimDisk(), fsync)
    await run.until(mock_clock, turns)
    assert run.durable.failures == []
    for symbol, sequences in run.answered().items():
        actor = run.durable.exchange.symbol(symbol)
        assert sequences == list(range(1, actor.sequence + 1))
    assert len(records(run.disk)) == len(SYMBOLS) + sum(map(len, run.answered().values()))
    again = Run(run.disk.restart())
    assert again.durable.opened.marked
    assert again.durable.hashes() == on_disk(run.disk)


@pytest.mark.parametrize("turns", range(0, TURNS, 3))
@pytest.mark.parametrize("at", [1, 2, 3])
async def test_a_disk_that_fails_in_a_stop_is_told_and_leaves_nobody_waiting(
    mock_clock: MockClock, turns: int, at: int
) -> None:
    """Fault table: fsync EIO. What was answered is there at the next start."""
    run = Run(SimDisk())
    run.disk.fail(turns // 10 + at, OSError(EIO, "Input/output error"), "sync")
    with capture_logs():
        await run.until(mock_clock, turns)
    answered = run.answered()
    again = Run(run.disk.restart())
    assert again.durable.hashes() == on_disk(run.disk)
    for symbol, sequences in answered.items():
        assert len(sequences) <= again.durable.exchange.symbol(symbol).sequence
