"""An exchange with a clock that stands still, and a client of its REST API without a socket."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import trio
from quart_trio.testing import TrioClient

from described import check_answer
from goquant.actors.exchange import Exchange
from goquant.book.instrument import Instrument
from goquant.web.app import create_app
from goquant.web.application import Application

START_NS = 1_777_716_000_000_000_000  # 2026-05-02T10:00:00Z
START = "2026-05-02T10:00:00.000000000Z"
SECOND_NS = 1_000_000_000

BTC = Instrument(
    symbol="BTC-USD",
    base="BTC",
    quote="USD",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00000001"),
    quantity_min=10_000,
    quantity_max=10_000 * 10**8,
    price_max=1_000_000 * 10**2,
    notional_min=10**10,
)
# Small limits, to run into them.
ETH = Instrument(
    symbol="ETH-USD",
    base="ETH",
    quote="USD",
    tick_size=Decimal("0.05"),
    lot_size=Decimal("0.001"),
    price_band_bps=500,
    account_open_orders_max=2,
    open_orders_max=4,
)
# Steps that are no fractions.
YEN = Instrument(
    symbol="BTC-JPY", base="BTC", quote="JPY", tick_size=Decimal(5), lot_size=Decimal("1E+1")
)
INSTRUMENTS = (BTC, ETH, YEN)

Json = Mapping[str, object]


class Clock:
    """Says what it was told."""

    def __init__(self) -> None:
        self.time_ns = START_NS

    def __call__(self) -> int:
        return self.time_ns


@dataclass(frozen=True)
class Reply:
    """What came back. A body that is not JSON is an empty object."""

    status: int
    json: Any
    headers: Mapping[str, str]
    body: bytes
    text: str

    @property
    def code(self) -> str:
        """The code of the error that it has to be; its shape is checked on the way."""
        error = self.json["error"]
        assert set(self.json) == {"error"}
        assert set(error) == {"code", "message", "field", "request_id"}
        assert error["message"]
        assert error["request_id"] == self.headers["x-request-id"]
        return str(error["code"])

    @property
    def field(self) -> str | None:
        """The field that the error is about."""
        found: str | None = self.json["error"]["field"]
        return found

    @property
    def message(self) -> str:
        """The error in words."""
        return str(self.json["error"]["message"])


class Api:
    """A client of the routes, and a look behind them."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self.exchange = exchange
        self.clock = clock
        self.use(create_app(exchange))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The exchange runs within the block."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.exchange.run)
            yield
            nursery.cancel_scope.cancel()

    def use(self, app: Application) -> None:
        """Be a client of this application."""
        self.app = app
        self._client = TrioClient(app)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request, with a body as JSON or as the raw bytes given."""
        headers = dict(headers or {})
        if body is not None or raw is not None:
            headers["Content-Type"] = content_type
            raw = json.dumps(body).encode() if raw is None else raw
            headers["Content-Length"] = str(len(raw))
        response = await self._client.open(path, method=method, data=raw, headers=headers)
        content = await response.get_data(as_text=False)
        text = content.decode(errors="replace")
        is_json = response.mimetype == "application/json" and text
        sent = {name.lower(): value for name, value in response.headers.items()}
        found = json.loads(text) if is_json else {}
        check_answer(method, path, response.status_code, sent, found)
        return Reply(response.status_code, found, sent, content, text)

    async def place(self, **changes: object) -> Reply:
        """POST /orders with `order(**changes)`."""
        return await self.send("POST", "/orders", order(**changes))

    async def placed(self, **changes: object) -> str:
        """The id of an order that has to be accepted."""
        reply = await self.place(**changes)
        assert reply.status == 201, reply.json
        return str(reply.json["order_id"])

    def hashes(self) -> list[str]:
        """The state of each book, but for how many commands it has seen and when."""
        return [state_hash(self.exchange, symbol) for symbol in self.exchange.symbols]


def state_hash(exchange: Exchange, symbol: str) -> str:
    """The state of a book, but for how many commands it has seen and when."""
    engine = exchange.symbol(symbol).engine
    sequence, time_ns = engine.sequence, engine.time_ns
    engine.sequence = engine.time_ns = 0
    try:
        return engine.state_hash()
    finally:
        engine.sequence, engine.time_ns = sequence, time_ns


def order(**changes: object) -> dict[str, object]:
    """The body of an order to buy 1 BTC at 100; a change to None leaves the field out."""
    fields = {
        "symbol": "BTC-USD",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "price": "100",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}
