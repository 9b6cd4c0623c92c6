"""What clients may send: each body and each query as a class. `shapes` checks them.

A NewType is a value with a rule of its own; its check stands in `shapes.CHECKS`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, NewType

from attrs import frozen

from ..book.enums import OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce

DecimalText = NewType("DecimalText", str)
Account = NewType("Account", str)
ClientOrderId = NewType("ClientOrderId", str)
TimeNs = NewType("TimeNs", int)
Entries = NewType("Entries", list[object])
Statuses = NewType("Statuses", frozenset[OrderStatus])
PageLimit = NewType("PageLimit", int)
DepthLimit = NewType("DepthLimit", int)
BookLevel = NewType("BookLevel", int)
TradeId = NewType("TradeId", int)
Symbols = NewType("Symbols", tuple[str, ...])
StreamDepth = NewType("StreamDepth", int)
Sequence = NewType("Sequence", int)
PollTimeout = NewType("PollTimeout", int)
Flag = NewType("Flag", bool)
CancelAfterS = NewType("CancelAfterS", int)
Channels = NewType("Channels", tuple["Channel", ...])


class Kind(NamedTuple):
    """An order type as clients name it; some names also say the time in force."""

    type: OrderType
    time_in_force: TimeInForce | None = None


KINDS = {order_type.value: Kind(order_type) for order_type in OrderType} | {
    "ioc": Kind(OrderType.LIMIT, TimeInForce.IOC),
    "fok": Kind(OrderType.LIMIT, TimeInForce.FOK),
}


@frozen
class OrderRequest:
    """`POST /orders`, and each order of a batch."""

    symbol: str
    side: Side
    type: Kind
    quantity: DecimalText
    price: DecimalText | None = None
    trigger_price: DecimalText | None = None
    time_in_force: TimeInForce | None = None
    expires_at: TimeNs | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_TAKER
    account: Account | None = None
    client_order_id: ClientOrderId | None = None


@frozen
class ReplaceRequest:
    """`PATCH /orders/{id}`. What is left out stays as it is."""

    price: DecimalText | None = None
    quantity: DecimalText | None = None


@frozen
class CancelEntry:
    """A cancel in a batch."""

    order_id: str


@frozen(kw_only=True)
class ReplaceEntry(ReplaceRequest):
    """A replace in a batch."""

    order_id: str


# What an entry of a batch may ask for, by its `op`; place needs no `op`.
PLACE = "place"
OPERATIONS: Mapping[str, type] = {
    PLACE: OrderRequest,
    "replace": ReplaceEntry,
    "cancel": CancelEntry,
}


@frozen
class BatchRequest:
    """`POST /orders/batch`."""

    orders: Entries


@frozen
class OrdersQuery:
    """`GET /orders`."""

    symbol: str | None = None
    status: Statuses | None = None
    account: Account | None = None
    limit: PageLimit = PageLimit(100)
    cursor: str | None = None


@frozen
class MassCancelQuery:
    """`DELETE /orders`."""

    symbol: str | None = None
    account: Account | None = None


@frozen
class OrderbookQuery:
    """`GET /orderbook/{symbol}`."""

    depth: DepthLimit = DepthLimit(20)
    level: BookLevel = BookLevel(2)


@frozen
class TradesQuery:
    """`GET /trades/{symbol}`."""

    limit: PageLimit = PageLimit(100)
    before: TradeId | None = None


class Interval(StrEnum):
    """How long a candle is."""

    SECOND = "1s"
    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


@frozen
class CandlesQuery:
    """`GET /candles/{symbol}`."""

    interval: Interval = Interval.MINUTE
    limit: PageLimit = PageLimit(100)


class Channel(StrEnum):
    """What is told. The first two are for everybody, the orders for their owners."""

    TRADES = "trades"
    MARKET_DATA = "marketdata"
    ORDERS = "orders"


PUBLIC_CHANNELS = (Channel.TRADES, Channel.MARKET_DATA)


# How many levels of each side a stream of market data may show: each of these is one stream, which
# all that read it share.
STREAM_DEPTHS = (1, 5, 10, 20, 50, 100, 500, 1000)

# As far as anybody may look into a book.
STREAM_DEPTH = STREAM_DEPTHS[-1]


@frozen
class Since:
    """What a client knows already: all up to a sequence, of its one symbol or of each of several."""

    sequence: int | None
    by_symbol: Mapping[str, int]

    def of(self, symbol: str) -> int | None:
        """Up to where it knows a symbol; None if it knows nothing."""
        return self.by_symbol.get(symbol, self.sequence)


@frozen
class Subscription:
    """The query of a stream of trades, and a message that subscribes to more."""

    symbols: Symbols = Symbols(())
    since: Since | None = None


@frozen
class BookSubscription(Subscription):
    """As `Subscription`, of market data."""

    depth: StreamDepth = StreamDepth(STREAM_DEPTH)


@frozen
class Unsubscription:
    """A message that unsubscribes."""

    symbols: Symbols = Symbols(())


@frozen
class PollQuery:
    """`GET /poll/{symbol}`."""

    since: Sequence | None = None
    timeout: PollTimeout = PollTimeout(25)
    channels: Channels = Channels(PUBLIC_CHANNELS)
    depth: StreamDepth = StreamDepth(STREAM_DEPTH)


@frozen
class TradingQuery(Subscription):
    """The query of `WS /ws/orders`. Without symbols it is about all of them."""

    account: Account | None = None
    reports: Flag = Flag(True)
    cancel_on_disconnect: Flag = Flag(False)


@frozen
class CancelAfter:
    """A message that sets the dead man's switch of an account, or switches it off."""

    seconds: CancelAfterS
