"""Requests that are tried again: on an exchange that is a function, and on a real one."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

import httpx
import msgspec
import pytest
import trio
from trio.testing import MockClock

from goquant.client import (
    ApiError,
    Cancel,
    Client,
    Disconnected,
    OutcomeUnknown,
    Patience,
    Place,
    Replace,
)
from goquant.testing import running_exchange

BUSY = {"error": {"code": "busy", "message": "later", "field": None, "request_id": "1"}}

Handler = Callable[[httpx.Request], httpx.Response]


class Flaky(httpx.AsyncBaseTransport):
    """Reaches a real exchange, but for what a test puts before or after it."""

    def __init__(self, real: httpx.AsyncBaseTransport) -> None:
        self.real = real
        self.asked: list[bytes] = []
        self.before: list[Exception | httpx.Response] = []
        self.after: list[Exception] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.content)
        if self.before:
            problem = self.before.pop(0)
            if isinstance(problem, Exception):
                raise problem
            return problem
        response = await self.real.handle_async_request(request)
        if self.after:
            await response.aread()
            await response.aclose()
            raise self.after.pop(0)
        return response

    async def aclose(self) -> None:
        await self.real.aclose()


async def test_an_order_whose_answer_was_lost_is_placed_once(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue:
        flaky = Flaky(venue.transport())
        flaky.after = [httpx.ReadError("cut"), httpx.RemoteProtocolError("cut")]
        async with Client(venue.url, transport=flaky, random=Random(1)) as client:
            order = await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        assert order.order_id == "BTC-USD-1"
        assert len(flaky.asked) == 3
        assert len(set(flaky.asked)) == 1
        venue.assert_book("BTC-USD", bids=[(100, 1)])


async def test_a_cancel_whose_answer_was_lost_has_canceled(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue:
        flaky = Flaky(venue.transport())
        async with Client(venue.url, transport=flaky, random=Random(1)) as client:
            order = await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
            flaky.after = [httpx.ReadError("cut")]
            assert (await client.cancel(order.order_id)).status == "canceled"
            with pytest.raises(ApiError, match="order_final"):
                await client.cancel(order.order_id)


async def test_a_busy_exchange_is_asked_again_when_it_says(autojump_clock: MockClock) -> None:
    flaky = Flaky(httpx.MockTransport(lambda request: httpx.Response(200, json={"symbols": []})))
    flaky.before = [httpx.Response(503, json=BUSY, headers={"Retry-After": "7"})]
    async with Client(transport=flaky) as client:
        assert await client.symbols() == []
    assert 7 <= trio.current_time() < 7.2


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("no"), Disconnected),
        (httpx.ReadError("cut"), OutcomeUnknown),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
    ],
)
async def test_patience_ends_with_what_is_known(
    problem: Exception, kind: type[Exception], autojump_clock: MockClock
) -> None:
    flaky = Flaky(httpx.MockTransport(lambda request: httpx.Response(500)))
    flaky.before = [problem] * 3
    async with Client(transport=flaky, patience=Patience(tries_max=3)) as client:
        with pytest.raises(kind, match="GET /symbols"):
            await client.symbols()
    assert len(flaky.asked) == 3


async def test_what_is_refused_is_not_asked_again(autojump_clock: MockClock) -> None:
    refusal = msgspec.json.encode({"error": BUSY["error"] | {"code": "not_found"}})
    flaky = Flaky(httpx.MockTransport(lambda request: httpx.Response(404, content=refusal)))
    async with Client(transport=flaky) as client:
        with pytest.raises(ApiError, match="not_found"):
            await client.symbols()
    assert len(flaky.asked) == 1


async def test_an_answer_that_is_none_of_ours_is_an_error_with_its_status() -> None:
    proxy = httpx.MockTransport(lambda request: httpx.Response(418, text="<html>"))
    async with Client(transport=proxy) as client:
        with pytest.raises(ApiError) as caught:
            await client.symbols()
    assert (caught.value.status, caught.value.code) == (418, "unknown")


async def test_a_float_is_no_number() -> None:
    async with Client() as client:
        with pytest.raises(TypeError, match=r"0\.1 is a float"):
            await client.place("BTC-USD", "buy", "limit", quantity=0.1, price=1)  # type: ignore[arg-type]


async def test_all_that_can_be_asked(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client(account="ann") as client:
        bid = await client.place("BTC-USD", "buy", "limit", quantity=Decimal("1E+1"), price=100)
        assert (await client.replace(bid.order_id, quantity=5)).quantity == 5
        taker, missing, smaller, canceled = await client.batch(
            [
                Place(symbol="BTC-USD", side="sell", type="market", quantity=2, account="bob"),
                Cancel("BTC-USD-9"),
                Replace(order_id=bid.order_id, quantity="4"),
                Cancel(bid.order_id),
            ]
        )
        assert not isinstance(taker, ApiError)
        assert [fill.price for fill in taker.fills] == [100]
        assert isinstance(missing, ApiError)
        assert missing.code == "order_not_found"
        assert not isinstance(smaller, ApiError)
        assert not isinstance(canceled, ApiError)
        assert canceled.status == "canceled"
        assert [order.order_id async for order in client.orders()] == [bid.order_id]
        assert [trade.quantity async for trade in client.trades("BTC-USD")] == [2]
        assert (await client.ticker("BTC-USD")).last == 100
        assert (await client.orderbook("BTC-USD")).bids == []
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=99)
        assert [order.price for order in await client.cancel_all()] == [99]
        venue.assert_book("BTC-USD")


async def test_a_stream_that_is_refused_says_why(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        with pytest.raises(ApiError, match="unknown_symbol"):
            async with client.tape(["DOGE-USD"]):
                raise AssertionError("it was accepted")
