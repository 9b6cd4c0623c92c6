"""A local book that is fed by hand: it is right, or says that it is not."""

from decimal import Decimal

import pytest

from goquant.client import (
    BookSnapshot,
    BookUpdate,
    Heartbeat,
    Interrupted,
    Level,
    LocalBook,
    NotLive,
    Reset,
)

TIME = "2026-05-02T10:00:00.000000000Z"


def level(price: int, quantity: int) -> Level:
    return Level(Decimal(price), Decimal(quantity), int(quantity > 0))


def snapshot(sequence: int, bids: list[Level], symbol: str = "A-USD") -> BookSnapshot:
    return BookSnapshot(
        channel="marketdata",
        symbol=symbol,
        sequence=sequence,
        prev_sequence=sequence,
        depth=1000,
        bids=bids,
        asks=[],
        time=TIME,
    )


def update(prev_sequence: int, sequence: int, *bids: Level) -> BookUpdate:
    return BookUpdate(
        channel="marketdata",
        symbol="A-USD",
        sequence=sequence,
        prev_sequence=prev_sequence,
        bids=list(bids),
        asks=[],
        time=TIME,
    )


def heartbeat(sequence: int, channel: str = "marketdata") -> Heartbeat:
    return Heartbeat(channel=channel, symbol="A-USD", sequence=sequence, prev_sequence=sequence)


@pytest.fixture
def book() -> LocalBook:
    """A book at sequence 5, with one bid."""
    book = LocalBook("A-USD")
    with pytest.raises(NotLive, match="A-USD"):
        book.bids()
    assert book.apply(snapshot(5, [level(10, 1)]))
    return book


def prices(book: LocalBook) -> list[int]:
    return [int(each.price) for each in book.bids()]


def test_updates_set_levels_and_take_them_out(book: LocalBook) -> None:
    assert book.apply(update(5, 6, level(11, 2)))
    assert prices(book) == [11, 10]
    assert book.best_bid == level(11, 2)
    assert book.best_ask is None
    assert book.apply(update(6, 7, level(11, 0), level(10, 3)))
    assert book.bids() == [level(10, 3)]
    assert book.bids(0) == []


def test_what_it_knows_already_changes_nothing(book: LocalBook) -> None:
    assert not book.apply(update(3, 5, level(12, 1)))
    assert not book.apply(snapshot(9, [], symbol="B-USD"))
    assert not book.apply(heartbeat(5, channel="trades"))
    assert prices(book) == [10]


def test_a_gap_makes_it_unknown_until_the_next_snapshot(book: LocalBook) -> None:
    assert not book.apply(update(6, 7, level(11, 1)))
    with pytest.raises(NotLive):
        book.bids()
    assert not book.apply(update(7, 8, level(12, 1)))
    assert not book.apply(heartbeat(5))
    assert not book.is_live
    assert book.apply(snapshot(8, [level(9, 1)]))
    assert prices(book) == [9]


def test_a_break_is_over_with_the_next_event_that_follows(book: LocalBook) -> None:
    book.apply(Interrupted("cut"))
    assert not book.is_live
    book.apply(heartbeat(6))
    assert not book.is_live, "the heartbeat knows of more than the book"
    book.apply(heartbeat(5))
    assert prices(book) == [10]
    book.apply(Interrupted("cut"))
    assert book.apply(update(5, 6, level(11, 1)))
    assert prices(book) == [11, 10]


def test_a_reset_forgets_all(book: LocalBook) -> None:
    book.apply(Reset(channel="marketdata", symbol="A-USD", sequence=5, prev_sequence=5))
    assert not book.is_live
    assert not book.apply(update(5, 6, level(11, 1)))
    assert not book.is_live
