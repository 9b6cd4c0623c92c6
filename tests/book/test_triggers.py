"""Stop and take-profit orders: armed until a trade touches their price, then orders like others."""

import pytest

from builders import Market, instrument, order
from goquant.book.commands import Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import CancelReason
from goquant.book.events import OrderCanceled, OrderTriggered, Trade
from places import places

# A trade at any price from 97 to 103: `x` takes what `p` offers.
TRADE_AT = "p: sell 1 @ {0}\n x: buy 1 @ {0} -> ok, x buys 1 @ {0} from p"


@pytest.mark.parametrize(
    ("terms", "waits_at", "acts_at"),
    [
        ("buy 5 stop 102", 101, 102),
        ("buy 5 stop 102", 101, 103),
        ("buy 5 stop 102 @ 103", 101, 102),
        ("sell 5 stop 98", 99, 98),
        ("sell 5 stop 98", 99, 97),
        ("sell 5 stop 98 @ 97", 99, 98),
        ("sell 5 take_profit 102", 101, 102),
        ("sell 5 take_profit 102", 101, 103),
        ("sell 5 take_profit 102 @ 101", 101, 102),
        ("buy 5 take_profit 98", 99, 98),
        ("buy 5 take_profit 98", 99, 97),
        ("buy 5 take_profit 98 @ 99", 99, 98),
    ],
)
def test_an_order_waits_for_a_trade_at_its_price_or_beyond(
    terms: str, waits_at: int, acts_at: int
) -> None:
    market = Market(f"armed s: {terms}", last=100)
    market.play(TRADE_AT.format(waits_at))
    market.shows(f"armed s: {terms}")
    rest = "" if "@" in terms else ", s canceled 5 no_liquidity"
    market.play(TRADE_AT.format(acts_at) + f", s triggered{rest}")
    assert not places(market.engine.dump()).armed


@pytest.mark.parametrize(
    "terms",
    [
        "buy 5 stop 100",
        "buy 5 stop 99",
        "sell 5 stop 100",
        "sell 5 stop 101",
        "sell 5 take_profit 100",
        "sell 5 take_profit 99",
        "buy 5 take_profit 100",
        "buy 5 take_profit 101",
    ],
)
def test_an_order_whose_condition_is_already_met_acts_at_once(terms: str) -> None:
    market = Market(last=100)
    market.play(f"s: {terms}         -> ok, s triggered, s canceled 5 no_liquidity")
    market.play(f"s: {terms} @ 100   -> ok, s triggered")
    market.shows("s 5 | 100 |" if "buy" in terms else "| 100 | s 5")


def test_before_the_first_trade_every_trigger_order_waits() -> None:
    market = Market()
    market.play("""
        s: buy 1 stop 1
        t: sell 2 stop 999
        u: buy 3 take_profit 999 @ 50
        v: sell 4 take_profit 1 @ 50
    """)
    market.shows("""
        armed s: buy 1 stop 1
        armed v: sell 4 take_profit 1 @ 50
        armed t: sell 2 stop 999
        armed u: buy 3 take_profit 999 @ 50
    """)


def test_nobody_trades_with_an_armed_order() -> None:
    market = Market("armed s: sell 5 stop 90 @ 90", last=100)
    market.play("t: buy 5 market -> ok, t canceled 5 no_liquidity")


def test_a_stop_takes_like_a_market_order_and_a_stop_limit_rests_at_its_limit() -> None:
    market = Market(
        """
                            | 105 | a 1
        p 2                 | 101 |
        armed s: buy 2 stop 101
        armed t: buy 3 stop 101 @ 102
        """,
        last=100,
    )
    market.play("""
        x: sell 1 market
        -> ok, x sells 1 @ 101 to p
        -> s triggered, s buys 1 @ 105 from a, s canceled 1 no_liquidity
        -> t triggered
    """)
    market.shows("""
        t 3 | 102 |
        p 1 | 101 |
    """)


def test_one_trade_releases_nearest_trigger_first_and_of_one_trigger_the_oldest() -> None:
    market = Market("""
        armed a: buy 1 stop 102
        armed b: buy 1 stop 101
        armed c: buy 1 stop 102
        armed d: buy 1 stop 100
    """)
    market.shows("""
        armed d: buy 1 stop 100
        armed b: buy 1 stop 101
        armed a: buy 1 stop 102
        armed c: buy 1 stop 102
    """)
    cancels = (f"{name} triggered, {name} canceled 1 no_liquidity" for name in "dbac")
    market.play(TRADE_AT.format(103) + ", " + ", ".join(cancels))


def test_orders_that_wait_for_a_fall_are_released_highest_trigger_first() -> None:
    market = Market("""
        armed a: sell 1 stop 98
        armed b: sell 1 stop 99
        armed c: buy 1 take_profit 99
    """)
    cancels = (f"{name} triggered, {name} canceled 1 no_liquidity" for name in "bca")
    market.play(TRADE_AT.format(97) + ", " + ", ".join(cancels))


def test_of_one_trade_those_that_waited_for_a_rise_go_first() -> None:
    market = Market("""
        armed a: sell 1 stop 110
        armed b: buy 1 stop 90
    """)
    cancels = (f"{name} triggered, {name} canceled 1 no_liquidity" for name in "ba")
    market.play(TRADE_AT.format(100) + ", " + ", ".join(cancels))


def test_a_sweep_up_releases_falling_and_rising_triggers_in_the_order_of_its_trades() -> None:
    market = Market(
        """
                                | 103 | c 1
                                | 101 | b 1
                                |  99 | a 1
        armed rise: buy 2 stop 103 @ 50
        armed soon: buy 2 stop 101 @ 50
        armed fall: buy 2 take_profit 99 @ 50
        """,
        last=100,
    )
    market.play("""
        t: buy 3 @ 103
        -> ok, t buys 1 @ 99 from a, t buys 1 @ 101 from b, t buys 1 @ 103 from c
        -> fall triggered, soon triggered, rise triggered
    """)
    market.shows("fall 2, soon 2, rise 2 | 50 |")


def test_released_orders_act_after_the_rest_of_the_command_has_come_to_rest() -> None:
    market = Market(
        """
                            | 101 | a 1
        armed s: sell 2 take_profit 101
        """,
        last=100,
    )
    market.play("t: buy 4 @ 101 -> ok, t buys 1 @ 101 from a, s triggered, s sells 2 @ 101 to t")
    market.shows("t 1 | 101 |")


def test_a_replaced_order_that_trades_releases_others_too() -> None:
    market = Market(
        """
                            | 101 | a 1
        b 1                 |  99 |
        armed s: buy 5 stop 101 @ 98
        """,
        last=100,
    )
    market.play("replace b @ 101 -> b replaced behind, b buys 1 @ 101 from a, s triggered")
    market.shows("s 5 | 98 |")


def test_orders_released_by_a_released_order_queue_behind_those_that_wait() -> None:
    market = Market(
        """
        a 1                 | 100 |
        b 1                 |  98 |
        c 1                 |  97 |
        armed s: sell 1 stop 100
        armed t: sell 1 stop 100
        armed u: sell 9 stop 98
        """,
        last=101,
    )
    market.play("""
        x: sell 1 market
        -> ok, x sells 1 @ 100 to a
        -> s triggered, s sells 1 @ 98 to b
        -> t triggered, t sells 1 @ 97 to c
        -> u triggered, u canceled 9 no_liquidity
    """)
    market.shows("empty")


def test_a_cascade_may_turn_and_run_the_other_way() -> None:
    market = Market(
        """
                            | 104 | a 1
        b 1                 |  99 |
        armed s: buy 1 take_profit 99
        armed t: sell 1 take_profit 104 @ 103
        """,
        last=100,
    )
    market.play("""
        x: sell 1 market
        -> ok, x sells 1 @ 99 to b
        -> s triggered, s buys 1 @ 104 from a
        -> t triggered
    """)
    market.shows("| 103 | t 1")


def test_a_cascade_of_a_thousand_stops_is_a_loop_and_not_a_recursion() -> None:
    engine = Engine(instrument())
    stops = 1_000
    bids = [order(f"buy 1 @ {2_000 - step}") for step in range(stops + 1)]
    armed = [order(f"sell 1 stop {2_000 - step}") for step in range(stops)]
    for sequence, terms in enumerate([*bids, *armed], start=1):
        engine.apply(Sequenced(sequence, 0, terms))
    events = engine.apply(Sequenced(engine.sequence + 1, 0, order("sell 1 market")))
    trades = [event for event in events if isinstance(event, Trade)]
    assert [trade.price for trade in trades] == list(range(2_000, 2_000 - stops - 1, -1))
    assert sum(isinstance(event, OrderTriggered) for event in events) == stops
    assert not engine.book.orders


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [
        ("sell 1 stop 99 @ 98 post_only", "s canceled 1 post_only_would_take"),
        ("sell 1 stop 99 @ 99 post_only", "nothing more"),
        ("sell 1 stop 99 @ 97 ioc", "s sells 1 @ 98 to c"),
        ("sell 9 stop 99 @ 98 ioc", "s sells 5 @ 98 to c, s canceled 4 ioc_remainder"),
        ("sell 9 stop 99 @ 98 fok", "s canceled 9 fok_not_fillable"),
        ("sell 9 stop 99 fok", "s canceled 9 fok_not_fillable"),
        ("sell 5 stop 99 fok", "s sells 5 @ 98 to c"),
        ("sell 1 stop 99 by carol", "s canceled 1 self_trade"),
        ("sell 1 stop 99 by carol cancel_both", "c canceled 5 self_trade, s canceled 1 self_trade"),
    ],
)
def test_a_triggered_order_obeys_every_rule_of_its_kind(terms: str, outcome: str) -> None:
    market = Market("b 1 | 99 |\n c 5 by carol | 98 |", last=100)
    market.play(f"s: {terms}")
    more = "" if outcome == "nothing more" else f", {outcome}"
    market.play(f"x: sell 1 @ 99 -> ok, x sells 1 @ 99 to b, s triggered{more}")


def test_a_post_only_order_that_would_take_may_be_armed_but_not_enter_triggered() -> None:
    market = Market("| 101 | a 1", last=100)
    market.play("""
        s: buy 1 stop 101 @ 102 post_only    -> ok
        t: buy 1 stop 100 @ 102 post_only    -> rejected post_only_would_take
    """)


def test_a_limit_beyond_the_band_may_be_armed_but_is_canceled_when_triggered_there() -> None:
    # 5 % around 100: 95 to 105; around 102: 96.9 to 107.1.
    market = Market("| 102 | a 1", last=100, price_band_bps=500)
    market.play("""
        s: buy 1 stop 102 @ 107    -> ok
        t: buy 1 stop 102 @ 108    -> ok
        u: buy 1 stop 100 @ 106    -> rejected price_band
        x: buy 1 @ 102
        -> ok, x buys 1 @ 102 from a, s triggered, t triggered, t canceled 1 price_band
    """)
    market.shows("s 1 | 107 |")


def test_the_cancel_of_a_triggered_order_names_its_side_limit_and_rest() -> None:
    market = Market("| 102 | a 1", last=100, price_band_bps=500)
    market.play("s: buy 7 stop 102 @ 108")
    assert market.apply(order("buy 1 market"))[-2:] == [
        OrderTriggered(4),
        OrderCanceled(4, order("buy 1 @ 1").side, 108, 7, CancelReason.PRICE_BAND),
    ]


def test_a_triggered_market_order_stops_at_the_band_around_the_trade_that_released_it() -> None:
    market = Market("| 102 | a 1\n | 105 | b 1\n", last=100, price_band_bps=500)
    market.play("""
        c: sell 1 @ 105
        s: buy 9 stop 102
        x: buy 1 @ 102
        -> ok, x buys 1 @ 102 from a, s triggered, s buys 1 @ 105 from b, s buys 1 @ 105 from c
        -> s canceled 7 no_liquidity
        d: sell 1 @ 110
        e: sell 1 @ 104
        f: sell 1 @ 100
        s: sell 9 stop 104
        y: buy 1 @ 100    -> ok, y buys 1 @ 100 from f, s triggered, s canceled 9 no_liquidity
        s: buy 9 stop 104
        y: buy 1 @ 104
        -> ok, y buys 1 @ 104 from e, s triggered, s canceled 9 price_band
    """)


def test_an_armed_order_can_be_canceled_and_never_triggers_then() -> None:
    market = Market("armed s: buy 5 stop 102\n armed t: buy 6 stop 102", last=100)
    market.play("cancel s -> s canceled 5 requested")
    market.shows("armed t: buy 6 stop 102")
    market.play("cancel t -> t canceled 6 requested")
    market.shows("empty")
    market.play(TRADE_AT.format(102))


def test_a_triggered_order_that_rests_can_be_canceled_like_any_other() -> None:
    market = Market("armed s: buy 5 stop 102 @ 90", last=100)
    market.play(TRADE_AT.format(102) + ", s triggered")
    market.play("cancel s -> s canceled 5 requested")


def test_a_triggered_order_that_rests_does_not_trigger_again() -> None:
    market = Market("armed s: buy 5 stop 102 @ 90", last=100)
    market.play(TRADE_AT.format(102) + ", s triggered")
    market.play(TRADE_AT.format(101))
    market.play(TRADE_AT.format(103))
    market.shows("s 5 | 90 |")
