"""The one door: commands in their sequence, events as their complete effect, always the same."""

import pytest

from builders import Market, instrument, order
from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    ReplaceOrder,
    Sequenced,
)
from goquant.book.engine import Engine, SequenceError
from goquant.book.invariants import check

HISTORY: tuple[Command, ...] = (
    order("sell 5 @ 101 by alice id a"),
    order("sell 5 stop 101"),
    order("buy 3 @ 100 gtd 900"),
    order("buy 7 @ 102 by bob cancel_both"),
    ReplaceOrder(3, quantity=2),
    CancelOrder(99),
    order("sell 1 @ 100 fok"),
    MassCancel("bob"),
    ExpireOrders(),
)


@pytest.mark.parametrize(
    ("sequence", "time_ns"),
    [
        pytest.param(6, 500, id="gap"),
        pytest.param(4, 500, id="repeat"),
        pytest.param(0, 500, id="zero"),
        pytest.param(-1, 500, id="negative"),
        pytest.param(5, 499, id="time going back"),
        pytest.param(6, 900, id="gap when something is due"),
    ],
)
def test_a_command_out_of_order_is_a_bug_and_changes_nothing(sequence: int, time_ns: int) -> None:
    market = Market("| 101 | a 1\n b 1 gtd 900 | 100 |\n armed s: buy 1 stop 110")
    market.play("wait at 500")
    before = market.engine.state_hash()
    with pytest.raises(SequenceError):
        market.engine.apply(Sequenced(sequence, time_ns, MassCancel()))
    check(market.engine)
    assert market.engine.state_hash() == before
    market.play("t: buy 1 market -> ok, t buys 1 @ 101 from a")


def test_the_error_says_what_came_and_what_it_cannot_follow() -> None:
    engine = Engine(instrument())
    engine.apply(Sequenced(1, 500, ExpireOrders()))
    message = "ABC-USD: sequence 3 at 400 cannot follow sequence 1 at 500; .* time never goes back$"
    with pytest.raises(SequenceError, match=message):
        engine.apply(Sequenced(3, 400, ExpireOrders()))


def test_the_first_sequence_is_1() -> None:
    with pytest.raises(SequenceError):
        Engine(instrument()).apply(Sequenced(0, 0, ExpireOrders()))
    assert Engine(instrument()).apply(Sequenced(1, 0, ExpireOrders())) == []


def test_two_commands_may_have_the_same_time() -> None:
    engine = Engine(instrument())
    engine.apply(Sequenced(1, 500, ExpireOrders()))
    engine.apply(Sequenced(2, 500, ExpireOrders()))
    assert (engine.sequence, engine.time_ns) == (2, 500)


def test_the_id_of_an_order_is_the_sequence_of_its_command() -> None:
    market = Market()
    market.play("wait\n cancel 7 -> rejected unknown_order 7")
    market.apply(order("buy 1 @ 100"))
    assert list(market.engine.book.orders) == [3]


def test_refused_commands_use_up_their_sequence() -> None:
    market = Market(quantity_min=2)
    market.play("a: buy 1 @ 100 -> rejected quantity_too_small")
    assert market.engine.sequence == 1


def test_the_same_commands_give_the_same_events_and_the_same_state() -> None:
    engines = [Engine(instrument()) for _ in range(2)]
    for sequence, command in enumerate(HISTORY, start=1):
        one, other = (
            engine.apply(Sequenced(sequence, sequence * 100, command)) for engine in engines
        )
        assert one == other
        assert engines[0].state_hash() == engines[1].state_hash()


def test_the_events_of_a_command_belong_to_the_caller() -> None:
    engine = Engine(instrument())
    first = engine.apply(Sequenced(1, 0, order("buy 1 @ 100")))
    first.clear()
    assert len(engine.apply(Sequenced(2, 0, order("sell 1 @ 100")))) == 2


def test_engines_share_nothing() -> None:
    one, other = Engine(instrument()), Engine(instrument())
    one.apply(Sequenced(1, 0, order("buy 1 stop 100 by alice id x")))
    assert other.dump() == Engine(instrument()).dump()
    assert other.apply(Sequenced(1, 0, order("sell 1 market")))[1:]
    check(other)
