"""Records that are read in pieces, and a blotter that is restored from them."""

from collections.abc import Iterable

import pytest

from goquant.book.blotter import Blotter, Capture
from goquant.book.records import OrderRecord
from records import Recorded, everything, pages_of

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


def captured(market: Recorded) -> Capture:
    return market.blotter.capture(list(market.engine.book.orders))


def joined(slices: Iterable[list[OrderRecord]]) -> list[OrderRecord]:
    return [record for part in slices for record in part]


@pytest.mark.parametrize(
    ("size", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (9, [4])]
)
def test_it_comes_in_pieces_in_the_order_in_which_the_orders_were_named(
    market: Recorded, size: int, sizes: list[int]
) -> None:
    slices = list(market.blotter.capture([4, 1, 2, 3]).slices(size))
    assert [len(part) for part in slices] == sizes
    assert joined(slices) == [market.of(name) for name in "sabc"]


def test_a_capture_of_nothing_is_empty() -> None:
    assert list(Blotter().capture([]).slices(5)) == []


@pytest.mark.parametrize(
    "script",
    [
        "t: buy 1 @ 101 -> ok, t buys 1 @ 101 from b",
        "t: buy 7 @ 102 -> ok, t buys 3 @ 101 from b, t buys 4 @ 102 from a",
        "cancel a -> a canceled 4 requested\n cancel s -> s canceled 1 requested",
        "replace a 9 @ 105 -> a replaced behind\n replace a 8 -> a replaced in place",
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
    slices = captured(market).slices(1)
    found = [next(slices) for _ in range(read_first)]
    market.play(script)
    assert joined([*found, *slices]) == before


def test_after_it_is_closed_the_next_shows_what_it_finds(market: Recorded) -> None:
    for lots in (4, 3, 2):
        capture = captured(market)
        assert joined(capture.slices(3))[0].terms.quantity == lots
        market.play(f"replace a {lots - 1} -> a replaced in place")
        capture.close()


def test_it_may_be_closed_before_it_was_read(market: Recorded) -> None:
    given_up = captured(market)
    market.play("cancel a -> a canceled 4 requested")
    given_up.close()
    assert joined(captured(market).slices(9)) == [market.of(name) for name in "bcs"]


def test_nothing_is_set_aside_once_it_is_closed(market: Recorded) -> None:
    capture = captured(market)
    capture.close()
    market.play("replace a 3 -> a replaced in place")
    assert joined(capture.slices(9)) == [market.of(name) for name in "abcs"]


def test_there_is_one_at_a_time(market: Recorded) -> None:
    captured(market)
    with pytest.raises(AssertionError, match="one capture at a time"):
        captured(market)


def restored_from(market: Recorded) -> Blotter:
    blotter = Blotter(finished_orders_max=0)
    for part in captured(market).slices(2):
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
