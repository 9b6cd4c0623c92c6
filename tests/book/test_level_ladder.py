"""Levels are queues that can be left from any place; ladders know their best level at once."""

import gc
from itertools import permutations

import pytest
from msgspec.structs import replace

from builders import Market, order
from goquant.book.enums import Side
from goquant.book.ladder import Ladder
from goquant.book.level import TOMBSTONES_SLACK, PriceLevel
from goquant.book.order import Order

QUANTITIES = {1: 10, 2: 20, 3: 30, 4: 40}
PRICES = list(permutations([99, 100, 101]))


def sell(order_id: int, quantity: int = 1, price: int = 100) -> Order:
    return Order(order_id, order(f"sell {quantity} @ {price}"), quantity)


def level_of(orders: list[Order]) -> PriceLevel:
    level = PriceLevel(100, 100, orders[0])
    for one in orders[1:]:
        level.append(one)
    return level


def queue_of_four() -> tuple[PriceLevel, dict[int, Order]]:
    """A level with the orders 1 to 4, in this order."""
    orders = {order_id: sell(order_id, quantity) for order_id, quantity in QUANTITIES.items()}
    return level_of(list(orders.values())), orders


def assert_is_queue(level: PriceLevel, ids: list[int]) -> None:
    assert [one.order_id for one in level] == ids
    assert level.count == len(ids)
    assert level.quantity == sum(QUANTITIES[one] for one in ids)


def test_a_level_is_first_in_first_out() -> None:
    level, _ = queue_of_four()
    assert (level.key, level.price) == (100, 100)
    for ids in ([1, 2, 3, 4], [2, 3, 4], [3, 4], [4]):
        assert_is_queue(level, ids)
        assert level.fill_first() == len(ids) - 1


@pytest.mark.parametrize("leaving", list(permutations([1, 2, 3, 4], 3)))
def test_orders_may_leave_a_level_from_any_place_in_any_order(leaving: tuple[int, ...]) -> None:
    level, orders = queue_of_four()
    ids = [1, 2, 3, 4]
    for order_id in leaving:
        level.remove(orders[order_id])
        assert orders[order_id].remaining == 0
        ids.remove(order_id)
        assert_is_queue(level, ids)


@pytest.mark.parametrize("order_id", [1, 2, 3, 4])
def test_who_comes_after_others_have_left_is_the_last(order_id: int) -> None:
    level, orders = queue_of_four()
    level.remove(orders[order_id])
    level.append(sell(order_id, QUANTITIES[order_id]))
    assert_is_queue(level, [*(one for one in (1, 2, 3, 4) if one != order_id), order_id])


def test_the_queue_is_swept_and_stays_in_order_when_tombstones_outnumber_the_living() -> None:
    orders = [sell(order_id) for order_id in range(1, 1_001)]
    level = level_of(orders)
    for one in [*orders[500:2:-1], *orders[502:]]:
        level.remove(one)
        assert len(level.queue) <= 2 * level.count + TOMBSTONES_SLACK
        ids = [living.order_id for living in level]
        assert ids == sorted(ids)
    assert ids == [1, 2, 3, 502]


def test_a_queue_that_most_have_left_still_fills_first_in_first_out() -> None:
    market = Market("| 101 | " + ", ".join(f"o{number} 1" for number in range(100)))
    for number in range(51, 99):
        market.play(f"cancel o{number} -> o{number} canceled 1 requested")
    fills = ", ".join(f"t buys 1 @ 101 from o{number}" for number in [*range(51), 99])
    market.play(f"t: buy 53 @ 101 ioc -> ok, {fills}, t canceled 1 ioc_remainder")
    market.shows("empty")


def test_orders_are_not_tracked_by_the_garbage_collector() -> None:
    level, orders = queue_of_four()
    assert not any(gc.is_tracked(one) for one in orders.values())
    assert list(level) == list(orders.values())


def one_at(side: Side, price: int) -> Order:
    return Order(price, order(f"{side} 1 @ {price}"), 1)


def best_price(ladder: Ladder) -> int | None:
    return None if ladder.best is None else ladder.best.price


@pytest.mark.parametrize("prices", PRICES)
@pytest.mark.parametrize("side", list(Side))
def test_best_follows_every_level_that_opens(side: Side, prices: tuple[int, ...]) -> None:
    ladder, best = Ladder(side), max if side is Side.BUY else min
    assert best_price(ladder) is None
    for count, price in enumerate(prices, start=1):
        ladder.add(one_at(side, price))
        assert best_price(ladder) == best(prices[:count])


@pytest.mark.parametrize("prices", PRICES)
@pytest.mark.parametrize("side", list(Side))
def test_best_follows_every_level_that_closes(side: Side, prices: tuple[int, ...]) -> None:
    ladder, best = Ladder(side), max if side is Side.BUY else min
    orders = [one_at(side, price) for price in prices]
    for resting in orders:
        ladder.add(resting)
    for count, resting in enumerate(orders, start=1):
        ladder.remove(resting)
        assert best_price(ladder) == best(prices[count:], default=None)
    assert not ladder.levels


@pytest.mark.parametrize(("side", "prices"), [(Side.BUY, [3, 2, 1]), (Side.SELL, [1, 2, 3])])
def test_a_ladder_walks_its_levels_best_first(side: Side, prices: list[int]) -> None:
    ladder = Ladder(side)
    for price in (2, 3, 1):
        ladder.add(one_at(side, price))
    assert [level.price for level in ladder] == prices
    assert [level.key for level in ladder] == [price * ladder.sign for price in prices]


def test_a_level_stays_open_until_its_last_order_has_left() -> None:
    ladder, orders = Ladder(Side.SELL), [sell(1), sell(2)]
    for resting in orders:
        ladder.add(resting)
    only = ladder.best
    ladder.remove(orders[0])
    assert only is not None
    assert ladder.best is only
    ladder.remove(orders[1])
    assert ladder.best is None


class CountingPrice(int):
    """A price that counts how often it is compared with others."""

    compared = 0

    def __mul__(self, other: int) -> "CountingPrice":
        return self

    def __lt__(self, other: int) -> bool:
        CountingPrice.compared += 1
        return int(self) < int(other)

    def __gt__(self, other: int) -> bool:
        CountingPrice.compared += 1
        return int(self) > int(other)


def counted(price: int) -> Order:
    terms = order("sell 1 @ 1")
    return Order(price, replace(terms, price=CountingPrice(price)), 1)


@pytest.mark.parametrize("price", [1, 3, 9_999, 10_001, 20_001])
def test_opening_and_closing_a_level_compares_few_of_ten_thousand_prices(price: int) -> None:
    ladder, resting = Ladder(Side.SELL), counted(price)
    for each in range(2, 20_001, 2):
        ladder.add(counted(each))
    CountingPrice.compared = 0
    ladder.add(resting)
    ladder.remove(resting)
    # Each of the two searches among 10,000 takes about 14, and there are a few more around them.
    assert 0 < CountingPrice.compared <= 50
