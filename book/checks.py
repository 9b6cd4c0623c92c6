"""What the instrument and the book refuse, in the order of `RejectReason`."""

from .commands import NewOrder
from .enums import RejectReason, TimeInForce
from .instrument import INTEGER_MAX, Instrument
from .order_book import OrderBook
from .triggers import is_due

_RESTS = frozenset({TimeInForce.GTC, TimeInForce.GTD})


def refuse_new(
    instrument: Instrument, book: OrderBook, terms: NewOrder, time_ns: int
) -> RejectReason | None:
    """Why a new order is refused, if it is. One that will be armed meets `refuse_price` later."""
    reason = refuse_terms(instrument, terms)
    if reason is not None:
        return reason
    if terms.time_in_force in _RESTS or terms.trigger_price is not None:
        expires_at_ns, account = terms.expires_at_ns, terms.account
        if expires_at_ns is not None and expires_at_ns <= time_ns:
            return RejectReason.ALREADY_EXPIRED
        if account is not None:
            own = book.by_account.get(account, ())
            if len(own) >= instrument.account_open_orders_max:
                return RejectReason.TOO_MANY_OPEN_ORDERS
        if len(book.orders) >= instrument.open_orders_max:
            return RejectReason.BOOK_FULL
    if (terms.post_only or instrument.price_band_bps) and is_due(terms, book.last_price):
        return refuse_price(instrument, book, terms)
    return None


def refuse_terms(instrument: Instrument, terms: NewOrder) -> RejectReason | None:
    """The instrument's limits on price, quantity and notional."""
    quantity, price = terms.quantity, terms.price
    if quantity < instrument.quantity_min:
        return RejectReason.QUANTITY_TOO_SMALL
    if quantity > instrument.quantity_max:
        return RejectReason.QUANTITY_TOO_LARGE
    if price is not None and price > instrument.price_max:
        return RejectReason.PRICE_TOO_LARGE
    if terms.trigger_price is not None and terms.trigger_price > instrument.price_max:
        return RejectReason.TRIGGER_PRICE_TOO_LARGE
    if price is not None:
        notional = price * quantity
        if notional < instrument.notional_min:
            return RejectReason.NOTIONAL_TOO_SMALL
        if notional > INTEGER_MAX:
            return RejectReason.NOTIONAL_TOO_LARGE
    return None


def refuse_price(instrument: Instrument, book: OrderBook, terms: NewOrder) -> RejectReason | None:
    """The band around the last trade, and post-only orders that would take."""
    price = terms.price
    if price is None:
        return None
    if instrument.price_band_bps and book.last_price is not None:
        low, high = instrument.band(book.last_price)
        if not low <= price <= high:
            return RejectReason.PRICE_BAND
    if terms.post_only:
        ladder = book.opposite(terms.side)
        if ladder.best is not None and ladder.best.key <= price * ladder.sign:
            return RejectReason.POST_ONLY_WOULD_TAKE
    return None
