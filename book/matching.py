"""The crossing loop: price first, then time, at the maker's price."""

from .commands import NewOrder
from .enums import CancelReason, SelfTradePrevention
from .events import Event, OrderCanceled, Trade
from .instrument import Instrument
from .ladder import Ladder
from .order import Order
from .order_book import OrderBook

_NONE = SelfTradePrevention.NONE
_CANCEL_TAKER = SelfTradePrevention.CANCEL_TAKER
_CANCEL_MAKER = SelfTradePrevention.CANCEL_MAKER
_SELF_TRADE = CancelReason.SELF_TRADE


def cross(
    instrument: Instrument,
    book: OrderBook,
    order: Order,
    other: Ladder,
    bound: int,
    events: list[Event],
) -> CancelReason | None:
    """Trade an order with the other side's ladder while its best key is within `bound`.

    Lowers `order.remaining`; fills, self-trade cancels and released triggers happen on the
    way. O(1) per fill, O(log L) per level used up. Returns why the rest must go although
    it could trade on, which only self-trade prevention causes.
    """
    terms = order.terms
    side = terms.side
    own = _own_account(terms)
    remaining = order.remaining
    while remaining and (level := other.best) is not None and level.key <= bound:
        maker = level.queue[0]
        offered = maker.remaining
        if not offered:
            level.queue.popleft()
            continue
        if own is not None and maker.terms.account == own:
            policy = terms.self_trade_prevention
            if policy is not _CANCEL_TAKER:
                events.append(canceled(maker, _SELF_TRADE))
                book.close(maker)
            if policy is not _CANCEL_MAKER:
                order.remaining = remaining
                return _SELF_TRADE
            continue
        quantity = offered if offered < remaining else remaining
        remaining -= quantity
        price = level.price
        notional = price * quantity
        book.last_trade_id = trade_id = book.last_trade_id + 1
        events.append(
            Trade(
                trade_id,
                price,
                quantity,
                side,
                maker.order_id,
                order.order_id,
                notional * instrument.maker_fee_rate,
                notional * instrument.taker_fee_rate,
            )
        )
        if quantity == offered:
            if not level.fill_first():
                other.drop(level)
            book.forget(maker)
        else:
            maker.remaining = offered - quantity
            level.quantity -= quantity
        if price != book.last_price:
            book.last_price = price
            if book.triggers.armed:
                book.triggers.touch(price)
    order.remaining = remaining
    return None


def fillable(order: Order, other: Ladder, bound: int) -> bool:
    """Whether `cross` would fill the whole order now. Reads, never changes. O(orders walked)."""
    policy, own = order.terms.self_trade_prevention, _own_account(order.terms)
    needed = order.remaining
    for level in other:
        if level.key > bound:
            return False
        if own is None:
            needed -= level.quantity
        else:
            for maker in level:
                if maker.terms.account != own:
                    needed -= maker.remaining
                elif policy is not _CANCEL_MAKER:
                    return False
                if needed <= 0:
                    return True
        if needed <= 0:
            return True
    return False


def canceled(order: Order, reason: CancelReason) -> OrderCanceled:
    """The event that what is left of an order is gone."""
    terms = order.terms
    return OrderCanceled(order.order_id, terms.side, terms.price, order.remaining, reason)


def _own_account(terms: NewOrder) -> str | None:
    """The account that the order must not trade with, if any."""
    return None if terms.self_trade_prevention is _NONE else terms.account
