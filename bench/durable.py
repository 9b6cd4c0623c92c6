"""`bench durable`, first half: commands that are acknowledged from the disk, per second.

Real files, in a temporary folder. Beside it, in turn: the same without waiting for the disk, the
same without a journal, and the disk alone, which sets the limit for whoever syncs one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time_ns

import trio

from goquant.actors.calls import Call
from goquant.actors.exchange import Exchange
from goquant.actors.journal_writer import Fsync
from goquant.actors.storage import Storage
from goquant.book.commands import Command
from goquant.persistence.disk import RealDisk, RealFile
from goquant.persistence.opening import open_folder

from .actor import actor_commands
from .collector import watched
from .figures import ranged
from .rivals.ours import INSTRUMENT

Post = Callable[[Command], Call]
Drive = Callable[[Post], Awaitable[None]]

ROUNDS = 5
TARGET_PER_S = 40_000

JOURNALS: dict[str, Fsync | None] = {
    "fsync always": Fsync.ALWAYS,
    "fsync never": Fsync.NEVER,
    "no journal": None,
}

# In flight, and the commands of a round: each takes a fraction of a second.
CELLS = ((1, 1_500), (16, 10_000), (256, 20_000))

INBOX_MAX = 1_000_000

RECORD_BYTES = 200
SYNCS = 300

HOW = f"""\
The commands of the mix through an exchange and back, in one process, from an empty book. "tasks" are
so many clients that each wait for their answer; "pipeline" is one that keeps so many in flight. All
take turns; medians (and ranges) over the rounds by the clock, which the disk needs; in brackets the
processor time of a command in microseconds, all threads, fsync always. The target is {TARGET_PER_S:,} with
256 in flight and fsync always."""

NOT_MEASURED = """\
Not measured: HTTP, several symbols, fsync interval, a disk that others use or that caches no
writes; whether what the disk calls written survives a power cut."""


@dataclass
class Rates:
    """What the rounds of one way to keep commands found."""

    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


def bench_durable(
    folder: Path, rounds: int = ROUNDS, cells: Sequence[tuple[int, int]] = CELLS
) -> Iterator[str]:
    """The table, a row as soon as it is there, and the disk alone."""
    yield f"{'commands/s':24}" + "".join(f"{name:>28}" for name in JOURNALS) + "   never/always"
    commands = actor_commands(max(count for _, count in cells))
    for in_flight, count in cells:
        for client in (tasks, pipeline) if in_flight > 1 else (tasks,):
            drive = partial(client, commands[:count], in_flight)
            yield _row(
                f"{in_flight} in flight, {client.__name__}", take_turns(folder, drive, rounds)
            )
    yield from _disk_rows(folder, rounds)


def storage_in(folder: Path, fsync: Fsync) -> Storage:
    """The storage of an exchange in a folder, recovered from what is there."""
    disk = RealDisk(folder)
    return Storage(disk, open_folder(disk, [INSTRUMENT]), fsync)


@asynccontextmanager
async def running(storage: Storage | None) -> AsyncIterator[Exchange]:
    """An exchange that runs, and refuses nothing while the machine makes a pause."""
    exchange = Exchange([INSTRUMENT], storage=storage, inbox_max=INBOX_MAX)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        yield exchange
        nursery.cancel_scope.cancel()


def take_turns(folder: Path, drive: Drive, rounds: int) -> dict[str, Rates]:
    """The same commands with every way to keep them, alternating."""
    found = {name: Rates() for name in JOURNALS}
    with watched("quiet_gc"):
        for _ in range(rounds):
            for name, fsync in JOURNALS.items():
                with TemporaryDirectory(dir=folder) as data:
                    storage = None if fsync is None else storage_in(Path(data), fsync)
                    trio.run(_measure, storage, drive, found[name])
    return found


async def _measure(storage: Storage | None, drive: Drive, rates: Rates) -> None:
    async with running(storage) as exchange:
        post = partial(exchange.post, INSTRUMENT.symbol)
        start, cpu = perf_counter_ns(), process_time_ns()
        await drive(post)
        spent, used = perf_counter_ns() - start, process_time_ns() - cpu
        count = exchange.symbol(INSTRUMENT.symbol).sequence
    rates.per_second.append(count * 1e9 / spent)
    rates.cpu_us.append(used / count / 1e3)


async def tasks(commands: Sequence[Command], in_flight: int, post: Post) -> None:
    """So many clients; each waits for its answer."""
    waiting = iter(commands)

    async def client() -> None:
        # Between taking a command and posting it there is no await, so that they keep their order.
        for command in waiting:
            await post(command).wait()

    async with trio.open_nursery() as clients:
        for _ in range(in_flight):
            clients.start_soon(client)


async def pipeline(commands: Sequence[Command], in_flight: int, post: Post) -> None:
    """One client that waits for the oldest of so many."""
    sent: deque[Call] = deque()
    for command in commands:
        while sent and sent[0].is_over:
            sent.popleft()
        if len(sent) == in_flight:
            await sent.popleft().wait()
        sent.append(post(command))
    for call in sent:
        await call.wait()


def _row(name: str, found: dict[str, Rates]) -> str:
    always, never = found["fsync always"], found["fsync never"]
    rates = "".join(f"{ranged(each.per_second):>28}" for each in found.values())
    price = median(never.per_second) / median(always.per_second)
    return f"{name:24}{rates}{price:>15.2f}   ({median(always.cpu_us):.0f})"


def _disk_rows(folder: Path, rounds: int) -> Iterator[str]:
    """What the disk gives to whoever syncs record by record."""
    loops: dict[str, list[float]] = {"loop": [], "worker thread": []}
    for _ in range(rounds):
        with TemporaryDirectory(dir=folder) as data:
            file = RealFile(Path(data, "file"))
            loops["loop"].append(_rate(partial(_sync_here, file)))
            loops["worker thread"].append(_rate(partial(trio.run, _sync_in_thread, file)))
            file.close()
    yield f"the disk: {RECORD_BYTES} bytes appended and synced, per second"
    for name, rates in loops.items():
        yield f"  {name:22}{ranged(rates):>28}"


def _rate(work: Callable[[], None]) -> float:
    start = perf_counter_ns()
    work()
    return SYNCS * 1e9 / (perf_counter_ns() - start)


def _append(file: RealFile) -> None:
    file.write(bytes(RECORD_BYTES))
    file.sync()


def _sync_here(file: RealFile) -> None:
    for _ in range(SYNCS):
        _append(file)


async def _sync_in_thread(file: RealFile) -> None:
    for _ in range(SYNCS):
        await trio.to_thread.run_sync(_append, file)
