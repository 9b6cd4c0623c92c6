"""Runs the engine and the reference side by side, and compares all that they say and hold."""

from typing import Any

import msgspec

from goquant.book import depth
from goquant.book.commands import Command, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.events import Event
from goquant.book.instrument import Instrument
from goquant.book.invariants import check
from goquant.book.state import OpenOrder, StateHead
from places import places
from reference import Order, Reference
from strategies import Wish, aim


class Lockstep:
    """Both engines of one instrument, and what was asked of them so far."""

    def __init__(self, rules: Instrument) -> None:
        self.rules = rules
        self.engine = Engine(rules)
        self.reference = Reference(msgspec.to_builtins(rules))
        self.log: list[Sequenced] = []
        self.sent: list[NewOrder] = []

    def ask(self, wait_ns: int, wished: Wish) -> list[Event]:
        """Let time pass, do what is wished for, and compare."""
        time_ns = self.engine.time_ns + wait_ns
        live = [order.order_id for order in self.reference.open_orders()]
        command = aim(wished, live, self.sent, time_ns)
        if isinstance(command, NewOrder):
            self.sent.append(command)
        return self.apply(Sequenced(self.engine.sequence + 1, time_ns, command))

    def adopt(self, rules: Instrument) -> None:
        """Let both go by other rules from the next command on."""
        self.rules = rules
        self.engine.adopt(rules)
        self.reference.rules = msgspec.to_builtins(rules)

    def apply(self, sequenced: Sequenced) -> list[Event]:
        """Give both the same command and compare."""
        self.log.append(sequenced)
        events = self.engine.apply(sequenced)
        expected = self.reference.apply(
            sequenced.sequence, sequenced.time_ns, plain_command(sequenced.command)
        )
        assert [plain_event(event) for event in events] == expected, sequenced
        check(self.engine)
        compare_state(self.engine, self.reference)
        compare_views(self.engine, self.reference)
        return events


def plain_command(command: Command) -> tuple[Any, ...]:
    """A command in the words of the reference."""
    if isinstance(command, NewOrder):
        return ("NewOrder", plain_terms(command))
    return (type(command).__name__, *msgspec.structs.astuple(command))


def plain_event(event: Event) -> tuple[Any, ...]:
    """An event in the words of the reference."""
    values = msgspec.structs.astuple(event)
    return (type(event).__name__, *map(_plain, values))


def plain_terms(terms: NewOrder) -> dict[str, Any]:
    """Terms in the words of the reference, with every default spelled out."""
    return {name: _plain(value) for name, value in msgspec.structs.asdict(terms).items()}


def compare_state(engine: Engine, reference: Reference) -> None:
    """All that decides what comes next: the book with its places, what is armed, what is known."""
    state = engine.dump()
    assert state.head == StateHead(
        reference.rules["symbol"],
        reference.sequence,
        reference.time_ns,
        reference.last_trade_id,
        reference.last_price,
    )
    queues = places(state)
    assert _plain_orders(queues.bids) == _entries(reference.queue("buy"))
    assert _plain_orders(queues.asks) == _entries(reference.queue("sell"))
    assert _plain_orders(queues.armed) == _entries(reference.releasable())
    known = [(entry.order_id, plain_terms(entry.terms)) for entry in state.client_order_ids]
    assert known == reference.remembered


def compare_views(engine: Engine, reference: Reference) -> None:
    """The best level, the levels and the orders that the public sees."""
    full, best, orders = depth.l2(engine.book), depth.l1(engine.book), depth.l3(engine.book)
    for side, levels, first, queue in (
        ("buy", full.bids, best.bids, orders.bids),
        ("sell", full.asks, best.asks, orders.asks),
    ):
        expected = reference.queue(side)
        seen = [(order.order_id, order.price, order.quantity) for order in queue]
        assert seen == [(order.order_id, _price(order), order.remaining) for order in expected]
        sums = {_price(order): [0, 0] for order in expected}
        for order in expected:
            sums[_price(order)][0] += order.remaining
            sums[_price(order)][1] += 1
        assert [(level.price, level.quantity, level.count) for level in levels] == [
            (price, quantity, count) for price, (quantity, count) in sums.items()
        ]
        assert first == levels[:1]


def _entries(orders: list[Order]) -> list[tuple[Any, ...]]:
    return [(order.order_id, order.terms, order.remaining) for order in orders]


def _plain_orders(orders: list[OpenOrder]) -> list[tuple[Any, ...]]:
    return [(entry.order_id, plain_terms(entry.terms), entry.remaining) for entry in orders]


def _plain(value: Any) -> Any:
    return plain_terms(value) if isinstance(value, NewOrder) else msgspec.to_builtins(value)


def _price(order: Order) -> int:
    return int(order.terms["price"])
