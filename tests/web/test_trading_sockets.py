"""Orders over WebSocket through the real server: what only sockets and processes can show."""

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace
from trio_websocket import WebSocketConnection

from api import INSTRUMENTS, order
from goquant.actors.exchange import Exchange
from goquant.book.commands import NewOrder
from goquant.book.enums import OrderType, Side, TimeInForce
from goquant.web.app import create_app
from goquant.web.limits import Limits
from goquant.web.server import Address, serve
from others import closing, websocket
from processes import PATIENCE_S, Caller, Server
from sockets import connected, eventually

HOST = "127.0.0.1"

# More than the buffers between two sockets hold, in events.
MANY = 20_000


class Trader:
    """A client over a connection: it tells answers from reports."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self.connection = connection
        self.events: list[Any] = []
        self.answers: dict[object, Any] = {}

    async def send(self, op: str, message_id: object, **fields: object) -> None:
        await self.connection.send_message(json.dumps({"op": op, "id": message_id, **fields}))

    async def answer(self, message_id: object) -> Any:
        while message_id not in self.answers:
            await self.read()
        return self.answers.pop(message_id)

    async def ask(self, op: str, **fields: object) -> Any:
        await self.send(op, "asked", **fields)
        return await self.answer("asked")

    async def event(self) -> Any:
        """The next event."""
        while not self.events:
            await self.read()
        return self.events.pop(0)

    async def read(self) -> None:
        with trio.fail_after(PATIENCE_S):
            message = json.loads(await self.connection.get_message())
        if "channel" in message:
            self.events += message["events"]
        else:
            assert message["id"] not in self.answers
            self.answers[message["id"]] = message


@asynccontextmanager
async def trader(
    address: Address, query: str = "", message_queue_size: int = 1_000
) -> AsyncIterator[Trader]:
    path = f"/ws/orders?{query}"
    async with websocket(address, path, message_queue_size=message_queue_size) as connection:
        yield Trader(connection)


@asynccontextmanager
async def venue(limits: Limits | None = None) -> AsyncIterator[tuple[Exchange, Address]]:
    """An exchange behind its server, in this process."""
    exchange = Exchange(INSTRUMENTS)
    stop = trio.Event()
    async with trio.open_nursery() as root:
        await root.start(exchange.run)
        async with trio.open_nursery() as http:
            app = create_app(exchange, limits=limits)
            yield (
                exchange,
                await http.start(partial(serve, app, port=0, shutdown_trigger=stop.wait)),
            )
            stop.set()
        root.cancel_scope.cancel()


def open_orders(server: Server, query: str = "") -> list[Any]:
    with Caller(server.port) as caller:
        found: list[Any] = caller.send("GET", f"/orders?status=open&limit=500{query}").json[
            "orders"
        ]
        return found


async def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    count = 400
    with Server(tmp_path / "data") as server:
        server.ready()
        async with trader((HOST, server.port)) as client:
            for number in range(count):
                await client.send("place", number, **order(price=str(50 + number % 10)))
            answers = [await client.answer(number) for number in range(count)]
            ids = [each["order"]["order_id"] for each in answers]
            assert ids == [f"BTC-USD-{number}" for number in range(1, count + 1)]
            server.kill()
    with Server(tmp_path / "data") as server:
        server.ready()
        kept = {each["order_id"]: each for each in open_orders(server)}
        assert kept == {each["order"]["order_id"]: each["order"] for each in answers}


async def test_a_client_that_leaves_in_the_middle_of_batches_has_all_or_none_of_each(
    tmp_path: Path,
) -> None:
    with Server(tmp_path / "data") as server:
        server.ready()
        async with connected((HOST, server.port)) as client:
            await client.upgrade("/ws/orders?reports=false")
            await client.head()
            batch = json.dumps({"op": "batch", "orders": [order(quantity="0.01")] * 50}).encode()
            await client.send(b"".join([masked(batch)] * 3) + masked(batch)[:2_000])
        with Caller(server.port) as caller:
            assert caller.place(price="1").status == 201
        await eventually(lambda: len(open_orders(server)) % 50 == 1)
        assert len(open_orders(server)) <= 151


def masked(payload: bytes) -> bytes:
    """A text message of a client, with a mask that changes nothing."""
    return b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload


@pytest.mark.parametrize("how", ["leave", "break off", "stop"])
async def test_orders_go_with_their_session(tmp_path: Path, how: str) -> None:
    with Server(tmp_path / "data") as server:
        server.ready()
        with Caller(server.port) as caller:
            caller.place(account="alice")
        async with trader((HOST, server.port), "account=alice&cancel_on_disconnect=true") as client:
            for number in range(10):
                await client.send("place", number, **order())
            await client.answer(9)
            assert len(open_orders(server)) == 11
            if how == "break off":
                await trio.aclose_forcefully(client.connection._stream)
            elif how == "stop":
                server.process.send_signal(signal.SIGTERM)
                assert (await closing(client.connection))[0] == 1012
                assert server.ended() == 0
        if how != "stop":
            await eventually(lambda: len(open_orders(server)) == 1)
    with Server(tmp_path / "data") as server:
        server.ready()
        assert len(open_orders(server)) == 1


async def test_orders_stay_when_the_exchange_is_killed(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        server.ready()
        async with trader((HOST, server.port), "cancel_on_disconnect=true") as client:
            await client.ask("place", **order())
            server.kill()
    with Server(tmp_path / "data") as server:
        server.ready()
        assert len(open_orders(server)) == 1


async def test_two_sessions_of_an_account_see_what_rest_has() -> None:
    query = "account=alice&symbols=BTC-USD"
    async with (
        venue() as (_, address),
        trader(address, query) as one,
        trader(address, query) as two,
        trader(address, "account=bob&reports=false") as bob,
    ):
        for number in range(20):
            await (one if number % 2 else two).send("place", number, **order(quantity="2"))
            await bob.send("place", number, **order(side="sell", quantity="1.5"))
        await bob.answer(19)
        await one.ask("cancel_all")
        seen = [await final_orders(client, 20) for client in (one, two)]
        async with connected(address) as client:
            await client.get("/orders?account=alice&limit=500")
            orders = json.loads((await client.answer())[1])["orders"]
        for view in orders:
            del view["fills"]
        assert seen == [{view["order_id"]: view for view in orders}] * 2


async def final_orders(client: Trader, count: int) -> dict[str, Any]:
    """So many orders as they are told, once all of them are final."""
    orders: dict[str, Any] = {}
    final = {"filled", "canceled"}
    while sum(view["status"] in final for view in orders.values()) < count:
        event = await client.event()
        if "order" in event:
            orders[event["order"]["order_id"]] = event["order"]
    return orders


async def test_a_client_that_reads_too_slowly_begins_anew() -> None:
    terms = NewOrder(Side.BUY, OrderType.LIMIT, 10**8, 10_000, account="alice")
    async with (
        venue(Limits(feed_events_max=100)) as (exchange, address),
        trader(address, "account=alice&symbols=BTC-USD", message_queue_size=1) as client,
    ):
        assert (await client.event())["type"] == "snapshot"
        for _ in range(MANY // 40):
            calls = [
                exchange.post("BTC-USD", replace(terms, time_in_force=TimeInForce.IOC))
                for _ in range(20)
            ]
            await calls[-1].wait()
        resting = (await exchange.execute("BTC-USD", terms)).sequenced.sequence
        last, resets = 0, 0
        while last != resting:
            event = await client.event()
            if event["type"] == "reset":
                resets += 1
                event = await client.event()
                assert event["type"] == "snapshot"
            elif event["sequence"] > last:
                assert event["prev_sequence"] == last, "nothing is missing"
            last = event["sequence"]
        assert resets
