"""What a market answers: the orders that a command named, as they stood right after it."""

import pytest

from builders import instrument, order
from goquant.book.blotter import Blotter
from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    ReplaceOrder,
    Sequenced,
)
from goquant.book.engine import Engine
from goquant.book.enums import RejectReason
from goquant.book.events import Event, OrderAccepted, OrderRejected
from goquant.book.market import Answer, Market

# Orders 1 to 4. The last one is due at 10.
HISTORY = (
    order("sell 5 @ 102 by ann"),
    order("sell 5 @ 101 by bob id x"),
    order("buy 5 @ 99 by ann"),
    order("buy 5 @ 98 gtd 10 by bob"),
)


def asked(market: Market, command: Command, time_ns: int = 0) -> Answer:
    return market.apply(Sequenced(market.engine.sequence + 1, time_ns, command))


@pytest.fixture(params=[0, 1_000])
def market(request: pytest.FixtureRequest) -> Market:
    """A market with some history, whether it forgets finished orders at once or not."""
    market = Market(Engine(instrument()), Blotter(finished_orders_max=request.param))
    for command in HISTORY:
        asked(market, command)
    return market


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (order("buy 1 @ 90"), [(5, "new", 0)]),
        (order("buy 1 @ 90 ioc"), [(5, "canceled", 0)]),
        (order("buy 7 @ 102 by cid"), [(5, "filled", 7)]),
        (order("buy 7 @ 101"), [(5, "partially_filled", 5)]),
        (order("buy 7 @ 101 cancel_maker by bob"), [(5, "new", 0)]),
        (order("buy 7 stop 105"), [(5, "armed", 0)]),
        (order("sell 5 @ 101 by bob id x"), [(2, "new", 0)]),
        (order("sell 6 @ 101 by bob id x"), [(2, "new", 0)]),
        (order("buy 1 @ 9999999999999999"), []),
        (CancelOrder(3), [(3, "canceled", 0)]),
        (CancelOrder(9), []),
        (ReplaceOrder(3, quantity=4), [(3, "new", 0)]),
        (ReplaceOrder(3, price=101, quantity=4), [(3, "filled", 4)]),
        (ReplaceOrder(3, price=10**16), [(3, "new", 0)]),
        (ReplaceOrder(9), []),
        (MassCancel("ann"), [(1, "canceled", 0), (3, "canceled", 0)]),
        (MassCancel("cid"), []),
        (ExpireOrders(), []),
    ],
)
@pytest.mark.parametrize("time_ns", [0, 10])
def test_an_answer_shows_the_orders_that_the_command_named_and_no_others(
    market: Market, command: Command, named: list[tuple[int, str, int]], time_ns: int
) -> None:
    """Not those that it traded with, nor one that was due."""
    answer = asked(market, command, time_ns)
    assert answer.sequenced == Sequenced(5, time_ns, command)
    assert [(one.order_id, one.status, one.filled) for one in answer.orders] == named


def test_engine_and_blotter_stand_at_the_same_command(market: Market) -> None:
    answer = asked(market, order("buy 7 @ 101"))
    twin = Engine(instrument())
    events = [twin.apply(Sequenced(n, 0, command)) for n, command in enumerate(HISTORY, 1)]
    assert [len(each) for each in events] == [1, 1, 1, 1]
    assert answer.events == twin.apply(answer.sequenced)
    assert market.engine.state_hash() == twin.state_hash()
    record = market.blotter.order(5)
    assert record is not None
    assert (record.sequence, record.filled) == (5, 5)


def test_an_empty_market_has_the_rules_it_was_given_and_no_history() -> None:
    market = Market.empty(instrument(symbol="XYZ-USD"))
    assert market.instrument is market.engine.instrument
    assert (market.instrument.symbol, market.engine.sequence) == ("XYZ-USD", 0)
    assert market.blotter.trades(1) == ([], None)


def test_an_answer_tells_a_refusal_from_what_went_before_it() -> None:
    accepted = OrderAccepted(1, order("buy 1 @ 100"))
    refused = OrderRejected(RejectReason.UNKNOWN_ORDER, 9)
    assert answer_with().refusal is None
    assert answer_with(accepted).refusal is None
    assert answer_with(refused).refusal is refused
    assert answer_with(accepted, refused).refusal is refused


def answer_with(*events: Event) -> Answer:
    return Answer(Sequenced(1, 0, ExpireOrders()), list(events), [])
