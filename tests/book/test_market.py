"""Market orders: whatever the other side offers, never resting, inside the price band if any."""

from builders import Market, order
from goquant.book.enums import CancelReason, Side
from goquant.book.events import OrderCanceled

ASKS = """
    | 106 | d 5
    | 105 | c 5
    | 103 | b 5
    | 101 | a 5
"""


def test_a_market_order_takes_the_best_prices_until_it_is_filled() -> None:
    market = Market(ASKS)
    market.play("t: buy 7 market -> ok, t buys 5 @ 101 from a, t buys 2 @ 103 from b")
    market.shows("""
        | 106 | d 5
        | 105 | c 5
        | 103 | b 3
    """)


def test_a_market_sell_takes_the_best_bids() -> None:
    market = Market("""
        a 1 | 100 |
        b 2 |  50 |
    """)
    market.play("t: sell 2 market -> ok, t sells 1 @ 100 to a, t sells 1 @ 50 to b")
    market.shows("b 1 | 50 |")


def test_a_market_order_on_an_empty_book_is_canceled() -> None:
    market = Market()
    market.play("""
        t: buy 5 market    -> ok, t canceled 5 no_liquidity
        u: sell 5 market   -> ok, u canceled 5 no_liquidity
    """)
    market.shows("empty")


def test_a_market_order_does_not_trade_with_its_own_side() -> None:
    market = Market("a 5 | 100 |")
    market.play("t: buy 5 market -> ok, t canceled 5 no_liquidity")
    market.shows("a 5 | 100 |")


def test_what_the_book_cannot_fill_of_a_market_order_is_canceled() -> None:
    market = Market("| 101 | a 5")
    market.play("t: buy 8 market -> ok, t buys 5 @ 101 from a, t canceled 3 no_liquidity")
    market.shows("empty")


def test_a_market_fok_trades_all_or_nothing() -> None:
    market = Market("| 101 | a 5")
    market.play("t: buy 6 market fok -> ok, t canceled 6 fok_not_fillable")
    market.shows("| 101 | a 5")
    market.play("u: buy 5 market fok -> ok, u buys 5 @ 101 from a")
    market.shows("empty")


# 5 % around the trade at 100: prices from 95 to 105, both included.
LAST_100 = "m: sell 1 @ 100\n n: buy 1 @ 100 -> ok, n buys 1 @ 100 from m"


def test_a_market_buy_stops_at_the_upper_end_of_the_price_band() -> None:
    market = Market(ASKS, price_band_bps=500)
    market.play(LAST_100)
    market.play("""
        t: buy 99 market
        -> ok, t buys 5 @ 101 from a, t buys 5 @ 103 from b, t buys 5 @ 105 from c
        -> t canceled 84 price_band
    """)
    market.shows("| 106 | d 5")


def test_a_market_sell_stops_at_the_lower_end_of_the_price_band() -> None:
    market = Market(
        """
        a 5 | 99 |
        b 5 | 95 |
        c 5 | 94 |
        """,
        price_band_bps=500,
    )
    market.play(LAST_100)
    market.play("""
        t: sell 99 market
        -> ok, t sells 5 @ 99 to a, t sells 5 @ 95 to b, t canceled 89 price_band
    """)
    market.shows("c 5 | 94 |")


def test_a_market_order_may_find_nothing_within_the_band() -> None:
    market = Market("| 106 | a 1", price_band_bps=500)
    market.play(LAST_100)
    market.play("t: buy 1 market -> ok, t canceled 1 price_band")
    market.shows("| 106 | a 1")


def test_a_band_without_orders_beyond_it_leaves_the_reason_no_liquidity() -> None:
    market = Market("| 105 | a 1", price_band_bps=500)
    market.play(LAST_100)
    market.play("t: buy 3 market -> ok, t buys 1 @ 105 from a, t canceled 2 no_liquidity")


def test_the_trades_of_a_market_order_do_not_move_its_own_band() -> None:
    market = Market("| 105 | a 1\n | 106 | b 1", price_band_bps=500)
    market.play(LAST_100)
    market.play("""
        t: buy 2 market    -> ok, t buys 1 @ 105 from a, t canceled 1 price_band
        u: buy 2 market    -> ok, u buys 1 @ 106 from b, u canceled 1 no_liquidity
    """)


def test_a_market_fok_counts_only_what_lies_within_the_band() -> None:
    market = Market("| 105 | a 1\n | 106 | b 1", price_band_bps=500)
    market.play(LAST_100)
    market.play("""
        t: buy 2 market fok    -> ok, t canceled 2 fok_not_fillable
        u: buy 1 market fok    -> ok, u buys 1 @ 105 from a
    """)
    market.shows("| 106 | b 1")


def test_before_the_first_trade_no_band_holds_a_market_order() -> None:
    market = Market("| 9999 | a 1", price_band_bps=500)
    market.play("t: buy 1 market -> ok, t buys 1 @ 9999 from a")


def test_with_the_band_switched_off_a_market_order_takes_any_price() -> None:
    market = Market("| 9999 | a 1", last=100)
    market.play("t: buy 1 market -> ok, t buys 1 @ 9999 from a")


def test_a_market_order_is_of_no_price_and_leaves_none_in_its_cancel() -> None:
    market = Market()
    assert market.apply(order("sell 5 market"))[1:] == [
        OrderCanceled(1, Side.SELL, None, 5, CancelReason.NO_LIQUIDITY)
    ]
