"""What holds for states and whole histories: invariants 11 to 17. The first ten are in
test_properties.py.

Elsewhere: 15, and every single cut point of 11, are in test_replay.py. Whole requests of 12, the
unbroken sequences of 14 and the foreign orders of 13 belong to the exchange around the book, which
knows requests, subscribers and owners.
"""

import itertools
import random
from typing import Any, TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from goquant.book import depth
from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    NewOrder,
    ReplaceOrder,
    Sequenced,
)
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, RejectReason, Side
from goquant.book.events import (
    Event,
    OrderAccepted,
    OrderRejected,
    OrderRepeated,
    OrderReplaced,
    Trade,
)
from goquant.book.instrument import INTEGER_MAX, Instrument
from goquant.book.order_book import OrderBook
from goquant.book.state import EngineState, StateHash, hash_of
from tape import SEEDS, Session, quiet, recorded, still

T = TypeVar("T", bound=msgspec.Struct)

# By which powers of the factors of prices and of quantities a field grows.
FACTORS = {
    "price": (1, 0),
    "trigger_price": (1, 0),
    "quantity": (0, 1),
    "remaining": (0, 1),
    "maker_fee": (1, 1),
    "taker_fee": (1, 1),
}


@pytest.fixture(params=SEEDS)
def session(request: pytest.FixtureRequest) -> Session:
    return recorded(int(request.param))


def test_invariant_11_a_snapshot_and_its_tail_are_the_whole_replay(session: Session) -> None:
    """By way of JSON, as on disk. Every single cut point is tried in test_replay.py."""
    final = session.moments[-1].after
    for cut in range(0, len(session.moments), 97):
        encoded = msgspec.json.encode(session.moments[cut].after)
        decoded = msgspec.json.decode(encoded, type=EngineState)
        assert decoded == session.moments[cut].after
        engine = Engine.load(session.rules, decoded)
        assert engine.state_hash() == hash_of(decoded)
        for sequenced in session.log[cut + 1 :]:
            engine.apply(sequenced)
        assert engine.state_hash() == hash_of(final)


def test_invariant_11_a_loaded_engine_has_the_same_queues(session: Session) -> None:
    """At every moment: levels, triggers, accounts and what expires, each in its order."""
    engine = Engine(session.rules)
    for moment in session.moments:
        engine.apply(moment.sequenced)
        loaded = Engine.load(session.rules, moment.after)
        assert queues(loaded.book) == queues(engine.book)
        assert loaded.state_hash() == engine.state_hash() == hash_of(moment.after)


def queues(book: OrderBook) -> list[object]:
    """Everything in a book that has an order, in that order."""
    levels = [list(level) for ladder in (book.bids, book.asks) for level in ladder]
    accounts = [(account, list(own)) for account, own in sorted(book.by_account.items())]
    armed = book.triggers.queue()
    return [levels, armed, accounts, list(book.orders.values()), list(book.expiries)]


def test_a_hash_by_pieces_is_that_of_the_whole(session: Session) -> None:
    rng = random.Random(session.seed)
    for moment in session.moments:
        state = moment.after
        digest = StateHash(state.head)
        for entries in (state.orders, state.client_order_ids):
            cuts = rng.choices(range(len(entries) + 1), k=rng.randrange(4))
            for start, end in itertools.pairwise(sorted([0, *cuts, len(entries)])):
                digest.update(entries[start:end])
        assert digest.hexdigest() == hash_of(state)


def test_invariant_12_a_client_order_id_makes_an_order_idempotent(session: Session) -> None:
    """Sent twice, an order is one order, and the answer names it."""
    engine = Engine(session.rules)
    sequence = 0
    for asked in session.log:
        command = asked.command
        sequence += 1
        events = engine.apply(Sequenced(sequence, asked.time_ns, command))
        named = isinstance(command, NewOrder) and command.client_order_id is not None
        if not named or not any(isinstance(event, OrderAccepted) for event in events):
            continue
        known = {entry.order_id for entry in engine.dump().client_order_ids}
        before, first = still(engine.dump()), sequence
        sequence += 1
        again = engine.apply(Sequenced(sequence, asked.time_ns, command))
        assert first in known
        assert again == [OrderRepeated(first)]
        assert still(engine.dump()) == before


def test_invariant_12_the_ids_of_open_orders_are_never_forgotten(session: Session) -> None:
    for moment in session.moments:
        state = moment.after
        known = {entry.order_id for entry in state.client_order_ids}
        for entry in state.orders:
            assert entry.terms.client_order_id is None or entry.order_id in known


def test_invariant_13_what_is_refused_changes_nothing(session: Session) -> None:
    for moment in quiet(session):
        if any(isinstance(event, OrderRejected | OrderRepeated) for event in moment.events):
            assert len(moment.events) == 1
            assert still(moment.before) == still(moment.after)


def test_invariant_13_only_open_orders_can_be_canceled_or_replaced(session: Session) -> None:
    """Never seen, filled, canceled and refused orders are all equally unknown."""
    engine = Engine(session.rules)
    for sequenced in session.log:
        engine.apply(sequenced)
    before, sequence = engine.dump(), engine.sequence
    is_open = {entry.order_id for entry in before.orders}
    for order_id in set(range(-1, sequence + 9)) - is_open:
        for command in (CancelOrder(order_id), ReplaceOrder(order_id, 100, 1)):
            applied = Sequenced(engine.sequence + 1, engine.time_ns, command)
            (event,) = engine.apply(applied)
            assert event == OrderRejected(RejectReason.UNKNOWN_ORDER, order_id)
    assert still(engine.dump()) == still(before)


def test_invariant_14_changes_lead_from_any_depth_to_any_later_one(session: Session) -> None:
    depths = [moment.depth_after for moment in session.moments]
    for before, after in itertools.pairwise(depths):
        assert depth.apply_change(before, depth.change(before, after)) == after
    for before, after in zip(depths, depths[37:], strict=False):
        assert depth.apply_change(before, depth.change(before, after)) == after
        assert depth.change(after, after) == depth.Depth((), ())


def test_invariant_14_the_touched_levels_are_the_change(session: Session) -> None:
    """What the events name, with the limits of the orders, is enough to follow the depth, and prices without orders read 0."""
    engine, limits = Engine(session.rules), dict[int, int | None]()
    for moment in session.moments:
        prices = prices_of(engine.apply(moment.sequenced), limits) | {1, 100}
        touched = depth.Depth(
            depth.touched(Side.BUY, engine.book, prices),
            depth.touched(Side.SELL, engine.book, prices),
        )
        assert depth.apply_change(moment.depth_before, touched) == moment.depth_after
        for part, after in (
            (touched.bids, moment.depth_after.bids),
            (touched.asks, moment.depth_after.asks),
        ):
            assert {level.price for level in part} == prices
            assert [level for level in part if level.quantity] == [
                level for level in after if level.price in prices
            ]


def prices_of(events: list[Event], limits: dict[int, int | None]) -> set[int]:
    """Every price that events can have touched; `limits` remembers those of earlier orders."""
    found = set[int | None]()
    for event in events:
        if isinstance(event, OrderAccepted):
            limits[event.order_id] = event.terms.price
        elif isinstance(event, OrderReplaced):
            limits[event.order_id] = event.after.price
            found.add(event.before.price)
        if isinstance(event, Trade):
            found |= {event.price, limits[event.taker_order_id]}
        elif not isinstance(event, OrderRejected):
            found.add(limits[event.order_id])
    return {price for price in found if price is not None}


@pytest.mark.parametrize(("ticks", "lots"), [(7, 1), (1, 7), (3, 2)])
def test_invariant_16_other_units_change_nothing(session: Session, ticks: int, lots: int) -> None:
    """Every price times `ticks` and every quantity times `lots`, in the instrument as well."""
    rules = session.rules
    scaled_rules = replace(
        rules,
        quantity_min=rules.quantity_min * lots,
        quantity_max=rules.quantity_max * lots,
        price_max=rules.price_max * ticks,
        notional_min=rules.notional_min * ticks * lots,
    )
    engine = Engine(scaled_rules)
    for moment in session.moments:
        if too_large(moment.events):
            return  # 64 bits do not scale
        command = scaled(moment.sequenced.command, ticks, lots)
        events = engine.apply(replace(moment.sequenced, command=command))
        assert events == [scaled(event, ticks, lots) for event in moment.events]


def too_large(events: list[Event]) -> bool:
    reason = RejectReason.NOTIONAL_TOO_LARGE
    return any(isinstance(event, OrderRejected) and event.reason is reason for event in events)


def scaled(struct: T, ticks: int, lots: int) -> T:
    """A command or an event with its prices, its quantities and its fees in other units."""
    changed: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, NewOrder):
            changed[name] = scaled(value, ticks, lots)
        elif value is not None and name in FACTORS:
            ticks_power, lots_power = FACTORS[name]
            changed[name] = value * ticks**ticks_power * lots**lots_power
    return replace(struct, **changed)


def test_invariant_16_symbols_do_not_touch_each_other() -> None:
    """Two engines, their commands shuffled into each other, answer as if alone."""
    rng = random.Random(16)
    for one, two in itertools.pairwise(SEEDS):
        pair = [(Engine(s.rules), iter(s.moments)) for s in (recorded(one), recorded(two))]
        while pair:
            engine, moments = rng.choice(pair)
            moment = next(moments, None)
            if moment is None:
                pair.remove((engine, moments))
            else:
                assert engine.apply(moment.sequenced) == moment.events


def test_invariant_16_a_far_order_changes_no_trade(session: Session) -> None:
    """In the place of a first command that does nothing, so that order ids stay."""
    rules = replace(session.rules, open_orders_max=10**6, notional_min=0, quantity_min=1)
    log = [after_another(sequenced) for sequenced in session.log]
    bid = NewOrder(Side.BUY, OrderType.LIMIT, 1, price=1)
    ask = NewOrder(Side.SELL, OrderType.LIMIT, 1, price=rules.price_max)
    nothing, *found = (
        trades_of(rules, [Sequenced(1, 0, first), *log]) for first in (ExpireOrders(), bid, ask)
    )
    assert found == [nothing, nothing]


NEAR = range(50, 104)


def after_another(sequenced: Sequenced) -> Sequenced:
    """The command one later, or nothing where it could reach a far order: unlimited or from afar."""
    command: Command = sequenced.command
    if isinstance(command, CancelOrder | ReplaceOrder):
        command = replace(command, order_id=command.order_id + 1)
    far = isinstance(command, NewOrder) and command.price not in NEAR
    if isinstance(command, ReplaceOrder) and command.price is not None:
        far = command.price not in NEAR
    return Sequenced(sequenced.sequence + 1, sequenced.time_ns, ExpireOrders() if far else command)


def trades_of(rules: Instrument, log: list[Sequenced]) -> list[Trade]:
    engine = Engine(rules)
    return [e for sequenced in log for e in engine.apply(sequenced) if isinstance(e, Trade)]


def test_invariant_17_numbers_stay_whole_and_in_64_bits(session: Session) -> None:
    """Fees are finer than a notional, and whole, but may take more than 64 bits."""
    for event in (event for events in session.events for event in events):
        for number in numbers_in(msgspec.to_builtins(event)):
            assert type(number) is int
        if isinstance(event, Trade):
            assert 0 < event.price * event.quantity <= INTEGER_MAX


def numbers_in(value: object) -> list[object]:
    """What a plain value holds that is neither text, nor yes or no, nor nothing."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers_in(part)]
    return [] if value is None or isinstance(value, str | bool) else [value]


EDGES = (1, 2, 7, 2**31, 2**32, 10**15 - 1, 10**15, 10**15 + 1, 649_159, 14_208_186_340_873)


@pytest.mark.parametrize(
    ("price", "quantity"), list(itertools.product(EDGES, (*EDGES, 2**63, 10**30)))
)
def test_invariant_17_extremes_are_refused_not_wrapped(price: int, quantity: int) -> None:
    """649159 x 14208186340873 is 2**63 - 1 and fits, 2**31 x 2**32 is one too many."""
    rules = replace(recorded(0).rules, quantity_max=10**15, price_max=10**15, notional_min=0)
    rules = replace(rules, quantity_min=1, maker_fee_rate=-100, taker_fee_rate=250)
    engine = Engine(rules)
    fits = price <= 10**15 and quantity <= 10**15 and price * quantity <= 2**63 - 1
    for sequence, side in ((1, Side.SELL), (2, Side.BUY)):
        order = NewOrder(side, OrderType.LIMIT, quantity, price=price)
        events = engine.apply(Sequenced(sequence, 0, order))
        assert isinstance(events[0], OrderAccepted) == fits
    if fits:
        notional = price * quantity
        fees = (-100 * notional, 250 * notional)
        assert events[1:] == [Trade(1, price, quantity, Side.BUY, 1, 2, *fees)]
