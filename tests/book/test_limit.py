"""Limit orders: what crosses trades, best price first, then oldest first; the rest rests."""

from builders import Market, order
from goquant.book.commands import NewOrder
from goquant.book.enums import Side
from goquant.book.events import OrderAccepted, Trade

SPREAD = """
                | 103 | d 4
                | 102 | b 2, c 3
                | 101 | a 1
    e 1         | 99  |
    f 2, g 3    | 98  |
    h 4         | 97  |
"""


def test_an_order_that_crosses_nothing_rests_at_its_limit() -> None:
    market = Market()
    market.play("""
        a: buy 5 @ 100     -> ok
        b: sell 3 @ 101    -> ok
    """)
    market.shows("""
            | 101 | b 3
        a 5 | 100 |
    """)


def test_a_resting_order_waits_behind_all_others_at_its_price() -> None:
    market = Market("""
                 | 101 | a 1
        b 1, c 1 | 100 |
    """)
    market.play("""
        d: sell 1 @ 101    -> ok
        e: buy 1 @ 100     -> ok
    """)
    market.shows("""
                      | 101 | a 1, d 1
        b 1, c 1, e 1 | 100 |
    """)


def test_a_trade_prints_at_the_price_of_the_maker() -> None:
    market = Market(SPREAD)
    market.play("t: buy 1 @ 110 -> ok, t buys 1 @ 101 from a")
    market.play("u: sell 1 @ 90 -> ok, u sells 1 @ 99 to e")


def test_a_buy_takes_the_lowest_ask_first_and_at_one_price_the_oldest() -> None:
    market = Market(SPREAD)
    market.play("""
        t: buy 5 @ 103 -> ok, t buys 1 @ 101 from a, t buys 2 @ 102 from b, t buys 2 @ 102 from c
    """)
    market.shows("""
                    | 103 | d 4
                    | 102 | c 1
        e 1         | 99  |
        f 2, g 3    | 98  |
        h 4         | 97  |
    """)


def test_a_sell_takes_the_highest_bid_first_and_at_one_price_the_oldest() -> None:
    market = Market(SPREAD)
    market.play("""
        t: sell 5 @ 97 -> ok, t sells 1 @ 99 to e, t sells 2 @ 98 to f, t sells 2 @ 98 to g
    """)
    market.shows("""
                    | 103 | d 4
                    | 102 | b 2, c 3
                    | 101 | a 1
        g 1         | 98  |
        h 4         | 97  |
    """)


def test_a_price_that_meets_the_other_side_exactly_trades() -> None:
    market = Market("| 101 | a 5")
    market.play("t: buy 5 @ 101 -> ok, t buys 5 @ 101 from a")
    market.shows("empty")


def test_a_taker_never_trades_beyond_its_limit_and_its_rest_rests_there() -> None:
    market = Market(SPREAD)
    market.play("""
        t: buy 9 @ 102 -> ok, t buys 1 @ 101 from a, t buys 2 @ 102 from b, t buys 3 @ 102 from c
    """)
    market.shows("""
                    | 103 | d 4
        t 3         | 102 |
        e 1         | 99  |
        f 2, g 3    | 98  |
        h 4         | 97  |
    """)


def test_a_sell_that_uses_up_the_bids_becomes_the_best_ask() -> None:
    market = Market("""
            | 103 | a 1
        b 2 | 100 |
    """)
    market.play("t: sell 5 @ 99 -> ok, t sells 2 @ 100 to b")
    market.shows("""
        | 103 | a 1
        |  99 | t 3
    """)


def test_a_maker_filled_in_part_stays_first_in_line() -> None:
    market = Market("| 101 | a 5, b 5")
    market.play("t: buy 3 @ 101 -> ok, t buys 3 @ 101 from a")
    market.shows("| 101 | a 2, b 5")
    market.play("u: buy 3 @ 101 -> ok, u buys 2 @ 101 from a, u buys 1 @ 101 from b")
    market.shows("| 101 | b 4")


def test_an_order_that_comes_back_to_a_price_is_the_youngest_there() -> None:
    market = Market("| 101 | a 1, b 1")
    market.play("""
        cancel a           -> a canceled 1 requested
        a: sell 1 @ 101    -> ok
        t: buy 1 @ 101     -> ok, t buys 1 @ 101 from b
    """)
    market.shows("| 101 | a 1")


def test_a_level_that_was_used_up_can_open_again() -> None:
    market = Market("| 101 | a 1")
    market.play("""
        t: buy 1 @ 101     -> ok, t buys 1 @ 101 from a
        b: sell 2 @ 101    -> ok
    """)
    market.shows("| 101 | b 2")


def test_the_events_of_a_trade_say_all_of_it() -> None:
    market = Market("| 101 | a 1, b 5")
    buy = order("buy 3 @ 102")
    assert market.apply(buy) == [
        OrderAccepted(3, NewOrder(Side.BUY, buy.type, 3, price=102)),
        Trade(1, 101, 1, Side.BUY, 1, 3, maker_fee=-10_100, taker_fee=25_250),
        Trade(2, 101, 2, Side.BUY, 2, 3, maker_fee=-20_200, taker_fee=50_500),
    ]


def test_trade_ids_count_through_all_commands() -> None:
    market = Market("""
            | 101 | a 1, b 1
        c 1 |  99 |
    """)
    commands = [order("buy 2 @ 101"), order("sell 1 @ 99")]
    events = [event for command in commands for event in market.apply(command)]
    assert [event.trade_id for event in events if isinstance(event, Trade)] == [1, 2, 3]
    assert market.engine.book.last_trade_id == 3
