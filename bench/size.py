"""`bench size`: what a resting order costs, and whether size makes commands slower."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter
from typing import TypeVar

from goquant.book.engine import Engine

from . import machine
from .filled_book import BATCH, FilledBook
from .rivals.ours import INSTRUMENT

T = TypeVar("T")

LEVELS_DEFAULT = 200
ROUNDS = 30
MIB = 1 << 20

HOW = f"""\
Orders of one lot, dealt at random to the price levels, half of them bids. The books take turns for
{ROUNDS} rounds, {BATCH} operations of a kind each; figures are medians over the rounds, of processor time.
  add and cancel   an order at a random level, and its cancel right after it
  cancel any       the cancel of a random order of any age
  cross            a market order that takes the first order of the best level, and now and then
                   the level with it; what it took is put back unmeasured"""

NOT_MEASURED = """\
Not measured: the records that the actor keeps of every order, client order ids, accounts. A
level that has mostly canceled orders is swept now and then: on large levels that falls into few
rounds, which a median does not show."""


@dataclass
class Footprint:
    """What so many resting orders need."""

    orders: int
    bytes_each: float
    build_s: float
    dump_s: float
    hash_s: float
    load_s: float

    def describe(self) -> str:
        seconds = (
            ("place them, commands made on the way", self.build_s),
            ("Engine.dump", self.dump_s),
            ("Engine.load of that dump", self.load_s),
            ("Engine.state_hash, a dump included", self.hash_s),
        )
        total = self.orders * self.bytes_each / MIB
        lines = [
            f"{self.orders:,} resting orders on {LEVELS_DEFAULT} levels",
            f"  memory: {self.bytes_each:,.0f} bytes for each with its NewOrder, {total:,.0f} MiB",
            *(f"  {name}: {spent:.2f} s" for name, spent in seconds),
        ]
        return "\n".join(lines)


def bench_size(orders_max: int) -> Iterator[str]:
    """The sections of the report. Run it in a fresh process: memory is that of the process."""
    yield machine.describe()
    yield footprint(orders_max).describe()
    yield HOW
    sizes = [1_000]
    while sizes[-1] * 10 <= orders_max:
        sizes.append(sizes[-1] * 10)
    yield flatness("resting orders", [(size, LEVELS_DEFAULT) for size in sizes])
    levels = [levels for levels in (10, 100, 1_000, 10_000, 100_000) if levels * 2 <= orders_max]
    yield flatness("price levels", [(orders_max // 5, each) for each in levels])
    yield NOT_MEASURED


def footprint(orders: int) -> Footprint:
    gc.collect()
    before = machine.resident_bytes()
    build_s, book = _timed(lambda: FilledBook(orders, LEVELS_DEFAULT))
    bytes_each = (machine.resident_bytes() - before) / orders
    dump_s, dumped = _timed(book.engine.dump)
    load_s, loaded = _timed(lambda: Engine.load(INSTRUMENT, dumped))
    hash_s, fingerprint = _timed(book.engine.state_hash)
    assert loaded.state_hash() == fingerprint, "a loaded engine is the dumped one"
    return Footprint(orders, bytes_each, build_s, dump_s, hash_s, load_s)


def flatness(varied: str, shapes: Sequence[tuple[int, int]]) -> str:
    """A table with a row for each book, and how far each column is from flat."""
    rows = costs([FilledBook(orders, levels) for orders, levels in shapes])
    names = list(rows[0])
    lines = [f"{'orders':>10}{'levels':>10}" + "".join(f"{name:>18}" for name in names)]
    for (orders, levels), row in zip(shapes, rows, strict=True):
        lines.append(
            f"{orders:>10,}{levels:>10,}" + "".join(f"{row[name]:>15,.0f} ns" for name in names)
        )
    worst = (max(row[name] for row in rows) / min(row[name] for row in rows) for name in names)
    lines.append(f"{'dearest / cheapest':>20}" + "".join(f"{each:>18.2f}" for each in worst))
    return f"cost by number of {varied}\n" + "\n".join(lines)


def costs(books: Sequence[FilledBook], rounds: int = ROUNDS) -> list[dict[str, float]]:
    """Nanoseconds of each kind of operation for each book, medians over rounds in turn."""
    kinds: dict[str, Callable[[FilledBook], float]] = {
        "add and cancel": FilledBook.add_and_cancel,
        "cancel any": FilledBook.cancel_any,
        "cross": FilledBook.cross,
    }
    spent: list[dict[str, list[float]]] = [{kind: [] for kind in kinds} for _ in books]
    gc.collect()
    gc.freeze()
    order, random = list(range(len(books))), Random(0)
    for _ in range(rounds):
        random.shuffle(order)
        for place in order:
            for kind, run in kinds.items():
                spent[place][kind].append(run(books[place]))
    gc.unfreeze()
    return [{kind: median(samples) for kind, samples in each.items()} for each in spent]


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    result = call()
    return perf_counter() - start, result
