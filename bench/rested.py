"""A market with many resting orders, as it were used: accounts, client order ids, partial fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from goquant.book.commands import Command, NewOrder, Sequenced
from goquant.book.enums import OrderType, Side
from goquant.book.market import Market

from .rivals.ours import INSTRUMENT
from .workload import MID_START, SEED_DEFAULT

# No order of the mix comes near these.
NEAREST_TICKS = 1_000

# One order in so many is partially filled, one in two has an account, one in three an own id.
PARTIAL_EACH = 10
ACCOUNT_EACH = 2
CLIENT_ID_EACH = 3

# Of the orders, which are fewer by account than an account may have.
ORDERS_OF_ACCOUNT = 1_000

MIX = (
    f"one in {PARTIAL_EACH} partially filled, one in {ACCOUNT_EACH} with an account, "
    f"one in {CLIENT_ID_EACH} with a client order id"
)


def rested(orders: int, take_note: Callable[[Sequenced], None] = lambda _: None) -> Market:
    """So many resting orders. `take_note` is told every command that led there."""
    market = Market.empty(INSTRUMENT)
    for sequence, command in enumerate(_commands(orders), 1):
        sequenced = Sequenced(sequence, sequence * 1_000, command)
        market.apply(sequenced)
        take_note(sequenced)
    return market


def passive(random: Random, levels: int) -> NewOrder:
    """An order like most of them: away from the mid, on one of so many levels of a side."""
    side = random.choice((Side.BUY, Side.SELL))
    return _limit(side, random.randint(1, levels), 2, random.randrange(1 << 40))


def _commands(orders: int) -> Iterator[Command]:
    random = Random(SEED_DEFAULT)
    levels = max(1, orders // PARTIAL_EACH // 2)
    number = 0
    for side, other in ((Side.BUY, Side.SELL), (Side.SELL, Side.BUY)):
        # From the outermost level inwards: each is the best one, so that only its own order trades.
        for level in range(levels, 0, -1):
            yield NewOrder(other, OrderType.LIMIT, 1, _price(side, level))
            yield _limit(side, level, 2, number)
            number += 1
    for _ in range(orders - number):
        side = random.choice((Side.BUY, Side.SELL))
        yield _limit(side, random.randint(1, levels), 2, number)
        number += 1


def _limit(side: Side, level: int, quantity: int, number: int) -> NewOrder:
    return NewOrder(
        side,
        OrderType.LIMIT,
        quantity,
        _price(side, level),
        account=None if number % ACCOUNT_EACH else f"trader-{number // ORDERS_OF_ACCOUNT}",
        client_order_id=None if number % CLIENT_ID_EACH else f"order-{number:012}",
    )


def _price(side: Side, level: int) -> int:
    distance = NEAREST_TICKS + level
    return MID_START - distance if side is Side.BUY else MID_START + distance
