"""Dump and load: the state of an engine as data, and an engine that goes on from it."""

from hashlib import blake2b

import msgspec
import pytest

from builders import Market, draw, instrument, order
from goquant.book.commands import Command, ExpireOrders, MassCancel, ReplaceOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.invariants import check
from goquant.book.state import (
    ClientOrderId,
    EngineState,
    OpenOrder,
    StateHead,
    hash_of,
)

BOOK = """
                          | 103 | a 4 by alice
                          | 102 | b 1, c 2 gtd 900
    d 5 by alice id d     | 100 |
    e 6, f 7 by bob       |  99 |
    armed s: buy 1 stop 110 @ 110 by bob
    armed t: buy 2 stop 110
    armed u: sell 3 stop 90 gtd 800 @ 90
    armed v: sell 4 take_profit 105
"""

# A trade at 98 releases s, whose trade at 96 releases t.
TRIGGERS = """
        | 110 | e 1
    a 1 | 100 |
    b 2 |  99 |
    c 3 |  98 |
    d 2 |  96 |
    armed t: sell 1 stop 96 @ 97
    armed s: sell 5 stop 98 @ 96
"""


def busy_market() -> Market:
    """A market with something of everything: fills, lost places, armed orders, client ids."""
    market = Market(BOOK, last=101)
    market.play("""
        x: sell 2 @ 100 id x    -> ok, x sells 2 @ 100 to d
        replace b 3             -> b replaced behind
        replace s 2             -> s replaced behind
        wait at 700
    """)
    return market


def test_an_empty_engine_dumps_an_empty_state() -> None:
    head = StateHead("ABC-USD", 0, 0, 0, None)
    assert Engine(instrument()).dump() == EngineState(head, (), ())


def test_a_dump_holds_the_whole_state_in_the_order_of_the_places() -> None:
    market = Market("""
                     | 102 | a 1
        b 2 id b     | 100 |
        armed s: buy 3 stop 110
    """)
    market.play("t: sell 1 @ 100 id t at 700 -> ok, t sells 1 @ 100 to b")
    bid, ask, stop = order("buy 2 @ 100 id b"), order("sell 1 @ 102"), order("buy 3 stop 110")
    assert market.engine.dump() == EngineState(
        head=StateHead("ABC-USD", sequence=4, time_ns=700, last_trade_id=1, last_price=100),
        orders=(OpenOrder(1, ask, 1), OpenOrder(2, bid, 1), OpenOrder(3, stop, 3, armed=True)),
        client_order_ids=(ClientOrderId(2, bid), ClientOrderId(4, order("sell 1 @ 100 id t"))),
    )


def test_a_loaded_engine_is_the_dumped_one() -> None:
    market = busy_market()
    loaded = Engine.load(market.engine.instrument, market.engine.dump())
    check(loaded)
    assert loaded.dump() == market.engine.dump()
    assert loaded.state_hash() == market.engine.state_hash()
    assert draw(loaded.dump()) == draw(market.engine.dump())


@pytest.mark.parametrize(
    "command",
    [
        order("buy 99 market"),
        order("sell 99 @ 90 cancel_maker by alice"),
        order("buy 5 @ 100 by alice id d"),
        order("sell 2 @ 100 id x"),
        order("buy 1 @ 110 by bob"),
        ReplaceOrder(7, quantity=9),
        ReplaceOrder(3, price=1),
        MassCancel("bob"),
        MassCancel(),
        ExpireOrders(),
    ],
)
def test_a_loaded_engine_goes_on_as_if_it_were_the_dumped_one(command: Command) -> None:
    market = busy_market()
    loaded = Engine.load(market.engine.instrument, market.engine.dump())
    for time_ns in (700, 850, 900):
        sequenced = Sequenced(loaded.sequence + 1, time_ns, command)
        assert loaded.apply(sequenced) == market.engine.apply(sequenced)
        assert loaded.state_hash() == market.engine.state_hash()
        check(loaded)


def test_a_dump_does_not_change_with_its_engine() -> None:
    market = busy_market()
    dumped = market.engine.dump()
    before = msgspec.json.encode(dumped)
    market.apply(MassCancel())
    assert msgspec.json.encode(dumped) == before


def test_a_state_survives_json() -> None:
    dumped = busy_market().engine.dump()
    assert msgspec.json.decode(msgspec.json.encode(dumped), type=EngineState) == dumped


def test_the_state_of_another_symbol_is_refused() -> None:
    dumped = Engine(instrument(symbol="XYZ-USD")).dump()
    with pytest.raises(ValueError, match="the state is of XYZ-USD, the engine of ABC-USD"):
        Engine.load(instrument(), dumped)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a 1, b 2 | 100 |", "a 2, b 1 | 100 |"),
        ("a 1 | 100 |", "a 2 | 100 |"),
        ("a 1 | 100 |", "a 1 | 101 |"),
        ("a 1 | 100 |", "| 100 | a 1"),
        ("a 1 | 100 |", "a 1 by alice | 100 |"),
        ("a 1 | 100 |", "a 1 gtd 500 | 100 |"),
        ("armed a: buy 1 stop 100", "armed a: buy 1 take_profit 100"),
        ("armed a: buy 1 stop 100", "armed a: buy 1 stop 101"),
    ],
)
def test_the_hash_tells_states_apart(one: str, other: str) -> None:
    assert Market(one).engine.state_hash() != Market(other).engine.state_hash()


def test_the_hash_covers_the_place_in_line() -> None:
    kept, lost = Market("a 2, b 2 | 100 |"), Market("a 1, b 2 | 100 |")
    kept.play("replace a 2 -> a replaced in place")
    lost.play("replace a 2 -> a replaced behind")
    assert kept.engine.state_hash() != lost.engine.state_hash()


def test_the_hash_is_128_bits_of_blake2b_over_lines_of_json() -> None:
    market = Market("a 2 id x | 100 |\n armed s: sell 1 stop 90 @ 90", last=101)
    lines = (
        b'{"symbol":"ABC-USD","sequence":4,"time_ns":0,"last_trade_id":1,"last_price":101}\n'
        b'[3,{"side":"buy","type":"limit","quantity":2,"price":100,"client_order_id":"x"},2,false]\n'
        b'[4,{"side":"sell","type":"stop_limit","quantity":1,"price":90,"trigger_price":90},1,true]\n'
        b'[3,{"side":"buy","type":"limit","quantity":2,"price":100,"client_order_id":"x"}]\n'
    )
    assert market.engine.state_hash() == blake2b(lines, digest_size=16).hexdigest()


def test_orders_are_told_from_client_order_ids() -> None:
    """The same number of lines about the same order, now as the one, now as the other."""
    head, terms = Engine(instrument()).head(), order("buy 1 @ 100 id x")
    known = ClientOrderId(1, terms)
    hashes = {
        hash_of(EngineState(head, (), (known, known))),
        hash_of(EngineState(head, (OpenOrder(1, terms, 1),), (known,))),
        hash_of(EngineState(head, (OpenOrder(1, terms, 1), OpenOrder(1, terms, 1)), ())),
    }
    assert len(hashes) == 3


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("wait", "e a b c d t s"),
        ("f: buy 1 @ 100", "e a b c d t s f"),
        ("replace b @ 100 -> b replaced behind", "e a c d t s b"),
        ("replace b 3 -> b replaced behind", "e a c d t s b"),
        ("replace b 1 -> b replaced in place", "e a b c d t s"),
        ("replace t @ 95 -> t replaced behind", "e a b c d s t"),
        ("replace s 4 -> s replaced in place", "e a b c d t s"),
        ("cancel c -> c canceled 3 requested", "e a b d t s"),
        ("x: sell 2 @ 100 -> ok, x sells 1 @ 100 to a", "e b c d t s x"),
        ("replace e @ 99 -> e replaced behind, e sells 1 @ 100 to a", "b c d t s"),
        ("replace e 2 @ 100 -> e replaced behind, e sells 1 @ 100 to a", "b c d t s e"),
    ],
)
def test_orders_stand_in_the_order_in_which_they_took_their_places(script: str, left: str) -> None:
    market = Market(TRIGGERS)
    market.play(script)
    assert in_order(market) == left


def test_an_order_that_triggers_leaves_its_place_for_a_new_one() -> None:
    market = Market(TRIGGERS)
    market.play("""
        replace t @ 95      -> t replaced behind
        replace s @ 97      -> s replaced behind
        replace t @ 96      -> t replaced behind
        x: sell 4 @ 98      -> ok, x sells 1 @ 100 to a, x sells 2 @ 99 to b, x sells 1 @ 98 to c
                            -> s triggered, s sells 2 @ 98 to c
    """)
    assert in_order(market) == "e d t s"


def test_orders_of_a_cascade_take_their_places_as_they_act() -> None:
    market = Market(TRIGGERS)
    market.play("""
        x: sell 4 @ 98      -> ok, x sells 1 @ 100 to a, x sells 2 @ 99 to b, x sells 1 @ 98 to c
                            -> s triggered, s sells 2 @ 98 to c, s sells 2 @ 96 to d
                            -> t triggered
    """)
    assert in_order(market) == "e s t"


def in_order(market: Market) -> str:
    """The names of the orders as they stand in the state, and in that of an engine loaded from it."""
    dumped = market.engine.dump()
    assert Engine.load(market.engine.instrument, dumped).dump() == dumped
    return " ".join(market.names[entry.order_id] for entry in dumped.orders)
