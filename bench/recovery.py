"""`bench recovery`: from a folder as a crash leaves it to an exchange that takes commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns

import trio

from goquant.actors.journal_writer import Fsync
from goquant.actors.storage import Storage
from goquant.book.commands import CancelOrder, Command, Sequenced
from goquant.book.market import Market
from goquant.persistence import journal, snapshot
from goquant.persistence.codec import encode_commands
from goquant.persistence.disk import RealDisk, write_whole
from goquant.persistence.journal import Journal
from goquant.persistence.opening import open_folder
from goquant.persistence.reading import JournalReader

from .actor import actor_commands
from .collector import watched
from .durable import TARGET_PER_S, running
from .rested import MIX, rested
from .rivals.ours import INSTRUMENT

RESTING = 100_000
AFTER_S = 5
COMMANDS_AFTER = AFTER_S * TARGET_PER_S
COMMANDS_ALL = 1_000_000
ROUNDS = 3
GROUP = 256
TARGET_S = 2
SYMBOL = INSTRUMENT.symbol

HOW = f"""\
A: a snapshot of {RESTING:,} resting orders ({MIX}), and after it
{COMMANDS_AFTER:,} commands of the mix: {AFTER_S} s at {TARGET_PER_S:,}/s. The median (and range) of {ROUNDS} rounds, each on a
copy. B: no snapshot, {COMMANDS_ALL:,} commands, once. Frames hold {GROUP} commands. Seconds by the clock from
the call of `open_folder` to the answer to the first command with fsync always. The parts are
measured by themselves; "applying" is what remains. The target for A is {TARGET_S}."""

NOT_MEASURED = """\
Not measured: the start of the interpreter and its imports; a cold disk (the files are in the page
cache); several symbols, which share one journal."""


@dataclass
class Recovered:
    """Seconds to the first answer, and of the parts."""

    whole: float
    reading: float
    snapshot: float
    rewriting: float
    records: int
    journal_bytes: int

    @property
    def applying(self) -> float:
        return self.whole - self.reading - self.snapshot - self.rewriting


def bench_recovery(
    folder: Path,
    resting: int = RESTING,
    after: int = COMMANDS_AFTER,
    everything: int = COMMANDS_ALL,
    rounds: int = ROUNDS,
) -> Iterator[str]:
    """The table, a row as soon as it is there."""
    parts = ("reading", "snapshot", "applying", "rewriting")
    yield (
        f"{'':3}{'seconds':>22}" + "".join(f"{part:>11}" for part in parts)
        + f"{'records/s':>12}{'bytes each':>12}"
    )  # fmt: skip
    for name, resting_orders, commands, turns in (
        ("A", resting, after, rounds),
        ("B", 0, everything, 1),
    ):
        with TemporaryDirectory(dir=folder) as crashed:
            crash(Path(crashed), resting_orders, actor_commands(commands))
            found = [_recover_copy(Path(crashed), folder) for _ in range(turns)]
        yield f"{name:3}{_row(found)}"


def crash(folder: Path, resting: int, commands: Sequence[Command]) -> None:
    """What an exchange leaves that had a snapshot of its resting orders, if any, and then died."""
    disk = RealDisk(folder)
    opened = open_folder(disk, [INSTRUMENT])
    before: list[Sequenced] = []
    market = rested(resting, before.append)
    _append(opened.journal, before)
    if resting:
        _write_snapshot(disk, market, opened.journal.position)
    _append(opened.journal, _renumbered(commands, market.engine.sequence))
    opened.journal.sync()
    opened.journal.close()


def _renumbered(commands: Sequence[Command], by: int) -> list[Sequenced]:
    """The same commands, when others came before them: ids of orders are sequences."""
    return [
        Sequenced(
            sequence,
            sequence * 1_000,
            CancelOrder(each.order_id + by) if isinstance(each, CancelOrder) else each,
        )
        for sequence, each in enumerate(commands, by + 1)
    ]


def _append(to: Journal, commands: Sequence[Sequenced]) -> None:
    for at in range(0, len(commands), GROUP):
        group = commands[at : at + GROUP]
        to.append(encode_commands(SYMBOL, group), len(group), sync=False)


def _write_snapshot(disk: RealDisk, market: Market, position: int) -> None:
    disk.make_folder(snapshot.folder_of(SYMBOL))
    data = b"".join(snapshot.encode(market, position))
    write_whole(disk, snapshot.path_of(SYMBOL, position), data)


def _recover_copy(crashed: Path, folder: Path) -> Recovered:
    with TemporaryDirectory(dir=folder) as copy:
        shutil.copytree(crashed, copy, dirs_exist_ok=True)
        disk = RealDisk(Path(copy))
        with watched("quiet_gc"):
            start = perf_counter_ns()
            opened = open_folder(disk, [INSTRUMENT])
            recovered = perf_counter_ns() - start
            until_first = trio.run(_first_command, Storage(disk, opened, Fsync.ALWAYS))
        replayed = opened.replayed
    return _parts(RealDisk(crashed), (recovered + until_first) / 1e9, replayed)


async def _first_command(storage: Storage) -> int:
    """Nanoseconds until the answer to it."""
    start = perf_counter_ns()
    async with running(storage) as exchange:
        await exchange.execute(SYMBOL, CancelOrder(1))
        return perf_counter_ns() - start


def _parts(disk: RealDisk, whole: float, replayed: int) -> Recovered:
    """What the parts of a recovery take by themselves."""
    positions = snapshot.positions(disk, SYMBOL)
    start = perf_counter_ns()
    for position in positions[:1]:
        for _ in snapshot.Reading(disk, SYMBOL, position).steps():
            pass
    loaded = perf_counter_ns()
    reader = JournalReader(disk, max(positions, default=0))
    for _ in reader.batches():
        pass
    read = perf_counter_ns()
    # The same content again.
    Journal(disk, reader.end()).close()
    rewritten = perf_counter_ns()
    size = sum(disk.size(f"{journal.FOLDER}/{name}") for name in disk.names(journal.FOLDER))
    return Recovered(
        whole=whole,
        reading=(read - loaded) / 1e9,
        snapshot=(loaded - start) / 1e9,
        rewriting=(rewritten - read) / 1e9,
        records=replayed,
        journal_bytes=size // reader.position,
    )


def _row(found: Sequence[Recovered]) -> str:
    whole = [each.whole for each in found]
    parts = [
        median(part)
        for part in zip(
            *((each.reading, each.snapshot, each.applying, each.rewriting) for each in found),
            strict=True,
        )
    ]
    rate = found[0].records / median(whole)
    told = f"{median(whole):.2f} ({min(whole):.2f} to {max(whole):.2f})"
    return (
        f"{told:>22}" + "".join(f"{part:>11.2f}" for part in parts)
        + f"{rate:>12,.0f}{found[0].journal_bytes:>12}"
    )  # fmt: skip
