"""The commands of `bench book`: the same list for every engine, from one seed.

A quarter of the commands cancel a random live order, one in twenty is a market order, the
rest are limit orders within 50 ticks of a slowly moving mid, about one in ten of them
priced to cross. A command is a plain tuple that favours no engine's own types:

    (kind, order_number, side, price_ticks, quantity_lots, target_order_number)

Orders are numbered 1, 2, 3, … in the order in which they are placed; fields that a kind
does not use are 0.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from random import Random

from .model import BUY, SELL, ModelBook, Tally

LIMIT = 0
MARKET = 1
CANCEL = 2

COMMANDS_DEFAULT = 1_000_000
SEED_DEFAULT = 42

CANCEL_SHARE = 0.25
MARKET_SHARE = 0.05
AIMED_SHARE = 0.10
"""Of the limit orders: priced at the best opposite price or up to `THROUGH_TICKS` beyond."""
THROUGH_TICKS = 4
DEPTH_TICKS = 50
QUANTITY_MAX = 100
MID_START = 100_000
MID_STEP_EVERY = 2_000
SAMPLES = 10

Command = tuple[int, int, int, int, int, int]


@dataclass
class Mix:
    """What the generator really produced, counted while it produced it."""

    kinds: list[int] = field(default_factory=lambda: [0, 0, 0])
    crossing_limits: int = 0
    resting: list[int] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    mid_low: int = MID_START
    mid_high: int = MID_START


@dataclass
class Workload:
    commands: list[Command]
    seed: int
    mix: Mix
    tally: Tally

    def digest(self) -> str:
        """A short fingerprint, to show that two interpreters ran the same commands."""
        flat = array("q", (number for command in self.commands for number in command))
        return hashlib.sha256(flat.tobytes()).hexdigest()[:16]

    def describe(self) -> str:
        count, mix, tally = len(self.commands), self.mix, self.tally
        limits, markets, cancels = mix.kinds
        lines = (
            f"{count:,} commands, seed {self.seed}, fingerprint {self.digest()}",
            f"  cancels, all of live orders: {cancels / count:.1%}",
            f"  market orders: {markets / count:.1%}",
            f"  limit orders: {limits / count:.1%}",
            f"  limit orders that trade at once: {mix.crossing_limits / max(1, limits):.1%} of them",
            f"  trades: {tally.trades:,}, {tally.trades / count:.3f} per command",
            f"  lots traded: {tally.volume:,}",
            f"  mid: {mix.mid_low:,} to {mix.mid_high:,} ticks",
            f"  resting orders over time: {_joined(mix.resting)}",
            f"  price levels over time: {_joined(mix.levels)}",
        )
        return "\n".join(lines)


def _joined(numbers: list[int]) -> str:
    return " ".join(f"{number:,}" for number in numbers)


def generate(count: int = COMMANDS_DEFAULT, seed: int = SEED_DEFAULT) -> Workload:
    """The same count and seed give the same workload on every machine and interpreter."""
    random, book, mix = Random(seed), ModelBook(), Mix()
    commands: list[Command] = []
    mid, placed = MID_START, 0
    sample_every = max(1, count // SAMPLES)
    for position in range(1, count + 1):
        if position % MID_STEP_EVERY == 0:
            mid += random.choice((-1, 1))
            mix.mid_low, mix.mid_high = min(mix.mid_low, mid), max(mix.mid_high, mid)
        command = _draw(random, book, mid, placed + 1)
        _apply(command, book, mix)
        placed += command[0] != CANCEL
        commands.append(command)
        if position % sample_every == 0:
            mix.resting.append(len(book.live))
            mix.levels.append(book.levels())
    return Workload(commands, seed, mix, book.tally)


def _draw(random: Random, book: ModelBook, mid: int, number: int) -> Command:
    roll = random.random()
    if roll < CANCEL_SHARE and len(book.live):
        return (CANCEL, 0, 0, 0, 0, book.live.pick(random))
    side = BUY if random.random() < 0.5 else SELL
    quantity = random.randint(1, QUANTITY_MAX)
    if CANCEL_SHARE <= roll < CANCEL_SHARE + MARKET_SHARE:
        return (MARKET, number, side, 0, quantity, 0)
    return (LIMIT, number, side, _limit_price(random, book, mid, side), quantity, 0)


def _limit_price(random: Random, book: ModelBook, mid: int, side: int) -> int:
    if random.random() < AIMED_SHARE:
        opposite = book.best(-side)
        if opposite is not None:
            aimed = opposite + side * random.randint(0, THROUGH_TICKS)
            return max(mid - DEPTH_TICKS, min(mid + DEPTH_TICKS, aimed))
    return mid - side * random.randint(1, DEPTH_TICKS)


def _apply(command: Command, book: ModelBook, mix: Mix) -> None:
    kind, number, side, price, quantity, target = command
    mix.kinds[kind] += 1
    if kind == CANCEL:
        book.cancel(target)
    elif kind == MARKET:
        book.place(number, side, None, quantity)
    else:
        mix.crossing_limits += book.place(number, side, price, quantity)
