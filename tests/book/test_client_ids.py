"""Client order ids: sending an order twice places it once."""

from builders import Market


def test_the_same_order_again_is_answered_with_the_first() -> None:
    market = Market()
    market.play("""
        a: buy 5 @ 100 id x by alice    -> ok
        b: buy 5 @ 100 id x by alice    -> repeats a
    """)
    market.shows("a 5 | 100 |")


def test_another_body_under_the_same_id_is_refused_and_names_the_first() -> None:
    market = Market()
    market.play("""
        a: buy 5 @ 100 id x               -> ok
        b: buy 6 @ 100 id x               -> rejected client_order_id_reused a
        b: buy 5 @ 101 id x               -> rejected client_order_id_reused a
        b: sell 5 @ 100 id x              -> rejected client_order_id_reused a
        b: buy 5 @ 100 ioc id x           -> rejected client_order_id_reused a
        b: buy 5 @ 100 post_only id x     -> rejected client_order_id_reused a
        b: buy 5 @ 100 cancel_both id x   -> rejected client_order_id_reused a
    """)
    market.shows("a 5 | 100 |")


def test_the_same_id_of_another_account_or_of_none_is_another_order() -> None:
    market = Market()
    market.play("""
        a: buy 1 @ 100 id x
        b: buy 1 @ 100 id x by alice
        c: buy 1 @ 100 id x by bob
        d: buy 1 @ 100 id y
        e: buy 1 @ 100 id x             -> repeats a
        f: buy 1 @ 100 id x by alice    -> repeats b
    """)
    market.shows("a 1, b 1, c 1, d 1 | 100 |")


def test_orders_without_an_id_never_repeat() -> None:
    market = Market()
    market.play("a: buy 1 @ 100 by alice\n b: buy 1 @ 100 by alice")
    market.shows("a 1, b 1 | 100 |")


def test_an_order_is_remembered_when_it_is_no_longer_open() -> None:
    market = Market("| 101 | a 1 id filled")
    market.play("""
        b: buy 1 @ 101 id taker      -> ok, b buys 1 @ 101 from a
        c: buy 1 @ 100 id gone       -> ok
        cancel c                     -> c canceled 1 requested
        d: buy 1 market id nothing   -> ok, d canceled 1 no_liquidity
        e: sell 1 @ 101 id filled    -> repeats a
        e: buy 1 @ 101 id taker      -> repeats b
        e: buy 1 @ 100 id gone       -> repeats c
        e: buy 1 market id nothing   -> repeats d
    """)
    market.shows("empty")


def test_a_refused_order_is_not_remembered_and_may_be_mended() -> None:
    market = Market(quantity_min=2)
    market.play("""
        a: buy 1 @ 100 id x    -> rejected quantity_too_small
        a: buy 2 @ 100 id x    -> ok
    """)


def test_a_replace_does_not_change_the_body_that_is_compared() -> None:
    market = Market()
    market.play("""
        a: buy 5 @ 100 id x    -> ok
        replace a 3 @ 99       -> a replaced behind
        b: buy 5 @ 100 id x    -> repeats a
        b: buy 3 @ 99 id x     -> rejected client_order_id_reused a
    """)


def test_a_repeat_is_looked_at_before_every_other_rule() -> None:
    market = Market("| 105 | b 1", account_open_orders_max=1)
    market.play("""
        a: buy 1 @ 100 id x gtd 500 by alice           -> ok
        c: buy 1 @ 100 id x gtd 500 by alice at 600    -> a canceled 1 expired, repeats a
        c: buy 1 @ 105 id x post_only by alice         -> rejected client_order_id_reused a
    """)


def test_beyond_the_bound_the_one_remembered_longest_is_forgotten() -> None:
    market = Market(client_order_ids_max=2)
    market.play("""
        a: buy 1 @ 100 ioc id a    -> ok, a canceled 1 ioc_remainder
        b: buy 1 @ 100 ioc id b    -> ok, b canceled 1 ioc_remainder
        z: buy 1 @ 100 ioc id a    -> repeats a
        c: buy 1 @ 100 ioc id c    -> ok, c canceled 1 ioc_remainder
        z: buy 1 @ 100 ioc id b    -> repeats b
        z: buy 1 @ 100 ioc id c    -> repeats c
        d: buy 1 @ 100 ioc id a    -> ok, d canceled 1 ioc_remainder
        e: buy 1 @ 100 ioc id b    -> ok, e canceled 1 ioc_remainder
    """)


def test_the_id_of_an_open_order_is_never_forgotten() -> None:
    market = Market(client_order_ids_max=1)
    market.play("open: buy 1 @ 50 id open")
    for name in "abcdef":
        market.play(f"{name}: buy 1 @ 100 ioc id {name} -> ok, {name} canceled 1 ioc_remainder")
        market.play("z: buy 1 @ 50 id open -> repeats open")


def test_an_open_order_that_was_looked_at_becomes_the_newest() -> None:
    market = Market(client_order_ids_max=2)
    market.play("""
        a: buy 1 @ 50 id a
        b: buy 1 @ 100 ioc id b    -> ok, b canceled 1 ioc_remainder
        c: buy 1 @ 100 ioc id c    -> ok, c canceled 1 ioc_remainder
    """)
    # a stood first, is open and went behind c: one look per accepted order, so b is still known.
    assert [known.terms.client_order_id for known in market.engine.dump().client_order_ids] == [
        *("b", "c", "a")
    ]
    market.play("""
        z: buy 1 @ 100 ioc id b    -> repeats b
        d: buy 1 @ 100 ioc id d    -> ok, d canceled 1 ioc_remainder
        e: buy 1 @ 100 ioc id b    -> ok, e canceled 1 ioc_remainder
    """)


def test_an_armed_order_is_an_open_order() -> None:
    market = Market(client_order_ids_max=1)
    market.play("""
        s: buy 1 stop 200 id s
        a: buy 1 @ 100 ioc id a    -> ok, a canceled 1 ioc_remainder
        z: buy 1 stop 200 id s     -> repeats s
    """)


def test_with_a_bound_of_zero_nothing_is_remembered() -> None:
    market = Market(client_order_ids_max=0)
    market.play("""
        a: buy 1 @ 100 ioc id x    -> ok, a canceled 1 ioc_remainder
        b: buy 1 @ 100 ioc id x    -> ok, b canceled 1 ioc_remainder
    """)
