"""A client of `WS /ws/orders` without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from api import INSTRUMENTS, Api, Clock, order
from goquant.actors.exchange import Exchange
from running import Gate, SlowJournal
from streaming import Socket, websocket

Json = Any


class Trader:
    """A client of `WS /ws/orders`: it tells answers from reports."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.events: list[Json] = []
        self._answers: list[Json] = []
        self._count = 0

    async def send(self, op: str, **fields: object) -> None:
        await self.socket.send({"op": op, **fields})

    async def ask(self, op: str, **fields: object) -> Json:
        """The answer to a message, which has to be the next one."""
        self._count += 1
        await self.send(op, id=self._count, **fields)
        answer = await self.answer()
        assert answer.pop("id") == self._count
        return answer

    async def place(self, **changes: object) -> Json:
        """The order that comes of `api.order`, which has to be accepted."""
        return (await self.ask("place", **order(**changes)))["order"]

    async def refused(self, op: str, **fields: object) -> tuple[str, str | None]:
        """The code and the field of the error that is the answer."""
        answer = await self.ask(op, **fields)
        assert set(answer) == {"error"}
        assert set(answer["error"]) == {"code", "message", "field", "request_id"}
        return answer["error"]["code"], answer["error"]["field"]

    async def answer(self) -> Json:
        while not self._answers:
            await self._read()
        return self._answers.pop(0)

    async def event(self) -> Json:
        """The next event of the reports."""
        while not self.events:
            await self._read()
        return self.events.pop(0)

    async def told(self, count: int) -> list[tuple[str, str, str]]:
        """The next events of orders: their type, and the id and the status of the order."""
        told: list[tuple[str, str, str]] = []
        while len(told) < count:
            event = await self.event()
            if event["type"] != "heartbeat":
                order = event["order"]
                told.append((event["type"], order["order_id"], order["status"]))
        return told

    async def quiet(self) -> bool:
        """Whether nothing more comes."""
        await wait_all_tasks_blocked()
        return not self.events and not self._answers and not self.socket.has_more()

    async def _read(self) -> None:
        message = await self.socket.receive()
        if "channel" in message:
            assert set(message) == {"channel", "events"}
            assert message["channel"] == "orders"
            self.events += message["events"]
        else:
            self._answers.append(message)


@asynccontextmanager
async def trader(api: Api, query: str = "") -> AsyncIterator[Trader]:
    """A client that trades; it leaves at the end of the block."""
    async with websocket(api.app, f"/ws/orders?{query}") as socket:
        yield Trader(socket)


@asynccontextmanager
async def alice(api: Api, query: str = "") -> AsyncIterator[Trader]:
    """One that trades for an account, and has had the snapshot of its one symbol."""
    async with trader(api, f"account=alice&symbols=BTC-USD&{query}") as client:
        assert (await client.event())["type"] == "snapshot"
        yield client


async def seen(api: Api, order_id: str) -> Json:
    """An order as the REST API has it."""
    reply = await api.send("GET", f"/orders/{order_id}")
    assert reply.status == 200
    return reply.json


async def open_orders(api: Api, account: str | None = None) -> list[str]:
    """The ids of all open orders, of an account or of all, the oldest first."""
    query = "status=open" + (f"&account={account}" if account else "")
    page = (await api.send("GET", f"/orders?{query}")).json
    return [each["order_id"] for each in reversed(page["orders"])]


def without_fills(view: Json) -> Json:
    return {name: value for name, value in view.items() if name != "fills"}


async def slow(nursery: trio.Nursery) -> tuple[Api, Gate]:
    """An exchange whose commits wait for the gate."""
    gate = Gate.within(nursery)
    exchange = Exchange(INSTRUMENTS, clock=Clock())
    for actor in exchange.symbols.values():
        actor._journal = SlowJournal(gate)
    await nursery.start(exchange.run)
    return Api(exchange, Clock()), gate
