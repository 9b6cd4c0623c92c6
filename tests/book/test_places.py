"""Places beside a plain list of what is open."""

from itertools import chain
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import order
from goquant.book.entry import Entry
from goquant.book.enums import OrderStatus
from goquant.book.places import Places
from records import chunks_of

TERMS = order("buy 1 @ 100")


class Open:
    """Entries with places, and the same in a list."""

    def __init__(self) -> None:
        self.places = Places()
        self.model: list[Entry] = []
        self.most = 0
        self._count = 0

    def append(self) -> None:
        self._count += 1
        entry = Entry(self._count, TERMS, OrderStatus.NEW, self._count, 0, 0)
        self.places.append(entry)
        self.model.append(entry)
        self.most = max(self.most, len(self.model))

    def close(self, which: int) -> None:
        self.model.pop(which).is_open = False

    def kept(self) -> list[Entry]:
        return list(chain.from_iterable(self.places.held()))

    def chunks(self) -> int:
        return sum(1 for _ in self.places.held())


@given(st.integers(1, 4), st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=120))
def test_what_is_open_is_there_in_its_order_and_little_else(
    size: int, steps: list[int | None]
) -> None:
    """None is a new one, a number one to close."""
    run = Open()
    with chunks_of(size):
        for step in steps:
            if step is None:
                run.append()
            elif run.model:
                run.close(step % len(run.model))
            kept = run.kept()
            assert [entry for entry in kept if entry.is_open] == run.model
            assert len(kept) <= 3 * (run.most + size)
            assert run.chunks() <= 4 * (run.most // size + 1)


@pytest.mark.parametrize("who_goes", ["the oldest", "the newest", "any"])
@pytest.mark.parametrize("open_orders", [0, 10, 300])
def test_it_stays_as_small_as_the_book_however_long_it_goes_on(
    open_orders: int, who_goes: str
) -> None:
    run, random, size = Open(), Random(1), 8
    with chunks_of(size):
        for _ in range(20 * (open_orders + size)):
            run.append()
            if len(run.model) > open_orders:
                chosen = {"the oldest": 0, "the newest": -1}
                run.close(chosen.get(who_goes, random.randrange(len(run.model))))
            assert len(run.kept()) <= 2.2 * open_orders + 4 * size
    assert [entry for entry in run.kept() if entry.is_open] == run.model


def test_the_few_that_last_are_brought_together() -> None:
    """One in a hundred orders outlives the chunk that it came in."""
    run, size = Open(), 8
    with chunks_of(size):
        for number in range(20_000):
            run.append()
            if number % 100:
                run.close(-1)
    assert len(run.model) == 200
    assert run.chunks() <= 2 * (200 // size) + 2
