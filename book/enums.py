"""The closed vocabularies of orders. The values are the words of the public API."""

from enum import StrEnum


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """What an order is. The last four wait, armed, until a trade touches their trigger price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"  # a market order, once the market has moved against you
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"  # a market order, once the market has moved your way
    TAKE_PROFIT_LIMIT = "take_profit_limit"


class TimeInForce(StrEnum):
    """What becomes of the quantity that does not trade at once."""

    GTC = "gtc"  # good till canceled: it rests
    IOC = "ioc"  # immediate or cancel: it is canceled
    FOK = "fok"  # fill or kill: all of the order trades at once, or none of it
    GTD = "gtd"  # good till date: it rests until expires_at


class SelfTradePrevention(StrEnum):
    """What happens when an order meets a resting one of its own account. The taker's word counts."""

    CANCEL_TAKER = "cancel_taker"
    CANCEL_MAKER = "cancel_maker"
    CANCEL_BOTH = "cancel_both"
    NONE = "none"


class RejectReason(StrEnum):
    """Why a command was refused and changed nothing, in the order of the checks."""

    UNKNOWN_ORDER = "unknown_order"  # cancel, replace: no open order has this id
    CLIENT_ORDER_ID_REUSED = "client_order_id_reused"  # known id, another body
    PRICE_NOT_ALLOWED = "price_not_allowed"  # replace: the order's type has no limit price
    QUANTITY_FILLED = "quantity_filled"  # replace: not more than what is filled already
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    PRICE_TOO_LARGE = "price_too_large"
    TRIGGER_PRICE_TOO_LARGE = "trigger_price_too_large"
    NOTIONAL_TOO_SMALL = "notional_too_small"
    NOTIONAL_TOO_LARGE = "notional_too_large"
    ALREADY_EXPIRED = "already_expired"
    TOO_MANY_OPEN_ORDERS = "too_many_open_orders"  # of this account
    BOOK_FULL = "book_full"  # too many open orders of everybody
    PRICE_BAND = "price_band"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"


class CancelReason(StrEnum):
    """Why what was left of an accepted order is gone."""

    REQUESTED = "requested"
    EXPIRED = "expired"
    IOC_REMAINDER = "ioc_remainder"
    FOK_NOT_FILLABLE = "fok_not_fillable"
    NO_LIQUIDITY = "no_liquidity"  # a market order found nothing (more) to take
    PRICE_BAND = "price_band"  # a market order reached the band, or a triggered limit lies outside
    SELF_TRADE = "self_trade"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"  # a triggered one; else it is a refusal


class OrderStatus(StrEnum):
    """Where an order is in its life. The first three are open, the others final."""

    ARMED = "armed"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Whether the order can still change."""
        return self in _OPEN


_OPEN = frozenset({OrderStatus.ARMED, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})

# Types that name the worst price they may trade at, and types that wait for a trigger.
LIMIT_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
TRIGGER_TYPES = frozenset(OrderType) - {OrderType.MARKET, OrderType.LIMIT}
