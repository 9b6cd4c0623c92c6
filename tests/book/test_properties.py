"""What holds while orders match: the first ten of the seventeen invariants of an exchange.

They are judged from the event stream by `tape.Tape`, which never looks into an engine; the other
seven, about states and whole histories, are in test_properties_of_state.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from goquant.book.commands import NewOrder
from goquant.book.enums import (
    CancelReason,
    OrderType,
    RejectReason,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from goquant.book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from goquant.book.instrument import FEE_RATE_UNIT
from goquant.book.state import OpenOrder, hash_of
from places import places, turn
from tape import SEEDS, Moment, Seen, Session, Tape, quiet, recorded, still

OPEN_ENDED = {TimeInForce.GTC, TimeInForce.GTD}


@pytest.fixture(params=SEEDS)
def session(request: pytest.FixtureRequest) -> Session:
    return recorded(int(request.param))


def played(session: Session) -> Iterator[tuple[Tape, Event]]:
    """Every event with the book as it is just before it."""
    tape = Tape()
    for moment in session.moments:
        for event in tape.play(moment.events):
            yield tape, event


def trades(session: Session) -> Iterator[tuple[Tape, Trade, Seen, Seen]]:
    """Every trade with its maker and its taker as they are just before it."""
    for tape, event in played(session):
        if isinstance(event, Trade):
            yield tape, event, tape.seen[event.maker_order_id], tape.seen[event.taker_order_id]


def opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def test_the_sessions_show_every_event_and_every_reason() -> None:
    """Otherwise what follows would prove less than it seems to."""
    events = [e for seed in SEEDS for events in recorded(seed).events for e in events]
    assert {type(event) for event in events} == set(get_args(Event))
    reasons = {e.reason for e in events if isinstance(e, OrderCanceled | OrderRejected)}
    assert reasons == {*CancelReason, *RejectReason}


def test_the_events_are_the_complete_effect(session: Session) -> None:
    tape = Tape()
    for moment in session.moments:
        for _ in tape.play(moment.events):
            pass
        assert moment.after.orders == tuple(
            OpenOrder(o.order_id, o.terms, o.remaining, o.is_armed) for o in tape.placed
        )
        assert not tape.line
        assert moment.after.head.last_price == tape.last_price


def test_invariant_01_price_time_priority(session: Session) -> None:
    """Nobody is passed over: every maker is the oldest order at the best price."""
    for tape, trade, maker, taker in trades(session):
        assert tape.queue(opposite(taker.terms.side))[0] is maker
        assert tape.acting is taker
        assert trade.quantity == min(maker.remaining, taker.remaining) > 0


def test_invariant_02_never_crossed_or_locked(session: Session) -> None:
    for moment in session.moments:
        bids, asks = moment.depth_after.bids, moment.depth_after.asks
        assert not bids or not asks or bids[0].price < asks[0].price


def test_invariant_03_quantity_is_conserved(session: Session) -> None:
    """Ordered = filled + open + canceled, for each order, counted from the raw events."""
    ordered, filled, canceled = dict[int, int](), Counter[int](), Counter[int]()
    for event in (event for moment in session.moments for event in moment.events):
        if isinstance(event, OrderAccepted):
            ordered[event.order_id] = event.terms.quantity
        elif isinstance(event, OrderReplaced):
            ordered[event.order_id] = event.after.quantity
        elif isinstance(event, OrderCanceled):
            canceled[event.order_id] += event.remaining
            assert event.remaining > 0
        elif isinstance(event, Trade):
            filled[event.maker_order_id] += event.quantity
            filled[event.taker_order_id] += event.quantity
    state = session.moments[-1].after
    left = {entry.order_id: entry.remaining for entry in state.orders}
    for order_id, quantity in ordered.items():
        parts = (filled[order_id], left.get(order_id, 0), canceled[order_id])
        assert quantity == sum(parts), (order_id, parts)
    assert left.keys() <= ordered.keys()


def test_invariant_04_money_is_conserved(session: Session) -> None:
    """What one account pays, another or the fee account gets; each order is an account here."""
    rules = session.rules
    base, quote = defaultdict[int, Decimal](Decimal), defaultdict[int, Decimal](Decimal)
    venue = Decimal(0)
    for _, trade, maker, taker in trades(session):
        lots = trade.quantity * rules.lot_size
        cost = trade.price * rules.tick_size * lots
        for order, fee in ((maker, trade.maker_fee), (taker, trade.taker_fee)):
            sign = 1 if order.terms.side is Side.BUY else -1
            base[order.order_id] += sign * lots
            quote[order.order_id] -= sign * cost + fee * rules.fee_unit
            venue += fee * rules.fee_unit
    assert sum(base.values()) == 0
    assert sum(quote.values()) + venue == 0


def test_invariant_05_fees_are_exact(session: Session) -> None:
    rules = session.rules
    for _, trade, _, _ in trades(session):
        notional = trade.price * rules.tick_size * (trade.quantity * rules.lot_size)
        for fee, rate in (
            (trade.maker_fee, rules.maker_fee_rate),
            (trade.taker_fee, rules.taker_fee_rate),
        ):
            assert fee * rules.fee_unit == notional * (rate * FEE_RATE_UNIT)


def test_invariant_06_no_trade_through(session: Session) -> None:
    """Trades print at the maker's limit, within the taker's, and market orders within the band."""
    reference: int | None = None
    for tape, event in played(session):
        if isinstance(event, OrderAccepted | OrderTriggered):
            reference = tape.last_price
        if not isinstance(event, Trade):
            continue
        maker, taker = tape.seen[event.maker_order_id], tape.seen[event.taker_order_id].terms
        assert event.price == maker.terms.price
        assert event.aggressor_side is taker.side is opposite(maker.terms.side)
        sign = 1 if taker.side is Side.BUY else -1
        if taker.price is not None:
            assert event.price * sign <= taker.price * sign
        elif session.rules.price_band_bps and reference is not None:
            moved = (event.price - reference) * sign * 10_000
            assert moved <= reference * session.rules.price_band_bps


def test_invariant_06_trade_ids_count(session: Session) -> None:
    ids = [trade.trade_id for _, trade, _, _ in trades(session)]
    assert ids == list(range(1, len(ids) + 1))


def test_invariant_07_fok_is_all_or_nothing(session: Session) -> None:
    left: dict[int, int] = {}
    for tape, event in played(session):
        if isinstance(event, Trade):
            taker = tape.seen[event.taker_order_id]
            if taker.terms.time_in_force is TimeInForce.FOK:
                left[taker.order_id] = taker.remaining - event.quantity
        elif isinstance(event, OrderCanceled) and event.order_id in tape.seen:
            order = tape.seen[event.order_id]
            if order is tape.acting and order.terms.time_in_force is TimeInForce.FOK:
                assert event.remaining == order.terms.quantity
                check_killed(session, tape, event.reason)
    assert set(left.values()) <= {0}


def check_killed(session: Session, tape: Tape, reason: CancelReason) -> None:
    """The other side offers too little within the limit, or an order of the same account is there."""
    order = tape.acting
    assert order is not None
    if reason is CancelReason.PRICE_BAND:
        assert order.triggered
        return
    assert reason is CancelReason.FOK_NOT_FILLABLE
    sign, terms = (1 if order.terms.side is Side.BUY else -1), order.terms
    queue = tape.queue(opposite(terms.side))
    if terms.price is not None:
        limit = terms.price * sign
        queue = [maker for maker in queue if (maker.terms.price or 0) * sign <= limit]
    own = [maker for maker in queue if maker.terms.account == terms.account is not None]
    banded = terms.price is None and session.rules.price_band_bps > 0
    assert own or banded or sum(maker.remaining for maker in queue) < terms.quantity


def test_invariant_07_a_killed_fok_changes_nothing(session: Session) -> None:
    for moment in quiet(session):
        if not moment.events or not isinstance(moment.events[-1], OrderCanceled):
            continue
        if moment.events[-1].reason is CancelReason.FOK_NOT_FILLABLE and len(moment.events) == 2:
            before, after = (
                hash_of(msgspec.structs.replace(still(state), client_order_ids=()))
                for state in (moment.before, moment.after)
            )
            assert before == after


def test_invariant_07_only_gtc_and_gtd_rest_and_post_only_never_takes(session: Session) -> None:
    for moment in session.moments:
        for entry in (entry for entry in moment.after.orders if not entry.armed):
            assert entry.terms.time_in_force in OPEN_ENDED
            assert entry.terms.type not in (OrderType.MARKET, OrderType.STOP, OrderType.TAKE_PROFIT)
    assert not any(taker.terms.post_only for _, _, _, taker in trades(session))


def test_invariant_08_nobody_trades_with_himself_unless_he_says_so(session: Session) -> None:
    for tape, event in played(session):
        if isinstance(event, Trade):
            maker, taker = tape.seen[event.maker_order_id], tape.seen[event.taker_order_id]
            if maker.terms.account is not None and maker.terms.account == taker.terms.account:
                assert taker.terms.self_trade_prevention is SelfTradePrevention.NONE
        elif isinstance(event, OrderCanceled) and event.reason is CancelReason.SELF_TRADE:
            check_self_trade(tape, event)


def test_invariant_08_cancel_both_cancels_the_maker_then_the_taker(session: Session) -> None:
    tape = Tape()
    for moment in session.moments:
        upcoming = [*moment.events, None][1:]
        for event, following in zip(tape.play(moment.events), upcoming, strict=True):
            if not isinstance(event, OrderCanceled) or event.reason is not CancelReason.SELF_TRADE:
                continue
            taker = tape.acting
            assert taker is not None
            both = taker.terms.self_trade_prevention is SelfTradePrevention.CANCEL_BOTH
            if both and event.order_id != taker.order_id:
                assert isinstance(following, OrderCanceled)
                assert following.reason is CancelReason.SELF_TRADE
                assert following.order_id == taker.order_id


def check_self_trade(tape: Tape, event: OrderCanceled) -> None:
    """The policy is the taker's; a maker goes when it is next in line and of the same account."""
    taker, canceled = tape.acting, tape.seen[event.order_id]
    assert taker is not None
    assert taker.remaining > 0
    policy = taker.terms.self_trade_prevention
    assert policy is not SelfTradePrevention.NONE
    queue = tape.queue(opposite(taker.terms.side))
    if canceled is taker:
        assert policy is not SelfTradePrevention.CANCEL_MAKER
        if policy is SelfTradePrevention.CANCEL_TAKER:
            assert queue[0].terms.account == taker.terms.account
    else:
        assert policy is not SelfTradePrevention.CANCEL_TAKER
        assert queue[0] is canceled
        assert canceled.terms.account == taker.terms.account


def test_invariant_09_triggers_fire_in_one_order(session: Session) -> None:
    """Only in the order of the tape's line, or at once when the order comes with its trigger met."""
    previous: Event | None = None
    for tape, event in played(session):
        if isinstance(event, OrderTriggered):
            order = tape.seen[event.order_id]
            if isinstance(previous, OrderAccepted) and previous.order_id == event.order_id:
                assert tape.last_price is not None
                assert order.is_met(tape.last_price)
            else:
                assert tape.line[0] is order
        previous = event


def test_invariant_09_cascades_end(session: Session) -> None:
    """No order triggers twice, and one command triggers no more than were armed and itself."""
    triggered = Counter[int]()
    for moment in session.moments:
        ids = [event.order_id for event in moment.events if isinstance(event, OrderTriggered)]
        triggered.update(ids)
        own = {moment.sequenced.sequence}
        armed = {entry.order_id for entry in moment.before.orders if entry.armed}
        assert set(ids) <= armed | own
        assert not any(entry.armed and entry.order_id in ids for entry in moment.after.orders)
    assert all(count == 1 for count in triggered.values())


def test_invariant_10_less_at_the_same_price_keeps_priority(session: Session) -> None:
    for moment in quiet(session):
        for event in moment.events:
            if not isinstance(event, OrderReplaced):
                continue
            before, after = event.before, event.after
            less = after.price == before.price and after.quantity <= before.quantity
            assert event.kept_priority == less
            if event.kept_priority:
                assert places(moment.before).ids() == places(moment.after).ids()
            else:
                check_behind_all(moment, event.order_id)


def check_behind_all(moment: Moment, order_id: int) -> None:
    """If it is still open, only orders that the same command triggered stand behind it.

    That is at its price or, if it is armed, among those that wait for the same.
    """
    triggered = {e.order_id for e in moment.events if isinstance(e, OrderTriggered)}
    bids, asks, armed = places(moment.after)
    for part in (bids, asks):
        for entry in (entry for entry in part if entry.order_id == order_id):
            queue = [e.order_id for e in part if e.terms.price == entry.terms.price]
            assert set(queue[queue.index(order_id) + 1 :]) <= triggered
    for entry in (entry for entry in armed if entry.order_id == order_id):
        assert [other for other in armed if turn(other.terms) == turn(entry.terms)][-1] is entry


def test_orders_expire_when_they_are_due(session: Session) -> None:
    """Not earlier, not later, the one that is due longest first, before anything else happens."""
    terms: dict[int, NewOrder] = {}
    for moment in session.moments:
        time_ns, due = moment.sequenced.time_ns, list[tuple[int, int]]()
        for number, event in enumerate(moment.events):
            if isinstance(event, OrderAccepted):
                terms[event.order_id] = event.terms
            elif isinstance(event, OrderCanceled) and event.reason is CancelReason.EXPIRED:
                assert number == len(due)
                due.append((terms[event.order_id].expires_at_ns or 0, event.order_id))
        assert due == sorted(due)
        assert all(0 < expires_at_ns <= time_ns for expires_at_ns, _ in due)
        for entry in moment.after.orders:
            assert entry.terms.expires_at_ns is None or entry.terms.expires_at_ns > time_ns
