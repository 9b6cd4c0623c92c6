"""What traders decide: pure functions of a seed and of what they see."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from math import log
from random import Random
from statistics import fmean

import pytest
from msgspec.structs import replace

from goquant.book.enums import OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.client import Cancel, Instrument, Order, Place
from goquant.client.orders import Entry
from goquant.traders.model import (
    Crowd,
    Desk,
    FairValue,
    Large,
    Maker,
    Momentum,
    Noise,
    Seen,
    traders,
)

PRICE = 64_000.0

BTC = Instrument(
    symbol="BTC-USD",
    base="BTC",
    quote="USD",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00000001"),
    quantity_min=Decimal("0.00000001"),
    quantity_max=Decimal(1_000_000),
    price_max=Decimal(1_000_000_000),
    notional_min=Decimal(0),
    notional_max=Decimal(10) ** 12,
    maker_fee_rate=Decimal(0),
    taker_fee_rate=Decimal(0),
    price_band_bps=0,
    open_orders_max=10_000,
    account_open_orders_max=1_000,
)


def seen(
    *lasts: float,
    bid: float | None = 63_999,
    ask: float | None = 64_001,
    own: Mapping[str, Order] | None = None,
    position: float = 0.0,
) -> Seen:
    return Seen(bid=bid, ask=ask, lasts=lasts, own=own or {}, position=position)


def resting(entries: list[Entry]) -> dict[str, Order]:
    """What has been placed, as it rests."""
    return {
        str(number): Order(
            order_id=str(number),
            client_order_id=None,
            symbol=each.symbol,
            account=None,
            side=Side(each.side),
            type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            expires_at=None,
            post_only=False,
            self_trade_prevention=SelfTradePrevention.CANCEL_TAKER,
            price=Decimal(each.price or 0),
            trigger_price=None,
            quantity=Decimal(each.quantity),
            filled_quantity=Decimal(0),
            remaining_quantity=Decimal(each.quantity),
            average_price=None,
            status=OrderStatus.NEW,
            reason=None,
            fee=Decimal(0),
            fee_currency="USD",
            sequence=1,
            created_at="",
            updated_at="",
        )
        for number, each in enumerate(placed(entries))
    }


def placed(entries: list[Entry]) -> list[Place]:
    return [each for each in entries if isinstance(each, Place)]


def prices(entries: list[Entry], side: str) -> list[Decimal]:
    return sorted(Decimal(each.price or 0) for each in placed(entries) if each.side == side)


def returns(seed: int, count: int) -> list[float]:
    fair = FairValue(PRICE, Random(seed))
    values = [fair.price, *(fair.step(1) for _ in range(count))]
    return [log(after / before) for before, after in pairwise(values)]


def test_returns_have_heavier_tails_than_normal_ones() -> None:
    steps = returns(1, 20_000)
    variance = fmean(step**2 for step in steps)
    assert fmean(step**4 for step in steps) / variance**2 > 4  # of a normal one it is 3


def test_volatility_is_clustered() -> None:
    sizes = [abs(step) for step in returns(1, 20_000)]
    middle = fmean(sizes)
    variance = fmean((size - middle) ** 2 for size in sizes)
    pairs = zip(sizes, sizes[10:], strict=False)
    after_ten = fmean((size - middle) * (later - middle) for size, later in pairs) / variance
    assert after_ten > 0.05


def test_the_same_seed_decides_the_same_and_each_symbol_differs() -> None:
    def flow(seed: int, symbol: str = "BTC-USD") -> list[list[tuple[object, object]]]:
        crowd = traders(replace(BTC, symbol=symbol), PRICE, Crowd(seed=seed))
        look = seen(64_000, 64_100)
        return [
            [(each.quantity, trader.pause_s(look)) for each in placed(trader.decide(look))]
            for trader in crowd
        ]

    assert flow(1) == flow(1)
    assert flow(1) != flow(2)
    assert flow(1) != flow(1, "ETH-USD")


def test_a_crowd_is_who_was_asked_for() -> None:
    crowd = traders(BTC, PRICE, Crowd(noise=1, momentum=0, large=False))
    assert [trader.account for trader in crowd] == ["maker", "noise-1"]


@pytest.mark.parametrize("seed", range(5))
def test_the_maker_quotes_both_sides_around_a_spread(seed: int) -> None:
    maker = Maker(BTC, PRICE, Random(seed))
    quotes = maker.decide(seen(bid=None, ask=None))
    bids, asks = prices(quotes, "buy"), prices(quotes, "sell")
    assert len(bids) == len(asks) == Maker.LEVELS
    assert bids[-1] < asks[0]


def test_the_maker_leaves_good_quotes_and_replaces_taken_ones() -> None:
    maker = Maker(BTC, PRICE, Random(1))
    own = resting(maker.decide(seen()))
    assert maker.decide(seen(own=own)) == []
    del own["0"]
    assert len(maker.decide(seen(own=own))) == 1


def test_the_maker_cancels_what_is_stale_before_it_quotes_anew() -> None:
    maker = Maker(BTC, PRICE, Random(1))
    own = resting(maker.decide(seen()))
    maker.fair.price *= 1.01
    entries = maker.decide(seen(own=own))
    assert entries[: len(own)] == [Cancel(order_id) for order_id in own]
    assert len(placed(entries)) == 2 * Maker.LEVELS


def test_the_maker_gives_way_to_who_sells_to_it() -> None:
    maker, still = Maker(BTC, PRICE, Random(1)), Maker(BTC, PRICE, Random(1))
    maker.decide(seen(position=10.0))
    still.decide(seen())
    assert maker.fair.price < still.fair.price


def test_noise_takes_rests_and_cancels() -> None:
    noise = Noise(BTC, 1, Random(1))
    own = resting([Desk(BTC, Random(1)).limit("buy", PRICE, Decimal(1))])
    entries = [entry for _ in range(300) for entry in noise.decide(seen(own=own))]
    assert {type(entry) for entry in entries} == {Place, Cancel}
    assert {each.type for each in placed(entries)} == {"limit", "market"}
    assert {each.side for each in placed(entries)} == {"buy", "sell"}


def test_without_a_book_nobody_but_the_maker_acts() -> None:
    look = seen(bid=None, ask=None)
    acted = [bool(trader.decide(look)) for trader in traders(BTC, PRICE, Crowd())]
    assert acted == [True, *[False] * 6]


def test_momentum_follows_up_to_a_position() -> None:
    momentum = Momentum(BTC, 1, Random(1))
    assert [each.side for each in placed(momentum.decide(seen(64_000, 64_100)))] == ["buy"]
    assert [each.side for each in placed(momentum.decide(seen(64_000, 63_900)))] == ["sell"]
    assert momentum.decide(seen(64_000, 64_001)) == []
    assert momentum.decide(seen(64_000, 64_100, position=100.0)) == []
    assert momentum.decide(seen(64_000, 63_900, position=100.0)) != []


def test_a_large_one_takes_no_further_than_it_reaches() -> None:
    (order,) = placed(Large(BTC, Random(1)).decide(seen()))
    assert order.time_in_force == "ioc"
    assert abs(float(order.price or 0) / PRICE - 1) < 1.1 * Large.REACH


def test_more_happens_while_prices_move() -> None:
    noise = Noise(BTC, 1, Random(1))
    calm = fmean(noise.pause_s(seen(64_000, 64_000)) for _ in range(1_000))
    moving = fmean(noise.pause_s(seen(64_000, 64_100)) for _ in range(1_000))
    assert moving < calm / 2


@pytest.mark.parametrize("price", [0.02, 1.0, 150.0, 64_000.0, 9e8])
def test_orders_keep_to_ticks_lots_and_limits(price: float) -> None:
    desk = Desk(BTC, Random(1))
    for side in ("buy", "sell"):
        quantity = desk.size(price)
        order = desk.limit(side, price, quantity)
        assert Decimal(order.price or 0) % BTC.tick_size == 0 < Decimal(order.price or 0)
        assert quantity % BTC.lot_size == 0
        assert BTC.quantity_min <= quantity <= BTC.quantity_max


def test_small_orders_are_no_smaller_than_the_instrument_allows() -> None:
    strict = replace(BTC, notional_min=Decimal(1_000_000), quantity_min=Decimal("0.5"))
    quantity = Desk(strict, Random(1)).size(PRICE)
    assert quantity * Decimal(PRICE) >= strict.notional_min
