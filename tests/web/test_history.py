"""What memory has forgotten clients find in the history: trades, orders, candles, the ticker."""

from contextlib import closing
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from api import INSTRUMENTS, Api, Clock
from following import FakeProcess
from goquant.actors.exchange import Exchange
from goquant.actors.historian import Historian
from goquant.actors.storage import Storage
from goquant.book.blotter import Blotter
from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.opening import open_folder
from goquant.web.app import create_app
from running import inline


class Past(Api):
    """An exchange that remembers one finished order and two trades, with a history beside it."""

    def __init__(self, folder: Path, exchange: Exchange, clock: Clock) -> None:
        super().__init__(exchange, clock)
        self._folder = folder
        self._process = FakeProcess()
        self.historian = Historian(folder, lambda: exchange.position, self._process.follow)
        self.use(create_app(exchange, self.historian))
        for actor in exchange.symbols.values():
            actor.market.blotter = Blotter(finished_orders_max=1, trades_max=2)

    def write(self) -> None:
        """Let the history catch up."""
        with closing(HistoryWriter(RealDisk(self._folder))) as writer:
            self._process.reached(writer.advance(self.exchange.position))


@pytest.fixture
async def past(nursery: trio.Nursery, tmp_path: Path) -> Past:
    disk, clock = RealDisk(tmp_path), Clock()
    storage = Storage(disk, open_folder(disk, INSTRUMENTS), blocking=inline)
    exchange = Exchange(INSTRUMENTS, clock=clock, storage=storage)
    await nursery.start(exchange.run)
    past = Past(tmp_path, exchange, clock)
    nursery.start_soon(past.historian.run)
    await wait_all_tasks_blocked()
    return past


async def trade(api: Api, count: int) -> list[str]:
    """Trades of one each, and the ids of the buyers."""
    buyers = []
    for _ in range(count):
        await api.placed(side="sell")
        buyers.append(await api.placed(side="buy", account="ann"))
    return buyers


async def test_trades_page_back_to_the_first_one_ever(past: Past) -> None:
    await trade(past, 7)
    past.write()
    seen: list[int] = []
    before: int | None = None
    while True:
        query = "limit=3" if before is None else f"limit=3&before={before}"
        page = (await past.send("GET", f"/trades/BTC-USD?{query}")).json
        seen += [each["trade_id"] for each in page["trades"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_a_history_that_is_behind_says_so_and_never_leaves_a_gap(past: Past) -> None:
    await trade(past, 2)
    past.write()
    await trade(past, 3)
    assert (await past.send("GET", "/trades/BTC-USD?limit=2")).status == 200, "memory has these"
    reply = await past.send("GET", "/trades/BTC-USD?limit=5")
    assert (reply.status, reply.code) == (503, "history_unavailable")
    assert (await past.send("GET", "/orders?symbol=BTC-USD")).code == "history_unavailable"


async def test_forgotten_orders_are_found(past: Past) -> None:
    buyers = await trade(past, 4)
    past.write()
    reply = await past.send("GET", f"/orders/{buyers[0]}")
    assert (reply.status, reply.json["status"], len(reply.json["fills"])) == (200, "filled", 1)
    page = (await past.send("GET", "/orders?symbol=BTC-USD&account=ann&limit=10")).json
    assert [each["order_id"] for each in page["orders"]] == buyers[::-1]
    assert (await past.send("GET", "/orders/BTC-USD-99")).code == "order_not_found"


async def test_a_repeated_client_order_id_finds_its_forgotten_order(past: Past) -> None:
    await past.placed(side="sell")
    mine = await past.placed(client_order_id="mine")
    await trade(past, 2)
    past.write()
    again = await past.place(client_order_id="mine")
    assert (again.status, again.json["order_id"], again.json["status"]) == (200, mine, "filled")


async def test_candles_and_the_ticker(past: Past) -> None:
    await trade(past, 3)
    past.write()
    candles = (await past.send("GET", "/candles/BTC-USD?interval=1d")).json["candles"]
    assert [(each["open"], each["close"], each["trades"]) for each in candles] == [
        ("100.00", "100.00", 3)
    ]
    ticker = (await past.send("GET", "/ticker/BTC-USD")).json
    assert (ticker["last"], ticker["bid"], ticker["day"]["trades"]) == ("100.00", None, 3)
    assert (await past.send("GET", "/candles/BTC-USD?interval=2m")).code == "malformed"


async def test_an_exchange_without_a_history_has_no_candles(api: Api) -> None:
    assert (await api.send("GET", "/candles/BTC-USD")).json["candles"] == []
    assert (await api.send("GET", "/ticker/BTC-USD")).json["day"] is None
