"""Attacks on a real server, of many at a time, while somebody trades.

Each ends as its row of the table says; orders are answered before, meanwhile and after; and nothing
of the attackers is left.
"""

import json
import re
from collections.abc import Iterator

import pytest
import trio

from api import order
from attacks import ATTACKS, Address, Attack
from processes import Server
from sockets import Client

AT_ONCE = 20

# What takes seconds in earnest takes so long here.
HASTE = tuple(
    word
    for setting in ("head-timeout", "body-timeout", "send-timeout")
    for word in (f"--{setting}-ms", "300")
)
PATIENCE_S = 30.0

LEVELS = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("attacked") / "data"
    with Server(folder, *HASTE, "--fsync", "never", "--history", "off") as server:
        server.ready()
        yield server


class Trader:
    """Somebody who trades, over a connection of their own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.orders = 0
        self.is_done = False

    async def place(self, **changes: object) -> None:
        """Place an order, which has to be accepted."""
        body = json.dumps(order(**changes)).encode()
        await self._client.post("/orders", body, "Content-Type: application/json")
        status, said = await self._client.answer()
        assert status == 201, said
        self.orders += 1

    async def keep_on(self) -> None:
        """Trade, until it is done."""
        self.is_done = False
        while not self.is_done:
            await self.place(side="sell", price="2000")
            await self.place(side="buy", price="2000")

    async def held(self) -> tuple[float, float, float]:
        """Connections, files and readers that the server has, this connection included."""
        await self._client.get("/metrics")
        _, said = await self._client.answer()
        text = said.decode()
        readers = re.findall(r"^goquant_feed_readers\{.*\} (\S+)$", text, re.MULTILINE)
        return value(text, "goquant_connections"), value(text, "process_open_fds"), total(readers)


def value(text: str, name: str) -> float:
    """The value of a metric without labels."""
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def total(values: list[str]) -> float:
    return sum(map(float, values))


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_ends_and_leaves_nothing(server: Server, name: str) -> None:
    address = ("127.0.0.1", server.port)
    with trio.fail_after(PATIENCE_S):
        stream = await trio.open_tcp_stream(*address)
        async with stream:
            trader = Trader(Client(stream))
            await fill(trader)
            before = await trader.held()
            ends = await under_attack(ATTACKS[name], address, trader)
            assert ends == [ATTACKS[name].ends] * AT_ONCE
            await trader.place()
            while await trader.held() != before:
                await trio.lowlevel.checkpoint()
    assert "failed" not in server.log_text()


async def fill(trader: Trader) -> None:
    """A book that takes more than a packet to tell."""
    for price in range(LEVELS):
        await trader.place(price=f"{1_000 - price / 100:.2f}", side="buy")


async def under_attack(attack: Attack, address: Address, trader: Trader) -> list[str]:
    """What becomes of many attackers, while orders have to be answered."""
    ends: list[str] = []

    async def one() -> None:
        ends.append(await attack.run(address))

    before = trader.orders
    async with trio.open_nursery() as trading:
        trading.start_soon(trader.keep_on)
        async with trio.open_nursery() as attacking:
            for _ in range(AT_ONCE):
                attacking.start_soon(one)
        trader.is_done = True
    assert trader.orders > before
    return ends
