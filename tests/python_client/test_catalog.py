"""The client can do what the exchange can: every route has a method, every record every field."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpx
import msgspec
import pytest

from described import template_of
from goquant.client import Cancel, Client, ClientError, events, records
from goquant.web.asyncapi import document as asyncapi
from goquant.web.catalog import ANY_FILE, HTML, ROUTES
from goquant.web.openapi import document as openapi

# Pages and their files are for people.
NAMES = {
    route.name: (route.method, route.path)
    for route in ROUTES
    if not {HTML, ANY_FILE}
    & {answer for answer in route.answers.values() if isinstance(answer, str)}
}


async def first(things: AsyncIterator[object]) -> object:
    return await anext(things)


async def opened(stream: object) -> None:
    assert hasattr(stream, "__aenter__")
    await stream.__aenter__()


METHODS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "placeOrder": lambda client: client.place("A-USD", "buy", "market", quantity=1),
    "batch": lambda client: client.batch([Cancel("A-USD-1")]),
    "orders": lambda client: first(client.orders()),
    "order": lambda client: client.order("A-USD-1"),
    "replaceOrder": lambda client: client.replace("A-USD-1", price=1),
    "cancelOrder": lambda client: client.cancel("A-USD-1"),
    "cancelOrders": lambda client: client.cancel_all(),
    "orderbook": lambda client: client.orderbook("A-USD"),
    "trades": lambda client: first(client.trades("A-USD")),
    "candles": lambda client: client.candles("A-USD"),
    "ticker": lambda client: client.ticker("A-USD"),
    "symbols": lambda client: client.symbols(),
    "streamMarketData": lambda client: opened(client.marketdata(["A-USD"], transport="sse")),
    "streamTrades": lambda client: opened(client.tape(["A-USD"], transport="sse")),
    "poll": lambda client: opened(client.tape(["A-USD"], transport="poll")),
    "livez": lambda client: client.livez(),
    "readyz": lambda client: client.readyz(),
    "healthz": lambda client: client.healthz(),
    "status": lambda client: client.status(),
    "metrics": lambda client: client.metrics(),
    "resume": lambda client: client.resume("A-USD"),
    "openapi": lambda client: client.openapi(),
    "asyncapi": lambda client: client.asyncapi(),
}


@pytest.mark.parametrize("name", NAMES)
async def test_every_route_has_a_method(name: str) -> None:
    asked: list[tuple[str, str | None]] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, template_of(request.url.path)))
        return httpx.Response(404, json={})

    async with Client(transport=httpx.MockTransport(refuse)) as client:
        with suppress(ClientError):
            await METHODS[name](client)
    assert asked[:1] == [NAMES[name]] or (name == "metrics" and asked == [NAMES[name]])


OPENAPI = openapi()["components"]["schemas"]
ASYNCAPI = asyncapi()["components"]["schemas"]

RECORDS = {
    "OrderView": records.Order,
    "FillView": records.Fill,
    "TradeView": records.Trade,
    "BookView": records.Depth,
    "BookOrdersView": records.BookOrders,
    "CandlesView": records.Candles,
    "CandleView": records.Candle,
    "TickerView": records.Ticker,
    "DayView": records.Day,
    "Rules": records.Instrument,
    "Result": records.Result,
    "Results": records.Results,
    "VersionView": records.Version,
    "ReadyView": records.Ready,
    "SymbolStateView": records.SymbolState,
    "StatusView": records.Status,
    "SymbolStatusView": records.SymbolStatus,
    "JournalStatus": records.JournalStatus,
    "HistoryStatus": records.HistoryStatus,
}

# What the client reads on the way to a record, and does not hand out.
WRAPPED = {"OrdersPage", "OrdersView", "TradesPage", "SymbolsView", "PollView"}

EVENTS = (
    *(events.BookSnapshot, events.BookUpdate, events.TradesSnapshot, events.TradeEvent),
    *(events.OrdersSnapshot, events.Accepted, events.Triggered, events.Replaced, events.Traded),
    *(events.Canceled, events.Expired, events.Heartbeat, events.Reset),
)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_all_fields(name: str) -> None:
    assert set(RECORDS[name].__struct_fields__) == set(OPENAPI[name]["properties"])


def test_every_answer_has_a_record() -> None:
    answered = {
        name
        for name, schema in OPENAPI.items()
        if "properties" in schema and any(name.endswith(end) for end in ("View", "Page", "Status"))
    }
    assert answered <= {*RECORDS, *WRAPPED}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_has_all_fields(kind: type[msgspec.Struct]) -> None:
    properties = set(ASYNCAPI[kind.__name__]["properties"])
    assert {*kind.__struct_fields__, "type"} == properties
