"""The power goes at every single change of the disk, in work and in recovery, and nothing is lost.

A seed decides what an exchange does: commits, markers, snapshots, new files, restarts under other
rules. It does that again and again, and each time it is stopped one change of the disk later: every
create, write, sync, rename, remove and sync of a folder is a place to stop at. Then most of the
time the power goes, too, with all that a disk may forget; else the process alone was killed. The
next start is stopped as well, and the one after that.

After each of these ends the journal has to hold all that was acknowledged and nothing that was not
asked, in order; the markets have to be those of a replay of exactly that in memory; and the
exchange has to go on.

Row of the fault table: lost fsync (power cut).
"""

from collections import Counter
from functools import cache
from random import Random

import pytest

from goquant.book.commands import ExpireOrders
from goquant.persistence.codec import Record
from simdisk import PowerCut, SimDisk
from small_exchange import SmallExchange, Step, hashes, listing, plan, possible, replayed

SYMBOLS = ("ABC-USD", "XYZ-USD")
RULES = (listing(SYMBOLS), listing(SYMBOLS, maker_fee_rate=7))
CUTS_MIN = 10_000
SEEDS_OF_WORK = range(26)
SEEDS_OF_RECOVERY = range(1000, 1032)
COMMANDS = 16
NEVER = 1_000_000_000


class Case:
    """One life of a disk. What must be found on it is `asked`, at least the acknowledged part."""

    def __init__(self, seed: str, count: Counter[str]) -> None:
        self.random = Random(seed)
        self.count = count
        self.disk = SimDisk()
        self.rules = RULES[0]
        self.asked: list[Record] = []
        self.acknowledged = 0

    def work(self, steps: list[Step], crash_at: int) -> bool:
        """Begin, and go on until the crash. Whether it came to that."""
        self.crash(crash_at)
        try:
            self._work(steps)
        except PowerCut:
            self.cut()
            return True
        return False

    def _work(self, steps: list[Step]) -> None:
        half = len(steps) // 2
        for rules, part in zip(RULES, (steps[:half], steps[half:]), strict=True):
            self.rules = rules
            exchange = self.open()
            for step in part:
                try:
                    step(exchange)
                finally:
                    self.asked, self.acknowledged = exchange.asked, exchange.acknowledged

    def recover(self, crash_at: int) -> bool:
        """Start again. Whether it was stopped."""
        self.crash(crash_at)
        try:
            self.open()
        except PowerCut:
            self.cut()
            return True
        self.disk.restart()
        return False

    def open(self) -> SmallExchange:
        """Start, and compare all that is there with all that has to be there."""
        exchange = SmallExchange(self.disk, self.rules, segment_bytes_max=500)
        assert exchange.asked in list(possible(self.asked, self.acknowledged, self.rules))
        assert exchange.hashes() == hashes(replayed(exchange.asked))
        assert exchange.journal.position == len(exchange.asked)
        self.asked, self.acknowledged = exchange.asked, exchange.acknowledged
        return exchange

    def go_on(self) -> None:
        """The exchange takes commands, and finds them after another cut."""
        self.disk.crash(NEVER)
        exchange = self.open()
        exchange.commit(*((symbol, 100, ExpireOrders()) for symbol in SYMBOLS))
        self.asked, self.acknowledged = exchange.asked, exchange.acknowledged
        self.cut()
        assert len(self.open().asked) == self.acknowledged

    def crash(self, at: int) -> None:
        self.disk.crash(at, part=self.random.choice((0.0, 0.3, 0.9, 1.0)))

    def cut(self) -> None:
        """The end of a process, and mostly of what its disk had not synced."""
        self.count["acknowledged"] += self.acknowledged
        if self.random.random() < 0.25:
            self.count["kills"] += 1
            self.disk.restart()
        else:
            self.count["cuts"] += 1
            self.disk = self.disk.power_cut(self.random)


@cache
def steps_of(seed: int) -> list[Step]:
    return plan(Random(seed), SYMBOLS, COMMANDS)


def cuts_in_work(seed: int, count: Counter[str]) -> None:
    """One at every change, then one somewhere in the recovery, and one in that of the recovery."""
    at = 1
    while True:
        case = Case(f"{seed} {at}", count)
        if not case.work(steps_of(seed), at):
            return
        case.recover(case.random.randrange(1, 16))
        case.recover(case.random.randrange(1, 16))
        case.go_on()
        at += 1


def cuts_in_recovery(seed: int, count: Counter[str]) -> None:
    """One at every change of a recovery, and in the one after at every change again."""
    end = Random(seed).randrange(20, 80)
    first = second = 1
    while True:
        case = Case(f"{seed}", count)
        case.work(steps_of(seed), end)
        if not case.recover(first):
            return
        second = second + 1 if case.recover(second) else 0
        case.open()
        first, second = (first, second) if second else (first + 1, 1)


def test_ten_thousand_power_cuts_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    count = Counter[str]()
    for seed in SEEDS_OF_WORK:
        cuts_in_work(seed, count)
    for seed in SEEDS_OF_RECOVERY:
        cuts_in_recovery(seed, count)
    with capsys.disabled():
        print(
            f"\npower cuts, seeds {SEEDS_OF_WORK} and {SEEDS_OF_RECOVERY}: {dict(count)}, lost: 0"
        )
    assert count["cuts"] >= CUTS_MIN
