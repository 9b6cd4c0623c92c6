"""The one door to the core: `Engine.apply`."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from msgspec.structs import replace

from . import state
from .checks import refuse_new, refuse_price, refuse_terms
from .client_ids import ClientOrderIds
from .commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    Sequenced,
)
from .enums import CancelReason, RejectReason, Side, TimeInForce
from .events import (
    Event,
    OrderAccepted,
    OrderRejected,
    OrderRepeated,
    OrderReplaced,
    OrderTriggered,
)
from .instrument import INTEGER_MAX, Instrument
from .ladder import Ladder
from .matching import canceled, cross, fillable
from .order import Order
from .order_book import OrderBook
from .triggers import is_due

_BUY = Side.BUY
_GTC = TimeInForce.GTC
_FOK = TimeInForce.FOK
_GTD = TimeInForce.GTD


class SequenceError(ValueError):
    """A command came out of order, or with a time before that of the one before it: a bug."""


class Engine:
    """The state machine of one symbol.

    The same commands with the same sequences and times give the same events and the same
    `state_hash()`, always. Nothing else goes in.
    """

    __slots__ = ("book", "client_ids", "instrument", "sequence", "time_ns")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.book = OrderBook()
        self.client_ids = ClientOrderIds(instrument.client_order_ids_max)
        self.sequence = 0
        self.time_ns = 0

    def apply(self, sequenced: Sequenced) -> list[Event]:
        """Carry out one command and return all that it caused, in order.

        O(log L) for an order that opens a price level, O(1) for one that joins a level
        or is canceled, O(1) for each fill.

        Raises:
            SequenceError: the sequence is not the next one, or time went back.
        """
        time_ns = sequenced.time_ns
        if sequenced.sequence != self.sequence + 1 or time_ns < self.time_ns:
            raise SequenceError(
                f"{self.instrument.symbol}: sequence {sequenced.sequence} at {time_ns} cannot follow "
                f"sequence {self.sequence} at {self.time_ns}; sequences are 1, 2, 3, … and time "
                "never goes back"
            )
        self.sequence = sequenced.sequence
        self.time_ns = time_ns
        events: list[Event] = []
        due_ns = self.book.next_expiry_ns
        if due_ns is not None and due_ns <= time_ns:
            self._expire(events)
        command = sequenced.command
        _HANDLERS[type(command)](self, command, events)
        if self.book.triggers.released:
            self._cascade(events)
        return events

    def head(self) -> state.StateHead:
        """The part of the state that has the same size for every book. O(1)."""
        return state.head(self.instrument.symbol, self.sequence, self.time_ns, self.book)

    def dump(self) -> state.EngineState:
        """All of the state as frozen data, orders in the order of their places. O(n)."""
        return state.dump(self.head(), self.book, self.client_ids)

    @classmethod
    def load(cls, instrument: Instrument, dumped: state.EngineState) -> "Engine":
        """An engine that goes on as if it were the dumped one. O(n log L).

        Raises:
            ValueError: the state is that of another symbol.
        """
        engine = cls(instrument)
        engine.begin(dumped.head)
        engine.open(dumped.orders)
        engine.remember(dumped.client_order_ids)
        return engine

    def begin(self, head: state.StateHead) -> None:
        """Take over the head of a dumped state, before `open` and `remember` take over the rest.

        Raises:
            ValueError: the state is that of another symbol.
        """
        if head.symbol != self.instrument.symbol:
            raise ValueError(
                f"the state is of {head.symbol}, the engine of {self.instrument.symbol}"
            )
        self.sequence = head.sequence
        self.time_ns = head.time_ns
        self.book.last_trade_id = head.last_trade_id
        self.book.last_price = head.last_price

    def open(self, orders: Iterable[state.OpenOrder]) -> None:
        """Give orders of a dumped state their places, the next ones in its order."""
        for entry in orders:
            self.book.open(Order(entry.order_id, entry.terms, entry.remaining, entry.armed))

    def remember(self, known: Iterable[state.ClientOrderId]) -> None:
        """Take over client order ids of a dumped state, the next ones in its order."""
        self.client_ids.restore((entry.order_id, entry.terms) for entry in known)

    def adopt(self, instrument: Instrument) -> None:
        """Go by other limits, fees or bands from the next command on.

        Raises:
            ValueError: it is another symbol, or counts in other units.
        """
        ours = self.instrument
        if _units(instrument) != _units(ours):
            raise ValueError(
                f"{ours.symbol} counts in ticks of {ours.tick_size} {ours.quote} and lots of "
                f"{ours.lot_size} {ours.base}; that cannot change to {instrument.tick_size} "
                f"{instrument.quote} and {instrument.lot_size} {instrument.base} for "
                f"{instrument.symbol}"
            )
        self.instrument = instrument
        self.client_ids.bound = instrument.client_order_ids_max

    def state_hash(self) -> str:
        """A fingerprint of all of the state, queue order included. O(n)."""
        return state.hash_of(self.dump())

    def _new_order(self, terms: NewOrder, events: list[Event]) -> None:
        named = terms.client_order_id is not None
        if named and (known := self.client_ids.find(terms)) is not None:
            events.append(_repeated(terms, *known))
            return
        reason = refuse_new(self.instrument, self.book, terms, self.time_ns)
        if reason is not None:
            events.append(OrderRejected(reason))
            return
        order = Order(self.sequence, terms, terms.quantity)
        events.append(OrderAccepted(order.order_id, terms))
        if named:
            self.client_ids.remember(order.order_id, terms, self.book)
        if terms.trigger_price is not None:
            if not is_due(terms, self.book.last_price):
                order.armed = True
                self.book.open(order)
                return
            events.append(OrderTriggered(order.order_id))
        self._execute(order, events)

    def _cancel_order(self, command: CancelOrder, events: list[Event]) -> None:
        order = self.book.orders.get(command.order_id)
        if order is None:
            events.append(OrderRejected(RejectReason.UNKNOWN_ORDER, command.order_id))
            return
        events.append(canceled(order, CancelReason.REQUESTED))
        self.book.close(order)

    def _mass_cancel(self, command: MassCancel, events: list[Event]) -> None:
        """Oldest order first."""
        book, account = self.book, command.account
        chosen = book.orders if account is None else book.by_account.get(account, {})
        for order in sorted(chosen.values(), key=attrgetter("order_id")):
            events.append(canceled(order, CancelReason.REQUESTED))
            book.close(order)

    def _expire_orders(self, command: ExpireOrders, events: list[Event]) -> None:
        """What is due has gone before any command is looked at."""

    def _replace_order(self, command: ReplaceOrder, events: list[Event]) -> None:
        order = self.book.orders.get(command.order_id)
        if order is None:
            events.append(OrderRejected(RejectReason.UNKNOWN_ORDER, command.order_id))
            return
        before = order.terms
        price = before.price if command.price is None else command.price
        quantity = before.quantity if command.quantity is None else command.quantity
        after = replace(before, price=price, quantity=quantity)
        keeps = price == before.price and quantity <= before.quantity
        reason = self._refuse_replace(order, after, keeps)
        if reason is not None:
            events.append(OrderRejected(reason, order.order_id))
            return
        events.append(OrderReplaced(order.order_id, before, after, keeps))
        less = before.quantity - quantity
        if keeps:
            self.book.reduce(order, less)
            order.terms = after
            return
        again = Order(order.order_id, after, order.remaining - less)
        self.book.close(order)
        if order.armed:
            again.armed = True
            self.book.open(again)
        else:
            self._execute(again, events)

    def _refuse_replace(self, order: Order, after: NewOrder, keeps: bool) -> RejectReason | None:
        if after.price is not None and order.terms.price is None:
            return RejectReason.PRICE_NOT_ALLOWED
        if after.quantity <= order.filled:
            return RejectReason.QUANTITY_FILLED
        reason = refuse_terms(self.instrument, after)
        if reason is None and not keeps and not order.armed:
            reason = refuse_price(self.instrument, self.book, after)
        return reason

    def _execute(self, order: Order, events: list[Event]) -> None:
        """Trade what can be traded now; the rest rests or is canceled, as its terms say."""
        terms, book = order.terms, self.book
        time_in_force = terms.time_in_force
        other = book.asks if terms.side is _BUY else book.bids
        bound = self._market_bound(other) if terms.price is None else terms.price * other.sign
        reason = None
        if time_in_force is _FOK and not fillable(order, other, bound):
            reason = CancelReason.FOK_NOT_FILLABLE
        elif other.best is not None and other.best.key <= bound:
            reason = cross(self.instrument, book, order, other, bound, events)
            if not order.remaining:
                return
        if reason is None:
            if time_in_force is _GTC or time_in_force is _GTD:
                book.open(order)
                return
            reason = _why_unfilled(terms, other)
        events.append(canceled(order, reason))

    def _market_bound(self, other: Ladder) -> int:
        """How far a market order may go: to the end of the band, or of the book."""
        last_price = self.book.last_price
        if not self.instrument.price_band_bps or last_price is None:
            return INTEGER_MAX
        low, high = self.instrument.band(last_price)
        return max(low * other.sign, high * other.sign)

    def _cascade(self, events: list[Event]) -> None:
        """Let the released orders act, and those that they release, until none is left."""
        released = self.book.triggers.released
        while released:
            order = released.popleft()
            self.book.forget(order)
            order.armed = False
            events.append(OrderTriggered(order.order_id))
            reason = refuse_price(self.instrument, self.book, order.terms)
            if reason is None:
                self._execute(order, events)
            else:
                events.append(canceled(order, CancelReason(reason.value)))

    def _expire(self, events: list[Event]) -> None:
        """Cancel all that is due, earliest first, at one time the oldest order first."""
        book = self.book
        while book.expiries and book.expiries[0][0] <= self.time_ns:
            order = book.orders[book.expiries[0][1]]
            events.append(canceled(order, CancelReason.EXPIRED))
            book.close(order)


def _units(instrument: Instrument) -> tuple[object, ...]:
    return (
        instrument.symbol,
        instrument.base,
        instrument.quote,
        instrument.tick_size,
        instrument.lot_size,
    )


def _repeated(terms: NewOrder, order_id: int, original: NewOrder) -> Event:
    if terms == original:
        return OrderRepeated(order_id)
    return OrderRejected(RejectReason.CLIENT_ORDER_ID_REUSED, order_id)


def _why_unfilled(terms: NewOrder, other: Ladder) -> CancelReason:
    if terms.price is not None:
        return CancelReason.IOC_REMAINDER
    return CancelReason.NO_LIQUIDITY if other.best is None else CancelReason.PRICE_BAND


_HANDLERS: dict[type[Command], Callable[..., None]] = {
    NewOrder: Engine._new_order,
    CancelOrder: Engine._cancel_order,
    ReplaceOrder: Engine._replace_order,
    MassCancel: Engine._mass_cancel,
    ExpireOrders: Engine._expire_orders,
}
