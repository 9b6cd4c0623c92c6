"""`bench snapshot`: what a snapshot costs, and how long it holds the matching loop up.

A task that never sleeps sends commands and looks at the clock each time it gets its turn: the
longest time between two turns is what anybody may have had to wait for the loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns, thread_time_ns

import trio

from goquant.actors.exchange import Exchange
from goquant.actors.journal_writer import Fsync
from goquant.actors.snapshots import Snapshots
from goquant.actors.storage import Storage
from goquant.book.commands import CancelOrder, Command
from goquant.book.market import Market
from goquant.persistence import snapshot
from goquant.persistence.disk import RealDisk
from goquant.persistence.opening import open_folder

from .collector import watched
from .durable import INBOX_MAX
from .rested import MIX, passive, rested
from .rivals.ours import INSTRUMENT
from .workload import SEED_DEFAULT

SIZES = (10_000, 100_000, 300_000)
ROUNDS = 5
RATE = 2_000
LEVELS = 1_000
BEGINNINGS = 5
TARGET_MS = 5
NEVER_S = 1e9
IO_WAIT = "the poll"

HOW = f"""\
Resting orders ({MIX}) under {RATE:,} commands a second, passive orders and
cancels, fsync always. "stall" is the longest time for which a task that always wants to go on did
not get its turn, in milliseconds, the median (and worst) of {ROUNDS} rounds; "without" is as long a time
with no snapshot. Then how long the moment takes to hold on to by itself, and the longest step of
each task, by the clock and in brackets by the processor time of the loop's thread, which leaves out
what a neighbour took; a long poll is a thread that holds the interpreter, or the machine. The
target is a stall under {TARGET_MS} at every size."""

NOT_MEASURED = """\
Not measured: several symbols, whose snapshots follow each other; the processor's share that a
snapshot takes from the commands."""


@dataclass(eq=False)
class Longest(trio.abc.Instrument):
    """The longest step of each task, and the longest poll, in nanoseconds."""

    steps: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    processor: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The same by the processor time of the thread: not always of the same step."""
    _start: int = 0
    _processor_start: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._begin()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self._note(task.name)

    def before_io_wait(self, timeout: float) -> None:
        self._begin()

    def after_io_wait(self, timeout: float) -> None:
        if not timeout:
            self._note(IO_WAIT)

    def _begin(self) -> None:
        self._start, self._processor_start = perf_counter_ns(), thread_time_ns()

    def _note(self, name: str) -> None:
        if self._start:  # else it had begun before anybody looked
            spent, used = perf_counter_ns() - self._start, thread_time_ns() - self._processor_start
            self.steps[name] = max(self.steps[name], spent)
            self.processor[name] = max(self.processor[name], used)


@dataclass
class Flow:
    """Sends commands at a steady rate, and notes how long it had to wait for a turn."""

    exchange: Exchange
    resting: Sequence[int]
    stall_ns: int = 0
    _random: Random = field(default_factory=lambda: Random(SEED_DEFAULT))
    _sent: int = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        start = before = perf_counter_ns()
        sent_before = self._sent
        while True:
            await trio.lowlevel.checkpoint()
            now = perf_counter_ns()
            self.stall_ns, before = max(self.stall_ns, now - before), now
            while (now - start) * RATE >= (self._sent - sent_before) * 1e9:
                self.exchange.post(INSTRUMENT.symbol, self._next())

    def _next(self) -> Command:
        self._sent += 1
        if self._sent % 2:
            return passive(self._random, LEVELS)
        return CancelOrder(self._random.choice(self.resting))


@dataclass
class Rounds:
    """What the rounds with one size of book found."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    begin_ns: list[int] = field(default_factory=list)
    with_ns: list[int] = field(default_factory=list)
    without_ns: list[int] = field(default_factory=list)
    longest: list[Longest] = field(default_factory=list)


def bench_snapshots(
    folder: Path, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS
) -> Iterator[str]:
    """The table, two lines for a size as soon as it is done."""
    yield (
        f"{'orders':>9}{'bytes':>13}{'each':>6}{'seconds':>9}{'stall, ms':>17}"
        f"{'without':>17}{'moment alone':>17}"
    )
    for orders in sizes:
        with TemporaryDirectory(dir=folder) as data:
            storage = _storage(Path(data), rested(orders))
            with watched("quiet_gc"):
                found = trio.run(_measure, storage, rounds)
        yield (
            f"{orders:>9,}{found.size:>13,}{found.size / orders:>6.0f}{median(found.seconds):>9.2f}"
            + "".join(
                f"{_milliseconds(each):>17}"
                for each in (found.with_ns, found.without_ns, found.begin_ns)
            )
        )
        yield f"{'':9} longest steps: {_longest(found.longest)}"


def _storage(folder: Path, market: Market) -> Storage:
    """The storage of an exchange that goes on with a market, and takes no snapshot by itself."""
    disk = RealDisk(folder)
    opened = open_folder(disk, [INSTRUMENT])
    opened.markets[INSTRUMENT.symbol] = market
    return Storage(disk, opened, Fsync.ALWAYS, snapshot_interval_s=NEVER_S)


async def _measure(storage: Storage, rounds: int) -> Rounds:
    exchange = Exchange([INSTRUMENT], storage=storage, inbox_max=INBOX_MAX)
    market = storage.opened.markets[INSTRUMENT.symbol]
    flow = Flow(exchange, list(market.engine.book.orders))
    found = Rounds()
    assert exchange.snapshots is not None, "a storage has snapshots"
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        for _ in range(BEGINNINGS):
            found.begin_ns.append(_begin(exchange.snapshots, market))
        for _ in range(rounds):
            await _round(exchange.snapshots, flow, found)
        found.size = storage.disk.size(_newest(storage))
        nursery.cancel_scope.cancel()
    return found


async def _round(snapshots: Snapshots, flow: Flow, found: Rounds) -> None:
    start, longest = perf_counter_ns(), Longest()
    actor = flow.exchange.symbol(INSTRUMENT.symbol)
    found.with_ns.append(await _stall(flow, longest, partial(snapshots.take, actor)))
    seconds = (perf_counter_ns() - start) / 1e9
    found.seconds.append(seconds)
    found.longest.append(longest)
    found.without_ns.append(await _stall(flow, Longest(), partial(trio.sleep, seconds)))


async def _stall(flow: Flow, steps: Longest, work: Callable[[], Awaitable[None]]) -> int:
    """The longest stall while something is done, which gets a task of its own."""
    flow.stall_ns = 0
    trio.lowlevel.add_instrument(steps)
    async with trio.open_nursery() as flowing:
        flowing.start_soon(flow.run, name="the flow")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, name="the snapshot")
        flowing.cancel_scope.cancel()
    trio.lowlevel.remove_instrument(steps)
    return flow.stall_ns


def _begin(snapshots: Snapshots, market: Market) -> int:
    start = perf_counter_ns()
    snapshots._begin(market)
    return perf_counter_ns() - start


def _newest(storage: Storage) -> str:
    symbol = INSTRUMENT.symbol
    return snapshot.path_of(symbol, snapshot.positions(storage.disk, symbol)[0])


def _milliseconds(spent_ns: Sequence[int]) -> str:
    return f"{median(spent_ns) / 1e6:.2f} ({max(spent_ns) / 1e6:.2f})"


def _longest(rounds: Sequence[Longest]) -> str:
    """The median over the rounds of each name's longest step, longest first."""
    typical = {
        name: (
            median(each.steps[name] for each in rounds),
            median(each.processor[name] for each in rounds),
        )
        for name in set[str]().union(*(each.steps for each in rounds))
    }
    ordered = sorted(typical.items(), key=itemgetter(1), reverse=True)
    return ", ".join(
        f"{name} {spent / 1e6:.2f} ({used / 1e6:.2f})" for name, (spent, used) in ordered[:4]
    )
