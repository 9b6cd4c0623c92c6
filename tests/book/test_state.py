"""Dump and load: the state of an engine as data, and an engine that goes on from it."""

from hashlib import blake2b

import msgspec
import pytest

from builders import Market, draw, instrument, order
from goquant.book.commands import Command, ExpireOrders, MassCancel, ReplaceOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.invariants import check
from goquant.book.state import ClientOrderId, EngineState, OpenOrder

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
    assert Engine(instrument()).dump() == EngineState("ABC-USD", 0, 0, 0, None, (), (), (), ())


def test_a_dump_holds_the_whole_state_in_priority_order() -> None:
    market = Market("""
                     | 102 | a 1
        b 2 id b     | 100 |
        armed s: buy 3 stop 110
    """)
    market.play("t: sell 1 @ 100 id t at 700 -> ok, t sells 1 @ 100 to b")
    bid, ask, stop = order("buy 2 @ 100 id b"), order("sell 1 @ 102"), order("buy 3 stop 110")
    assert market.engine.dump() == EngineState(
        symbol="ABC-USD",
        sequence=4,
        time_ns=700,
        last_trade_id=1,
        last_price=100,
        bids=(OpenOrder(2, bid, 1),),
        asks=(OpenOrder(1, ask, 1),),
        armed=(OpenOrder(3, stop, 3),),
        client_order_ids=(ClientOrderId(2, bid), ClientOrderId(4, order("sell 1 @ 100 id t"))),
    )


def test_a_loaded_engine_is_the_dumped_one() -> None:
    market = busy_market()
    loaded = Engine.load(market.engine.instrument, market.engine.dump())
    check(loaded)
    assert loaded.dump() == market.engine.dump()
    assert loaded.state_hash() == market.engine.state_hash()
    assert draw(loaded) == draw(market.engine)


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


def test_the_hash_is_128_bits_of_blake2b_over_the_json_of_the_state() -> None:
    text = (
        b'{"symbol":"ABC-USD","sequence":0,"time_ns":0,"last_trade_id":0,"last_price":null,'
        b'"bids":[],"asks":[],"armed":[],"client_order_ids":[]}'
    )
    assert Engine(instrument()).state_hash() == blake2b(text, digest_size=16).hexdigest()
