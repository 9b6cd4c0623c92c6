"""Every route: what it takes, what it answers, and how it can fail, in one table.

Nothing is served from here. Whoever serves a route adds it to this table, wherever that is; the
description of the API is made of it, and a test compares it with what the application serves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..book.enums import RejectReason
from . import requests, responses, streams

# An answer is one of some classes of `responses`, or content of some other type.
Answer = tuple[type, ...] | str

HTML = "text/html"
SERVER_SENT_EVENTS = "text/event-stream"
METRICS = "text/plain"
JSON = "application/json"
ANY_FILE = "*/*"

# How any command can fail, whatever it asks for.
COMMAND_ERRORS = ("crashed", "busy", "halted", "outcome_unknown")

# An old order may be one of which only the history knows, and it may be behind.
OLD_ORDER_ERRORS = ("order_not_found", "order_final", "history_unavailable")

# The limits on price, quantity and notional.
TERMS_ERRORS = (
    "invalid_price",
    "invalid_quantity",
    RejectReason.QUANTITY_TOO_SMALL,
    RejectReason.QUANTITY_TOO_LARGE,
    RejectReason.PRICE_TOO_LARGE,
    RejectReason.NOTIONAL_TOO_SMALL,
    RejectReason.NOTIONAL_TOO_LARGE,
    RejectReason.PRICE_BAND,
    RejectReason.POST_ONLY_WOULD_TAKE,
)

BODY_ERRORS = ("malformed", "timeout", "too_large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    name: str
    says: str
    answers: Mapping[int, Answer]
    query: type | None = None
    body: type | None = None
    errors: tuple[str, ...] = ()
    """Codes of `errors.FAILURES`; see `codes` for all."""

    examples: Mapping[str, object] = field(default_factory=dict)
    """Bodies by what they are about. Tests send them, in the order of the table."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that an error of this route can have."""
        strangers = () if self.method == "GET" else ("origin_not_allowed",)
        return (*(BODY_ERRORS if self.body else ()), *self.errors, *strangers, "internal")


ORDERS = (
    Route(
        method="POST",
        path="/orders",
        name="placeOrder",
        says="Place an order. 201 and the order once it is matched and on disk; 200 and the order as it "
        "stands when one with the same account, client order id and body was placed before.",
        body=requests.OrderRequest,
        answers={201: (responses.OrderView,), 200: (responses.OrderView,)},
        errors=(
            *("unknown_symbol", "too_many_requests"),
            *("order_final", RejectReason.CLIENT_ORDER_ID_REUSED),
            *TERMS_ERRORS,
            RejectReason.TRIGGER_PRICE_TOO_LARGE,
            RejectReason.ALREADY_EXPIRED,
            RejectReason.TOO_MANY_OPEN_ORDERS,
            RejectReason.BOOK_FULL,
            *COMMAND_ERRORS,
            "history_unavailable",
        ),
        examples={
            "a limit order": {
                "symbol": "BTC-USD",
                "side": "sell",
                "type": "limit",
                "quantity": "0.5",
                "price": "64000.00",
                "account": "alice",
                "client_order_id": "ask-1",
            },
            "a market order": {
                "symbol": "BTC-USD",
                "side": "buy",
                "type": "market",
                "quantity": "0.2",
                "account": "bob",
            },
            "a limit order that only makes, for a while": {
                "symbol": "BTC-USD",
                "side": "buy",
                "type": "limit",
                "quantity": "1",
                "price": "63000.00",
                "time_in_force": "gtd",
                "expires_at": "2100-01-01T00:00:00Z",
                "post_only": True,
            },
            "a stop order": {
                "symbol": "BTC-USD",
                "side": "sell",
                "type": "stop",
                "quantity": "0.1",
                "trigger_price": "60000.00",
            },
        },
    ),
    Route(
        method="POST",
        path="/orders/batch",
        name="batch",
        says="Do up to 100 things in order, of any symbols, each with a result of its own.",
        body=requests.BatchRequest,
        answers={200: (responses.Results,)},
        examples={
            "one of each": {
                "orders": [
                    {
                        "op": "place",
                        "symbol": "BTC-USD",
                        "side": "buy",
                        "type": "limit",
                        "quantity": "1",
                        "price": "62000.00",
                    },
                    {"op": "replace", "order_id": "BTC-USD-1", "price": "65000.00"},
                    {"op": "cancel", "order_id": "BTC-USD-3"},
                ]
            }
        },
    ),
    Route(
        method="GET",
        path="/orders",
        name="orders",
        says="Orders of all symbols, newest first, a page at a time. A page may have fewer than its "
        "limit although more follow.",
        query=requests.OrdersQuery,
        answers={200: (responses.OrdersPage,)},
        errors=("malformed", "unknown_symbol", "halted", "history_unavailable"),
    ),
    Route(
        method="GET",
        path="/orders/{id}",
        name="order",
        says="One order, live or past.",
        answers={200: (responses.OrderView,)},
        errors=("malformed", "order_not_found", "halted", "history_unavailable"),
    ),
    Route(
        method="PATCH",
        path="/orders/{id}",
        name="replaceOrder",
        says="Change the price, the quantity or both. The same price with no more quantity keeps the "
        "order's place in the queue, anything else loses it.",
        body=requests.ReplaceRequest,
        answers={200: (responses.OrderView,)},
        errors=(
            *OLD_ORDER_ERRORS,
            "too_many_requests",
            *(RejectReason.PRICE_NOT_ALLOWED, RejectReason.QUANTITY_FILLED),
            *TERMS_ERRORS,
            *COMMAND_ERRORS,
        ),
        examples={"another price": {"price": "64500.00"}, "less": {"quantity": "0.4"}},
    ),
    Route(
        method="DELETE",
        path="/orders/{id}",
        name="cancelOrder",
        says="Cancel an order, resting or armed.",
        answers={200: (responses.OrderView,)},
        errors=("malformed", *OLD_ORDER_ERRORS, *COMMAND_ERRORS),
    ),
    Route(
        method="DELETE",
        path="/orders",
        name="cancelOrders",
        says="Cancel all open orders of a symbol, of an account, of both, or, without a query, of "
        "everybody. After a 503 some may have been canceled, and asking again is safe.",
        query=requests.MassCancelQuery,
        answers={200: (responses.OrdersView,)},
        errors=("malformed", "unknown_symbol", *COMMAND_ERRORS),
    ),
)

MARKET_DATA = (
    Route(
        method="GET",
        path="/orderbook/{symbol}",
        name="orderbook",
        says="The best price levels of each side or, with level 3, the first orders.",
        query=requests.OrderbookQuery,
        answers={200: (responses.BookView, responses.BookOrdersView)},
        errors=("malformed", "unknown_symbol", "halted"),
    ),
    Route(
        method="GET",
        path="/trades/{symbol}",
        name="trades",
        says="Trades, newest first, back to the first one ever, a page at a time.",
        query=requests.TradesQuery,
        answers={200: (responses.TradesPage,)},
        errors=("malformed", "unknown_symbol", "halted", "history_unavailable"),
    ),
    Route(
        method="GET",
        path="/candles/{symbol}",
        name="candles",
        says="The newest candles, oldest first; where nothing traded there is none. They are written "
        "a moment after the trades.",
        query=requests.CandlesQuery,
        answers={200: (responses.CandlesView,)},
        errors=("malformed", "unknown_symbol", "history_unavailable"),
    ),
    Route(
        method="GET",
        path="/ticker/{symbol}",
        name="ticker",
        says="A market in a line: the last price, the best bid and ask, and the last 24 hours.",
        answers={200: (responses.TickerView,)},
        errors=("malformed", "unknown_symbol", "halted", "history_unavailable"),
    ),
    Route(
        method="GET",
        path="/symbols",
        name="symbols",
        says="What is traded, and its rules.",
        answers={200: (responses.SymbolsView,)},
        errors=("malformed",),
    ),
)

STREAMS = (
    Route(
        method="GET",
        path="/stream/marketdata",
        name="streamMarketData",
        says="The books of some symbols as server-sent events, see /asyncapi.json.",
        query=requests.BookSubscription,
        answers={200: SERVER_SENT_EVENTS},
        errors=("malformed", "unknown_symbol", "too_many_subscriptions"),
    ),
    Route(
        method="GET",
        path="/stream/trades",
        name="streamTrades",
        says="The trades of some symbols as server-sent events, see /asyncapi.json.",
        query=requests.Subscription,
        answers={200: SERVER_SENT_EVENTS},
        errors=("malformed", "unknown_symbol", "too_many_subscriptions"),
    ),
    Route(
        method="GET",
        path="/poll/{symbol}",
        name="poll",
        says="What has happened after a sequence: at once, when something does, or an empty list at the "
        "timeout. Pass the since that is returned the next time.",
        query=requests.PollQuery,
        answers={200: (streams.PollView,)},
        errors=("malformed", "unknown_symbol"),
    ),
)

OPERATIONS = (
    Route(
        method="GET",
        path="/livez",
        name="livez",
        says="Whether the process answers at all.",
        answers={200: (responses.VersionView,)},
    ),
    Route(
        method="GET",
        path="/readyz",
        name="readyz",
        says="Whether orders are taken, and if not, why. While some symbols are halted and others trade "
        "the status is degraded.",
        answers={200: (responses.ReadyView,)},
        errors=("halted",),
    ),
    Route(
        method="GET",
        path="/healthz",
        name="healthz",
        says="The same as /readyz.",
        answers={200: (responses.ReadyView,)},
        errors=("halted",),
    ),
    Route(
        method="GET",
        path="/status",
        name="status",
        says="How every symbol and the journal are, in figures.",
        answers={200: (responses.StatusView,)},
        errors=("malformed",),
    ),
    Route(
        method="GET",
        path="/metrics",
        name="metrics",
        says="Everything that there is to measure, for Prometheus.",
        answers={200: METRICS},
        errors=("malformed",),
    ),
    Route(
        method="POST",
        path="/admin/symbols/{symbol}/resume",
        name="resume",
        says="Let a symbol go on that was halted because its engine failed too often. Only for clients "
        "on the machine itself.",
        answers={200: (responses.SymbolStatusView,)},
        errors=("malformed", "forbidden", "unknown_symbol", "not_halted"),
    ),
)

PAGES = (
    Route(
        method="GET",
        path="/",
        name="screen",
        says="The trading screen.",
        answers={200: HTML},
    ),
    Route(
        method="GET",
        path="/docs",
        name="docs",
        says="A page to read about the routes and to try them. It needs no network but the exchange.",
        answers={200: HTML},
    ),
    Route(
        method="GET",
        path="/docs/streams",
        name="docsStreams",
        says="A page to read about the streams and to watch them.",
        answers={200: HTML},
    ),
    Route(
        method="GET",
        path="/architecture",
        name="architecture",
        says="A page with the whole system as a chart: its parts, five flows to follow, and live figures.",
        answers={200: HTML},
    ),
    Route(
        method="GET",
        path="/openapi.json",
        name="openapi",
        says="This description.",
        answers={200: JSON},
        errors=("malformed",),
    ),
    Route(
        method="GET",
        path="/asyncapi.json",
        name="asyncapi",
        says="The description of the streams, as AsyncAPI.",
        answers={200: JSON},
        errors=("malformed",),
    ),
    Route(
        method="GET",
        path="/static/{file}",
        name="static",
        says="A file that a page needs; its path may have several parts. 304 when the ETag is known.",
        answers={200: ANY_FILE, 304: ANY_FILE},
        errors=("not_found",),
    ),
)

GROUPS = {
    "orders": ("Place, see, replace and cancel orders.", ORDERS),
    "market data": ("What everybody may see: no account is in it.", MARKET_DATA),
    "streams": ("What happens, as it happens.", STREAMS),
    "operations": ("For whoever runs the exchange.", OPERATIONS),
    "pages": ("For people, and for those who write clients.", PAGES),
}

ROUTES = (*ORDERS, *MARKET_DATA, *STREAMS, *OPERATIONS, *PAGES)
