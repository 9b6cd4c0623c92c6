"""Every single call of the disk fails once: it is full, broken, or read-only all of a sudden.

The exchange stops at once, as its journal writer does: nothing is written or synced after a call
that failed, and above all no sync is asked for again. A snapshot that fails is only reported, and
the exchange goes on. The next start finds all that was acknowledged, whether the system still shows
what a failed sync has lost, or the power was gone in between, or goes right after the start.
"""

import errno
import os
from collections import Counter
from functools import cache
from random import Random

import pytest

from goquant.persistence.codec import Record
from simdisk import KINDS, SimDisk
from small_exchange import (
    SmallExchange,
    Step,
    hashes,
    is_snapshot,
    listing,
    plan,
    possible,
    replayed,
)

SYMBOLS = ("ABC-USD", "XYZ-USD")
RULES = listing(SYMBOLS)
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
SHORT = (0, 1, 45)
SEEDS = range(6)


class Failing:
    """An exchange on a disk of which one call fails. `acknowledged` of `asked` must be found."""

    def __init__(self, disk: SimDisk) -> None:
        self.disk = disk
        self.asked: list[Record] = []
        self.acknowledged = 0
        self.failed = 0

    def run(self, steps: list[Step]) -> None:
        """Begin and take all steps, or stop at a failure. `failed` counts those."""
        try:
            exchange = SmallExchange(self.disk, RULES)
            for step in steps:
                try:
                    self._take(step, exchange)
                finally:
                    self.asked, self.acknowledged = exchange.asked, exchange.acknowledged
        except OSError:
            self.failed += 1

    def _take(self, step: Step, exchange: SmallExchange) -> None:
        try:
            step(exchange)
        except OSError:
            if not is_snapshot(step):
                raise
            self.failed += 1

    def start(self, disk: SimDisk) -> SimDisk:
        """Start on a disk, and compare all that is there with all that has to be there."""
        exchange = SmallExchange(disk, RULES)
        assert exchange.asked in possible(self.asked, self.acknowledged, RULES)
        assert exchange.hashes() == hashes(replayed(exchange.asked))
        self.asked, self.acknowledged = exchange.asked, exchange.acknowledged
        return disk


@cache
def steps_of(seed: int) -> list[Step]:
    return plan(Random(seed), SYMBOLS, 30)


def run_with_failure(seed: int, at: int, number: int, kind: str, short: int) -> Failing:
    failing = Failing(SimDisk())
    failing.disk.fail(at, OSError(number, os.strerror(number)), kind, short=short)
    failing.run(steps_of(seed))
    return failing


def starts_find_all(failing: Failing, random: Random) -> None:
    """Once the power was cut at the failure, and once it is cut after a start that came before."""
    disk, asked, acknowledged = failing.disk, failing.asked, failing.acknowledged
    failing.start(disk.power_cut(random))
    failing.asked, failing.acknowledged = asked, acknowledged
    disk = failing.start(disk.restart())
    failing.start(disk.power_cut(random))


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_fails_and_nothing_acknowledged_is_lost(kind: str) -> None:
    count = Counter[str]()
    for seed in SEEDS:
        at = 1
        while (failing := run_with_failure(seed, at, ERRORS[at % 3], kind, SHORT[at % 2])).failed:
            starts_find_all(failing, Random(f"{seed} {at}"))
            count["failures"] += 1
            count["acknowledged"] += failing.acknowledged
            at += 1
    print(f"{kind}, seeds {SEEDS}: {dict(count)}, lost 0")
    assert count["failures"], "no call of this kind failed"


@pytest.mark.parametrize("number", ERRORS)
@pytest.mark.parametrize("short", SHORT)
def test_every_write_that_is_cut_short_loses_nothing(number: int, short: int) -> None:
    at = 1
    while (failing := run_with_failure(0, at, number, "write", short)).failed:
        starts_find_all(failing, Random(at))
        at += 1
    assert at > 10


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_done_to_a_journal_after_a_call_that_failed(kind: str) -> None:
    steps = [step for step in steps_of(1) if not is_snapshot(step)]
    at = 1
    while True:
        failing = Failing(SimDisk())
        failing.disk.fail(at, OSError(errno.EIO, os.strerror(errno.EIO)), kind)
        failing.run(steps)
        if not failing.failed:
            break
        calls = [each for each, _ in failing.disk.log]
        assert (calls[-1], calls.count(kind)) == (kind, at), "the call that failed is the last one"
        at += 1
    assert at > 1 or kind == "remove", "an exchange that takes no snapshots removes nothing"


def test_a_start_on_a_disk_that_takes_no_change_leaves_all_as_it_was() -> None:
    failing = Failing(SimDisk())
    failing.run(steps_of(2))
    before = failing.disk.files()
    for kind in KINDS:
        disk = SimDisk(before)
        disk.fail(1, OSError(errno.EROFS, os.strerror(errno.EROFS)), kind)
        if kind == "remove":
            SmallExchange(disk, RULES)  # There is nothing to sweep.
        else:
            with pytest.raises(OSError, match=os.strerror(errno.EROFS)):
                SmallExchange(disk, RULES)
        assert {path: disk.files()[path] for path in before} == before


def test_a_start_first_removes_what_was_begun_and_never_finished() -> None:
    """It may be what fills the disk. What a start has to write then is a copy of the journal's end."""
    failing = Failing(SimDisk())
    failing.run(steps_of(2))
    files = failing.disk.files()
    (*_, last) = sorted(path for path in files if path.startswith("journal/"))
    torn = {last: files[last] + b"half a frame"}
    begun = {f"{path}.tmp": b"begun" for path in (last, "FORMAT", "quarantine/x.torn")}
    disk = SimDisk(files | torn | begun)
    SmallExchange(disk, RULES)
    removed = ["FORMAT.tmp", f"{last}.tmp", "quarantine/x.torn.tmp"]
    assert disk.log[: len(begun)] == [("remove", path) for path in removed]
    assert any(path.startswith("quarantine/") for path in disk.files()), "the torn end is kept"
    assert not any(path.endswith(".tmp") for path in disk.files())
