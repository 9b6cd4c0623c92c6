"""What a copy of the levels says has changed is just what it takes to be the book again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import Step, Wished, cut
from builders import instrument, order
from goquant.book.blotter import Blotter
from goquant.book.commands import CancelOrder, Command, ReplaceOrder, Sequenced
from goquant.book.depth import Depth, DepthLevel, apply_change, l2
from goquant.book.engine import Engine
from goquant.book.instrument import Instrument
from goquant.book.market import Answer, Market
from goquant.book.mirror import Mirror, touched_by
from strategies import instruments, steps
from tape import SEEDS, recorded

# From the best level to more than there ever are.
SIZES = (1, 2, 3, 5, 100)

NOTHING = Depth((), ())


@given(instruments(), steps(), st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_depth_follows_the_book(
    rules: Instrument, wished: list[Step], sizes: list[int]
) -> None:
    busy = Wished(rules)
    watcher = Watcher(busy.market)
    for batch in cut(wished, sizes):
        watcher.look([busy.ask(step) for step in batch])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [1, 7])
def test_every_depth_follows_a_long_session(seed: int, size: int) -> None:
    session = recorded(seed)
    market = Market.empty(session.rules)
    watcher = Watcher(market)
    for batch in cut(session.log, [size]):
        watcher.look([market.apply(sequenced) for sequenced in batch])


class Watcher:
    """Sees a book at several depths, each by its changes alone."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.mirror = Mirror(market.engine.book)
        self.seen = [NOTHING] * len(SIZES)

    def look(self, answers: list[Answer]) -> None:
        """Take in what commands changed, and compare with the book."""
        book = self.market.engine.book
        touched = touched_by(self.market, answers)
        changes = self.mirror.catch_up(book, touched.prices, SIZES)
        for seen, change in zip(self.seen, changes, strict=True):
            assert_nothing_superfluous(seen, change)
        self.seen = [apply_change(*pair) for pair in zip(self.seen, changes, strict=True)]
        assert self.seen == [l2(book, size) for size in SIZES]
        assert self.seen == [self.mirror.best(size) for size in SIZES]
        assert touched.last is not None or changes == [NOTHING] * len(SIZES)


def assert_nothing_superfluous(seen: Depth, change: Depth) -> None:
    """No level is told again as it was, and none is said to be gone that was never seen."""
    for levels, changed in ((seen.bids, change.bids), (seen.asks, change.asks)):
        assert not {*levels} & {*changed}
        assert {one.price for one in changed if not one.quantity} <= {one.price for one in levels}


class Watched:
    """A market and its mirror."""

    def __init__(self, *rested: str, size: int = 100) -> None:
        self.market = Market(Engine(instrument()), Blotter(finished_orders_max=1))
        self.size = size
        self.answers: list[Answer] = []
        self.do(*map(order, rested))
        self.mirror = Mirror(self.market.engine.book)
        self.answers.clear()

    def do(self, *commands: Command) -> None:
        for command in commands:
            sequence = self.market.engine.sequence + 1
            self.answers.append(self.market.apply(Sequenced(sequence, sequence, command)))

    def change(self) -> Depth:
        prices = touched_by(self.market, self.answers).prices
        (change,) = self.mirror.catch_up(self.market.engine.book, prices, [self.size])
        return change


def test_a_level_that_comes_into_sight_is_told_and_one_that_goes_out_of_sight_is_gone() -> None:
    watched = Watched("buy 1 @ 100", "buy 2 @ 99", "buy 3 @ 98", size=2)
    watched.do(CancelOrder(1))
    assert watched.change() == Depth((DepthLevel(100, 0, 0), DepthLevel(98, 3, 1)), ())
    watched.do(order("buy 4 @ 101"))
    assert watched.change() == Depth((DepthLevel(101, 4, 1), DepthLevel(98, 0, 0)), ())


def test_a_change_out_of_sight_is_not_told() -> None:
    watched = Watched("sell 1 @ 100", "sell 2 @ 101", "sell 3 @ 102", size=2)
    watched.do(CancelOrder(3), order("sell 5 @ 103"))
    assert watched.change() == NOTHING


def test_what_comes_and_goes_between_two_looks_is_not_told() -> None:
    watched = Watched("buy 1 @ 100")
    watched.do(order("buy 2 @ 101"), CancelOrder(2))
    assert watched.change() == NOTHING


def test_an_order_that_triggered_and_rests_is_told() -> None:
    watched = Watched("sell 1 @ 100", "buy 3 stop 100 @ 99")
    watched.do(order("buy 1 @ 100 ioc"))
    assert watched.change() == Depth((DepthLevel(99, 3, 1),), (DepthLevel(100, 0, 0),))


def test_an_order_that_triggered_rested_and_moved_is_told_where_it_stands() -> None:
    watched = Watched("sell 1 @ 100", "buy 3 stop 100 @ 100")
    watched.do(order("buy 1 @ 100 ioc"), ReplaceOrder(2, price=98))
    assert watched.change() == Depth((DepthLevel(98, 3, 1),), (DepthLevel(100, 0, 0),))


def test_an_order_that_triggered_and_is_forgotten_already_needs_no_record() -> None:
    watched = Watched("sell 1 @ 100", "buy 3 stop 100 @ 100")
    watched.do(order("buy 1 @ 100 ioc"), CancelOrder(2), *[order("buy 1 ioc")] * 3)
    assert watched.market.blotter.order(2) is None
    assert watched.change() == Depth((), (DepthLevel(100, 0, 0),))


@pytest.mark.parametrize(
    ("command", "is_one"),
    [
        ("buy 1 @ 99", True),
        ("buy 1 ioc", False),
        ("buy 1 stop 110 @ 110", False),
    ],
)
def test_the_last_command_that_may_have_changed_the_book_is_named(
    command: str, is_one: bool
) -> None:
    watched = Watched("buy 1 @ 100")
    watched.do(order("buy 5 @ 98"), order(command), CancelOrder(77))
    last = touched_by(watched.market, watched.answers).last
    assert last is not None
    assert last.sequence == (3 if is_one else 2)
