"""Views of the book: the best prices, quantities by price, single orders, and what changed."""

import pytest

from builders import Market, order
from goquant.book.depth import (
    Depth,
    DepthLevel,
    Orders,
    RestingOrder,
    apply_change,
    change,
    l1,
    l2,
    l3,
    touched,
)
from goquant.book.enums import Side

# Orders have the ids 1, 2, 3, … top down.
BOOK = """
             | 103 | a 4
             | 102 | b 1, c 2
    d 5      | 100 |
    e 6, f 7 |  99 |
    g 8      |  98 |
    armed s: buy 9 stop 110 @ 110
"""
LEVELS = Depth(
    bids=(DepthLevel(100, 5, 1), DepthLevel(99, 13, 2), DepthLevel(98, 8, 1)),
    asks=(DepthLevel(102, 3, 2), DepthLevel(103, 4, 1)),
)
EMPTY = Depth((), ())


def depth(drawing: str) -> Depth:
    return l2(Market(drawing).engine.book)


def test_l1_is_the_best_level_of_each_side() -> None:
    assert l1(Market(BOOK).engine.book) == Depth(LEVELS.bids[:1], LEVELS.asks[:1])


def test_l1_of_a_one_sided_book_has_one_side() -> None:
    assert l1(Market("a 5 | 100 |").engine.book) == Depth((DepthLevel(100, 5, 1),), ())
    assert l1(Market("| 100 | a 5").engine.book) == Depth((), (DepthLevel(100, 5, 1),))
    assert l1(Market().engine.book) == EMPTY


def test_l2_sums_up_the_orders_at_each_price_best_first_without_armed_ones() -> None:
    assert depth(BOOK) == LEVELS
    assert depth("") == EMPTY


@pytest.mark.parametrize("levels_max", [0, 1, 2, 3, 99])
def test_l2_shows_as_many_levels_as_asked(levels_max: int) -> None:
    expected = Depth(LEVELS.bids[:levels_max], LEVELS.asks[:levels_max])
    assert l2(Market(BOOK).engine.book, levels_max) == expected


def test_l2_follows_partial_fills_and_replaces() -> None:
    market = Market(BOOK)
    market.play("""
        t: sell 2 @ 100    -> ok, t sells 2 @ 100 to d
        replace f 1        -> f replaced in place
        replace c 1        -> c replaced in place
    """)
    assert l2(market.engine.book, 2) == Depth(
        bids=(DepthLevel(100, 3, 1), DepthLevel(99, 7, 2)),
        asks=(DepthLevel(102, 2, 2), DepthLevel(103, 4, 1)),
    )


def test_l3_lists_the_orders_in_the_order_in_which_they_will_trade() -> None:
    market = Market(BOOK)
    market.play("t: sell 2 @ 100 -> ok, t sells 2 @ 100 to d")
    assert l3(market.engine.book) == Orders(
        bids=(
            RestingOrder(4, 100, 3),
            RestingOrder(5, 99, 6),
            RestingOrder(6, 99, 7),
            RestingOrder(7, 98, 8),
        ),
        asks=(RestingOrder(2, 102, 1), RestingOrder(3, 102, 2), RestingOrder(1, 103, 4)),
    )
    assert l3(market.engine.book, 1) == Orders(
        bids=(RestingOrder(4, 100, 3),),
        asks=(RestingOrder(2, 102, 1),),
    )


def test_a_change_names_new_and_changed_levels_and_gone_ones_with_nothing() -> None:
    before = depth("""
                     | 103 | a 1
                     | 102 | b 1
                     | 101 | c 1
        d 1          | 100 |
        e 1          |  99 |
        f 1          |  98 |
    """)
    after = depth("""
                     | 104 | x 7
                     | 103 | a 1
                     | 101 | c 1, y 2
        d 1          | 100 |
        f 9          |  98 |
        z 3          |  97 |
    """)
    difference = change(before, after)
    assert difference == Depth(
        bids=(DepthLevel(99, 0, 0), DepthLevel(98, 9, 1), DepthLevel(97, 3, 1)),
        asks=(DepthLevel(101, 3, 2), DepthLevel(102, 0, 0), DepthLevel(104, 7, 1)),
    )
    assert apply_change(before, difference) == after


def test_the_same_quantity_in_more_orders_is_a_change() -> None:
    assert change(depth("a 2 | 100 |"), depth("a 1, b 1 | 100 |")).bids == (DepthLevel(100, 2, 2),)


@pytest.mark.parametrize(
    "drawing", ["", "a 5 | 100 |", "| 101 | a 5", BOOK, BOOK.replace("| 103 | a 4", "| 104 | a 4")]
)
def test_a_change_leads_from_any_depth_to_any_other(drawing: str) -> None:
    here = depth(drawing)
    assert change(here, here) == EMPTY
    assert apply_change(here, change(here, LEVELS)) == LEVELS
    assert apply_change(LEVELS, change(LEVELS, here)) == here


def test_touched_gives_the_levels_at_some_prices_best_first() -> None:
    book = Market(BOOK).engine.book
    assert touched(Side.BUY, book, {98, 100, 97}) == (
        DepthLevel(100, 5, 1),
        DepthLevel(98, 8, 1),
        DepthLevel(97, 0, 0),
    )
    assert touched(Side.SELL, book, {103, 100, 102}) == (
        DepthLevel(100, 0, 0),
        DepthLevel(102, 3, 2),
        DepthLevel(103, 4, 1),
    )
    assert touched(Side.SELL, book, set()) == ()


def test_touched_levels_are_the_change_of_a_command() -> None:
    market = Market(BOOK)
    before = l2(market.engine.book)
    market.apply(order("sell 7 @ 99"))
    after = touched(Side.BUY, market.engine.book, {100, 99})
    assert change(before, l2(market.engine.book)) == Depth(after, ())
    assert after == (DepthLevel(100, 0, 0), DepthLevel(99, 11, 2))
