"""Sequences in chunks beside a list, and what was held on to beside a copy of it."""

import weakref
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goquant.book.chunks import CHUNK_MAX, Chunks, Queue
from records import chunks_of

SIZES = st.integers(1, 4)


class Holds:
    """What was held on to, at several moments, each read a chunk at a time."""

    def __init__(self) -> None:
        self._open: list[tuple[Iterator[list[int]], list[int], list[int]]] = []

    def begin(self, held: Iterator[list[int]], expected: list[int]) -> None:
        self._open.append((held, [], expected))

    def read(self, which: int) -> None:
        if self._open:
            held, found, expected = self._open[which % len(self._open)]
            found += next(held, [])
            assert found == expected[: len(found)]

    def read_all(self) -> None:
        for held, found, expected in self._open:
            assert found + list(chain.from_iterable(held)) == expected


@given(SIZES, st.lists(st.sampled_from(["append", "popleft", "hold", "read"]), max_size=60))
def test_a_queue_is_a_list_and_what_is_held_a_copy_of_it(size: int, steps: list[str]) -> None:
    model, queue, holds = list[int](), Queue[int](), Holds()
    with chunks_of(size):
        for number, step in enumerate(steps):
            if step == "append":
                queue.append(number)
                model.append(number)
            elif step == "popleft" and model:
                assert queue.popleft() == model.pop(0)
            elif step == "hold":
                holds.begin(queue.held(), model.copy())
            else:
                holds.read(number)
            assert list(chain.from_iterable(queue.held())) == model
        holds.read_all()


@given(SIZES, st.integers(0, 20), st.integers(0, 20))
def test_no_chunk_that_is_held_is_larger_than_a_step(size: int, count: int, more: int) -> None:
    with chunks_of(size):
        numbers = Chunks[int]()
        for number in range(count):
            numbers.append(number)
        held = numbers.held()
        for number in range(more):
            numbers.append(number)
        found = list(held)
    assert list(chain.from_iterable(found)) == list(range(count))
    assert all(len(chunk) <= size for chunk in found)


def test_nothing_of_an_empty_queue_is_held() -> None:
    assert list(chain.from_iterable(Queue[int]().held())) == []


def test_there_is_no_first_of_an_empty_queue() -> None:
    queue = Queue[int]()
    queue.append(1)
    assert queue.popleft() == 1
    with pytest.raises(IndexError):
        queue.popleft()


def test_what_is_held_is_freed_chunk_by_chunk() -> None:
    """All at once would take milliseconds for a large book."""
    queue = Queue[set[int]]()  # a set can be watched
    for number in range(3 * CHUNK_MAX):
        queue.append({number})
    held, watched = queue.held(), list[weakref.ref[set[int]]]()
    for _ in range(3 * CHUNK_MAX):
        watched.append(weakref.ref(queue.popleft()))
    alive = []
    for chunk in held:
        del chunk
        alive.append(sum(each() is not None for each in watched))
    assert alive == [2 * CHUNK_MAX, CHUNK_MAX, 0, 0]
