"""What was acknowledged is there after any end: a kill, a power cut, a disk that fails."""

from collections import Counter
from errno import EIO, ENOSPC
from random import Random

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import order
from goquant.actors.calls import Halted, NotRunning, OutcomeUnknown
from goquant.book.commands import NewOrder
from goquant.book.market import Market
from running import Gate
from simdisk import SimDisk
from storing import SYMBOLS, Durable, durable, on_disk

A = SYMBOLS[0]
SEEDS = range(30)


class Client:
    """It sends one order after the other, and remembers which were acknowledged."""

    def __init__(self, run: Durable, name: str) -> None:
        self.run = run
        self.name = name
        self.acknowledged: list[tuple[str, NewOrder]] = []
        self.outcomes = Counter[str]()

    async def go(self, random: Random) -> None:
        for number in range(1_000):
            symbol = random.choice(SYMBOLS)
            terms = order(f"buy 1 @ {random.randrange(90, 99)} by {self.name} id {number}")
            try:
                await self.run.exchange.execute(symbol, terms)
            except (NotRunning, Halted, OutcomeUnknown) as problem:
                self.outcomes[type(problem).__name__] += 1
                return
            self.acknowledged.append((symbol, terms))


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_was_acknowledged_survives_a_kill_and_a_power_cut(
    mock_clock: MockClock, seed: int
) -> None:
    """Fault table: kill -9 random, lost fsync (power cut). The run is dropped wherever it is."""
    random = Random(seed)
    disk, gate = SimDisk(), Gate(is_open=True)
    async with durable(disk, blocking=gate.run) as run, trio.open_nursery() as nursery:
        clients = [Client(run, f"c{number}") for number in range(6)]
        for client in clients:
            nursery.start_soon(client.go, random)
        for _ in range(random.randrange(200)):
            await trio.lowlevel.checkpoint()
        found = disk.power_cut(random)
        acknowledged = [each for client in clients for each in client.acknowledged]
        async with durable(found) as again:
            states = again.markets()
            assert again.hashes() == on_disk(found), f"seed {seed}"
        for symbol, terms in acknowledged:
            assert has(states[symbol], terms), f"seed {seed}"
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize(
    ("kind", "error"),
    [("sync", OSError(EIO, "Input/output error")), ("write", OSError(ENOSPC, "No space left"))],
)
async def test_a_disk_that_fails_acknowledges_nothing_more(
    mock_clock: MockClock, at: int, kind: str, error: OSError
) -> None:
    """Fault table: fsync EIO, ENOSPC / short write. What was acknowledged is there at the start."""
    disk = SimDisk()
    with capture_logs():
        async with durable(disk, may_fail=True) as run, trio.open_nursery() as nursery:
            disk.fail(at, error, kind, short=7)
            clients = [Client(run, f"c{number}") for number in range(6)]
            for client in clients:
                nursery.start_soon(client.go, Random(at))
            await wait_all_tasks_blocked()
            status = run.exchange.journal_status()
            assert status is not None
            assert status.problem == run.failures[0]
            assert f"cannot be written: {error.strerror}" in run.failures[0]
            with pytest.raises(Halted, match=f"cannot be written: {error.strerror}"):
                run.exchange.post(A, order("buy 1 @ 100"))
            disk.log.clear()
    outcomes = sum((client.outcomes for client in clients), Counter[str]())
    assert outcomes.total() == len(clients)
    assert outcomes["OutcomeUnknown"] > 0
    assert disk.log == [], "it leaves the disk alone"
    async with durable(disk.restart()) as again:
        for client in clients:
            for symbol, terms in client.acknowledged:
                assert has(again.exchange.symbol(symbol).market, terms)
        assert again.hashes() == on_disk(disk)


def has(market: Market, terms: NewOrder) -> bool:
    """Whether an order was taken, and is known under its client order id."""
    return market.engine.client_ids.find(terms) is not None
