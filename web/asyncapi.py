"""The description of all streams: an AsyncAPI 3.0 document, made of the table below and the shapes.

AsyncAPI writes schemas as JSON Schema had them in draft 7, so those of `schemas` are put into those words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from msgspec import Struct

from .. import __version__
from . import events
from .answers import BatchAnswer, CancelAfterAnswer, CancelAllAnswer, OrderAnswer
from .catalog import JSON
from .requests import (
    BatchRequest,
    BookSubscription,
    CancelAfter,
    CancelEntry,
    Channel,
    MassCancelQuery,
    OrderRequest,
    ReplaceEntry,
    Subscription,
    TradingQuery,
    Unsubscription,
)
from .schemas import Schema, answer_schemas, message_schema, query_schema, ref
from .streams import Subscribed
from .websocket import Refusal

WS = "websocket"
SSE = "sse"

ABOUT = """\
What happens, as it happens, and not before it is on disk. Every event carries its sequence and that of the event before
it in its channel: if the latter is larger than what you know, something is missing. You may go on where you were on any
transport: with since, or with Last-Event-ID for server-sent events. After a reset forget what you know; a snapshot
follows."""

# Where the server is, unless whoever reads the document knows better.
HOST = "127.0.0.1:8000"

_SERVERS = {WS: ("ws", "WebSockets."), SSE: ("http", "Server-sent events, one record an event.")}

_HTTP_BINDING = "0.3.0"
_WS_BINDING = "0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One address from which events come."""

    transport: str
    path: str
    name: str
    says: str
    query: type
    tells: tuple[type, ...]
    """What the server sends."""

    takes: Mapping[str, type] = field(default_factory=dict)
    """What a client may send, by its op."""

    examples: Mapping[str, Schema] = field(default_factory=dict)
    """What it may say beside its op, for each op."""


class BookFrame(Struct, frozen=True):
    """All that is due of a book. Events of one command are never in two frames."""

    channel: Channel
    symbol: str
    events: list[events.BookSnapshot | events.BookUpdate | events.Heartbeat | events.Reset]


class TradesFrame(Struct, frozen=True):
    """All trades that are due. Those of one command are never in two frames."""

    channel: Channel
    symbol: str
    events: list[events.TradesSnapshot | events.TradeEvent | events.Heartbeat | events.Reset]


class OrdersFrame(Struct, frozen=True):
    """All reports of one's own orders that are due. Those of one command are never in two frames."""

    channel: Channel
    events: list[
        events.OrdersSnapshot
        | events.Accepted
        | events.Triggered
        | events.Replaced
        | events.Traded
        | events.Canceled
        | events.Expired
        | events.Heartbeat
        | events.Reset
    ]


_BOOK = {"subscribe": BookSubscription, "unsubscribe": Unsubscription}
_TRADES = {"subscribe": Subscription, "unsubscribe": Unsubscription}
_EXAMPLES = {op: {"symbols": "ETH-USD"} for op in _BOOK}
_ANSWERS = (Subscribed, Refusal)

_PLACED: Schema = {"symbol": "BTC-USD", "side": "buy", "type": "market", "quantity": "1"}
_ORDERS: dict[str, tuple[type, Schema]] = {
    "place": (OrderRequest, _PLACED),
    "replace": (ReplaceEntry, {"order_id": "BTC-USD-1", "price": "100"}),
    "cancel": (CancelEntry, {"order_id": "BTC-USD-1"}),
    "batch": (BatchRequest, {"orders": [_PLACED, {"op": "cancel", "order_id": "BTC-USD-1"}]}),
    "cancel_all": (MassCancelQuery, {"symbol": "BTC-USD"}),
    "cancel_after": (CancelAfter, {"seconds": 60}),
}
_EVERYWHERE = (events.Heartbeat, events.Reset)

STREAMS = (
    Stream(
        transport=WS,
        path="/ws/marketdata",
        name="marketdata",
        says="The books of some symbols: a snapshot each, then the levels that change.",
        query=BookSubscription,
        tells=(BookFrame, *_ANSWERS),
        takes=_BOOK,
        examples=_EXAMPLES,
    ),
    Stream(
        transport=WS,
        path="/ws/trades",
        name="trades",
        says="The trades of some symbols.",
        query=Subscription,
        tells=(TradesFrame, *_ANSWERS),
        takes=_TRADES,
        examples=_EXAMPLES,
    ),
    Stream(
        transport=WS,
        path="/ws/orders",
        name="orders",
        says="Orders, pipelined, each answered under its id; and what becomes of one's own orders.",
        query=TradingQuery,
        tells=(
            OrdersFrame,
            OrderAnswer,
            BatchAnswer,
            CancelAllAnswer,
            CancelAfterAnswer,
            Refusal,
        ),
        takes={op: taken for op, (taken, _) in _ORDERS.items()},
        examples={op: example for op, (_, example) in _ORDERS.items()},
    ),
    Stream(
        transport=SSE,
        path="/stream/marketdata",
        name="marketdataRecords",
        says="As the WebSocket, for browsers and curl.",
        query=BookSubscription,
        tells=(events.BookSnapshot, events.BookUpdate, *_EVERYWHERE),
    ),
    Stream(
        transport=SSE,
        path="/stream/trades",
        name="tradesRecords",
        says="As the WebSocket, for browsers and curl.",
        query=Subscription,
        tells=(events.TradesSnapshot, events.TradeEvent, *_EVERYWHERE),
    ),
)


@cache
def document() -> Schema:
    """The whole description. It is the same for every exchange of this version."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "GoQuant streams",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": JSON,
        "servers": {name: _server(*server) for name, server in _SERVERS.items()},
        "channels": {stream.name: _channel(stream) for stream in STREAMS},
        "operations": {
            name: operation for stream in STREAMS for name, operation in _operations(stream).items()
        },
        "components": {"schemas": _schemas()},
    }


def _server(protocol: str, says: str) -> Schema:
    variables = {"host": {"default": HOST, "description": "Where the exchange listens."}}
    return {"host": "{host}", "protocol": protocol, "description": says, "variables": variables}


def _channel(stream: Stream) -> Schema:
    told = {shape.__name__: _message(shape.__doc__, ref(shape.__name__)) for shape in stream.tells}
    taken = {
        op: _message(cls.__doc__, _draft_7(message_schema(op, cls)))
        | {"examples": [{"payload": {"op": op, "id": 1} | stream.examples[op]}]}
        for op, cls in stream.takes.items()
    }
    channel = {
        "address": stream.path,
        "description": stream.says,
        "servers": [{"$ref": f"#/servers/{stream.transport}"}],
        "messages": told | taken,
    }
    if stream.transport == WS:
        query = {"method": "GET", "query": _draft_7(query_schema(stream.query))}
        channel["bindings"] = {"ws": query | {"bindingVersion": _WS_BINDING}}
    return channel


def _message(says: str | None, payload: Schema) -> Schema:
    return {"summary": says, "payload": payload}


def _operations(stream: Stream) -> dict[str, Schema]:
    """What the server does: it sends, and of WebSockets it also receives."""
    told = _operation(stream, "send", [shape.__name__ for shape in stream.tells])
    if stream.transport == SSE:
        query = {"method": "GET", "query": _draft_7(query_schema(stream.query))}
        told["bindings"] = {"http": query | {"bindingVersion": _HTTP_BINDING}}
    operations = {f"{stream.name}Tell": told}
    if stream.takes:
        operations[f"{stream.name}Take"] = _operation(stream, "receive", list(stream.takes))
    return operations


def _operation(stream: Stream, action: str, messages: list[str]) -> Schema:
    channel = f"#/channels/{stream.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in messages],
    }


def _schemas() -> Schema:
    shapes_told = {shape for stream in STREAMS for shape in stream.tells}
    found = answer_schemas(sorted(shapes_told, key=lambda shape: shape.__name__))
    return {name: _draft_7(schema) for name, schema in found.items()}


def _draft_7(schema: Schema) -> Schema:
    """The same in the words of draft 7."""
    written: Schema = {key: _draft_7_value(value) for key, value in schema.items()}
    if "prefixItems" in written:
        written["items"] = written.pop("prefixItems")
    if "mapping" in written.get("discriminator", {}):
        written["discriminator"] = written["discriminator"]["propertyName"]
    return written


def _draft_7_value(value: object) -> object:
    if isinstance(value, dict):
        return _draft_7(value)
    if isinstance(value, list):
        return [_draft_7_value(each) for each in value]
    return value
