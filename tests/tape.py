"""Recorded sessions, and a reader that knows the book from the events alone."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from msgspec.structs import replace

import strategies
from goquant.book import depth
from goquant.book.commands import NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import CancelReason, Side
from goquant.book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from goquant.book.instrument import Instrument
from goquant.book.state import EngineState
from places import turn, waits_for_rise


@dataclass(frozen=True)
class Moment:
    """One command, what it caused, and the book around it."""

    sequenced: Sequenced
    events: list[Event]
    before: EngineState
    after: EngineState
    depth_before: depth.Depth
    depth_after: depth.Depth


@dataclass(frozen=True)
class Session:
    """A run of one engine. Its seed makes it again."""

    seed: int
    rules: Instrument
    moments: list[Moment]

    @property
    def log(self) -> list[Sequenced]:
        return [moment.sequenced for moment in self.moments]

    @property
    def events(self) -> list[list[Event]]:
        return [moment.events for moment in self.moments]


def record(seed: int, commands: int) -> Session:
    """Run random commands and note everything."""
    rng = random.Random(seed)
    session = Session(seed, strategies.instrument(rng.choice), [])
    engine, sent = Engine(session.rules), list[NewOrder]()
    state, levels = engine.dump(), depth.l2(engine.book)
    for sequence in range(1, commands + 1):
        time_ns = engine.time_ns + rng.choice(strategies.WAITS_NS)
        live = sorted(engine.book.orders)
        command = strategies.aim(strategies.wish(rng.choice), live, sent, time_ns)
        if isinstance(command, NewOrder):
            sent.append(command)
        sequenced = Sequenced(sequence, time_ns, command)
        events = engine.apply(sequenced)
        before, levels_before = state, levels
        state, levels = engine.dump(), depth.l2(engine.book)
        moment = Moment(sequenced, events, before, state, levels_before, levels)
        session.moments.append(moment)
    return session


# Enough to meet every event and every reason: test_properties.py makes sure of that.
SEEDS = range(24)


@cache
def recorded(seed: int) -> Session:
    """The same session for every test that asks."""
    return record(seed, commands=400)


def still(state: EngineState) -> EngineState:
    """What of a state must not move when a command changes nothing: all but the clock."""
    return replace(state, head=replace(state.head, sequence=0, time_ns=0))


def quiet(session: Session) -> Iterator[Moment]:
    """The moments at whose time nothing expired, so that all events are the command's own."""
    for moment in session.moments:
        first = moment.events[0] if moment.events else None
        if not isinstance(first, OrderCanceled) or first.reason is not CancelReason.EXPIRED:
            yield moment


@dataclass(eq=False)
class Seen:
    """An order as its events tell it."""

    order_id: int
    terms: NewOrder
    remaining: int
    triggered: bool = False

    @property
    def is_armed(self) -> bool:
        """Whether it still waits for its trigger price, if it is open."""
        return self.terms.trigger_price is not None and not self.triggered

    def is_met(self, price: int) -> bool:
        trigger = self.terms.trigger_price
        assert trigger is not None
        return price >= trigger if waits_for_rise(self.terms) else price <= trigger


@dataclass
class Tape:
    """The book as somebody knows it who hears every event and never sees the engine."""

    seen: dict[int, Seen] = field(default_factory=dict)
    placed: list[Seen] = field(default_factory=list)  # in the order of coming to rest or arming
    line: deque[Seen] = field(default_factory=deque)  # released, in the order in which to act
    acting: Seen | None = None
    last_price: int | None = None

    def play(self, events: list[Event]) -> Iterator[Event]:
        """Yield the events of one command, each before the tape has taken it in."""
        for event in events:
            if isinstance(event, OrderAccepted | OrderTriggered | OrderReplaced):
                self._end_of_act()
            yield event
            self._take_in(event)
        self._end_of_act()

    def queue(self, side: Side) -> list[Seen]:
        """What rests on one side, in the order of matching."""
        sign = -1 if side is Side.BUY else 1
        own = [one for one in self.placed if one.terms.side is side and not one.is_armed]
        return sorted(own, key=lambda order: sign * (order.terms.price or 0))

    def _end_of_act(self) -> None:
        order, self.acting = self.acting, None
        if order is not None and order.remaining:
            self.placed.append(order)

    def _take_in(self, event: Event) -> None:
        if isinstance(event, OrderAccepted):
            order = Seen(event.order_id, event.terms, event.terms.quantity)
            self.acting = self.seen[event.order_id] = order
        elif isinstance(event, OrderTriggered):
            self.acting = order = self.seen[event.order_id]
            self._drop(order)
            order.triggered = True
        elif isinstance(event, OrderReplaced):
            self._replace(self.seen[event.order_id], event)
        elif isinstance(event, OrderCanceled):
            order = self.seen[event.order_id]
            self._drop(order)
            order.remaining = 0
        elif isinstance(event, Trade):
            self._trade(event)

    def _replace(self, order: Seen, event: OrderReplaced) -> None:
        order.remaining += event.after.quantity - event.before.quantity
        order.terms = event.after
        if not event.kept_priority:
            self._drop(order)
            self.acting = order

    def _trade(self, trade: Trade) -> None:
        maker, taker = self.seen[trade.maker_order_id], self.seen[trade.taker_order_id]
        for order in (maker, taker):
            order.remaining -= trade.quantity
        if not maker.remaining:
            self._drop(maker)
        self.last_price = trade.price
        met = [order for order in self.placed if order.is_armed and order.is_met(trade.price)]
        for order in sorted(met, key=lambda order: turn(order.terms)):
            self._drop(order)
            self.line.append(order)

    def _drop(self, order: Seen) -> None:
        for place in (self.placed, self.line):
            if order in place:
                place.remove(order)
