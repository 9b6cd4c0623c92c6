"""Records that are read in pieces, and a blotter that is restored from them."""

from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from goquant.book.blotter import Blotter
from goquant.book.records import OrderRecord
from records import Recorded, chunks_of, everything, pages_of

BOOK = """
          | 102 | a 4
          | 101 | b 3
    c 2   | 100 |
    armed s: buy 1 stop 110
"""


@pytest.fixture
def market() -> Recorded:
    """A market that forgets every order as soon as it is finished."""
    return Recorded(BOOK, blotter=Blotter(finished_orders_max=0))


@pytest.fixture(autouse=True)
def slices_of_one() -> Iterator[None]:
    """So that everything has a chance to happen between any two records."""
    with chunks_of(1):
        yield


def joined(slices: Iterable[list[OrderRecord]]) -> list[OrderRecord]:
    return [record for part in slices for record in part]


@pytest.mark.parametrize("size", range(1, 6))
def test_it_comes_in_small_slices_in_the_order_of_the_places(size: int) -> None:
    with chunks_of(size):
        market = Recorded(BOOK)
        market.play("replace a 9 -> a replaced behind\n cancel b -> b canceled 3 requested")
        slices = list(market.blotter.capture())
    assert max(map(len, slices)) <= size
    assert joined(slices) == [market.of(name) for name in "csa"]


def test_a_capture_of_nothing_is_empty() -> None:
    assert joined(Blotter().capture()) == []


@pytest.mark.parametrize(
    "script",
    [
        "t: buy 1 @ 101 -> ok, t buys 1 @ 101 from b",
        "t: buy 7 @ 102 -> ok, t buys 3 @ 101 from b, t buys 4 @ 102 from a",
        "cancel a -> a canceled 4 requested\n cancel s -> s canceled 1 requested",
        "replace a 9 @ 105 -> a replaced behind\n replace a 8 -> a replaced in place",
        "replace a 9 -> a replaced behind\n cancel a -> a canceled 9 requested",
        """
        p: sell 1 @ 110
        t: buy 8 @ 110    -> ok, t buys 3 @ 101 from b, t buys 4 @ 102 from a
                          -> t buys 1 @ 110 from p, s triggered, s canceled 1 no_liquidity
        """,
        "n: buy 1 @ 90\n cancel n -> n canceled 1 requested",
    ],
)
@pytest.mark.parametrize("read_first", range(5))
def test_what_happens_since_does_not_show(market: Recorded, script: str, read_first: int) -> None:
    """Whether it happens before a record was read or after it."""
    before = [market.of(name) for name in "abcs"]
    slices = market.blotter.capture()
    found = list(islice(slices, read_first))
    market.play(script)
    assert joined([*found, *slices]) == before


def test_the_next_one_shows_what_it_finds(market: Recorded) -> None:
    for lots in (4, 3, 2):
        assert joined(market.blotter.capture())[0].terms.quantity == lots
        market.play(f"replace a {lots - 1} -> a replaced in place")


@pytest.mark.parametrize("read_first", range(5))
def test_one_that_is_given_up_leaves_nothing_to_the_next(market: Recorded, read_first: int) -> None:
    """What it had set aside, and what it had not."""
    given_up = market.blotter.capture()
    list(islice(given_up, read_first))
    market.play("replace a 3 -> a replaced in place\n replace b 9 -> b replaced behind")
    slices = market.blotter.capture()
    market.play("cancel a -> a canceled 3 requested")
    assert [(one.order_id, one.terms.quantity) for one in joined(slices)] == [
        *((1, 3), (3, 2), (4, 1), (2, 9))
    ]


def test_nothing_is_set_aside_of_what_is_read_or_was_not_there(market: Recorded) -> None:
    """A copy that nobody asks for would stay until all are freed at once."""
    slices = market.blotter.capture()
    next(slices)
    market.play("""
        n: buy 2 @ 90
        replace n 1 -> n replaced in place
        replace a 3 -> a replaced in place
        replace b 2 -> b replaced in place
        replace c 9 -> c replaced behind
    """)
    assert aside(market) == {"b"}, "and of c at its former place"
    joined(slices)
    market.play("replace b 1 -> b replaced in place\n replace c 1 -> c replaced in place")
    assert aside(market) == set()


def aside(market: Recorded) -> set[str]:
    """Of which orders a copy is kept."""
    entries = market.blotter._entries.newest_first()
    return {market.names[entry.order_id] for entry in entries if entry.aside is not None}


def test_only_the_newest_can_be_read(market: Recorded) -> None:
    first = market.blotter.capture()
    market.blotter.capture()
    with pytest.raises(AssertionError, match="one capture at a time"):
        next(first)


def restored_from(market: Recorded) -> Blotter:
    blotter = Blotter(finished_orders_max=0)
    for part in market.blotter.capture():
        blotter.restore(part)
    blotter.restored(market.engine.sequence)
    return blotter


def test_a_restored_blotter_pages_by_age_whatever_the_order_of_the_places(market: Recorded) -> None:
    market.play("replace a 9 -> a replaced behind\n replace b @ 103 -> b replaced behind")
    assert list(market.engine.book.orders) == [3, 4, 1, 2]
    blotter = restored_from(market)
    assert pages_of(blotter, 2) == [[4, 3], [2, 1]]
    assert everything(blotter) == everything(market.blotter)


def test_it_still_does_when_it_has_forgotten_what_ended_since(market: Recorded) -> None:
    market.play("replace a 9 -> a replaced behind")
    market.blotter = restored_from(market)
    for name in "uvwxyz":
        market.play(f"{name}: sell 1 @ 999 ioc -> ok, {name} canceled 1 ioc_remainder")
    market.play("cancel c -> c canceled 2 requested")
    assert pages_of(market.blotter, 2) == [[4, 2], [1]]


def test_everything_that_changed_since_is_known(market: Recorded) -> None:
    assert market.blotter.known_from == 0
    market.play("replace a 9 -> a replaced behind")
    assert market.blotter.known_from == 0, "all that ever changed is open"
    market.play("cancel b -> b canceled 3 requested\n wait")
    assert market.blotter.known_from == 6
    market.blotter = restored_from(market)
    assert market.blotter.known_from == 7
    market.play("cancel c -> c canceled 2 requested\n wait")
    assert market.blotter.known_from == 8
