"""An exchange that forgets soon, with a history beside it that is written when a test says so."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

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
from goquant.persistence.history_folder import FILE
from goquant.persistence.history_reader import Moment
from goquant.persistence.opening import open_folder
from goquant.web.app import create_app
from running import inline

T = TypeVar("T")


class Interrupted(Historian):
    """Something may happen between the look at a market and the answer of the history."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def read(self, question: Callable[[Moment], T]) -> T:
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return await super().read(question)


class Past(Api):
    """Its markets remember one finished order and two trades."""

    def __init__(self, folder: Path, exchange: Exchange, clock: Clock) -> None:
        super().__init__(exchange, clock)
        self.file = folder / FILE
        self._folder = folder
        self._process = FakeProcess()
        self.historian = Interrupted(
            folder, lambda: exchange.position, self._process.follow, time_max_s=0
        )
        self.use(create_app(exchange, self.historian))
        for actor in exchange.symbols.values():
            actor.market.blotter = Blotter(finished_orders_max=1, trades_max=2)

    def write(self) -> None:
        """Let the history catch up."""
        with closing(HistoryWriter(RealDisk(self._folder))) as writer:
            self._process.reached(writer.advance(self.exchange.position))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else has the file for as long as the block lasts."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield

    def damage(self) -> None:
        """Nothing in the file is what it was, but for its head."""
        data = self.file.read_bytes()
        self.file.write_bytes(data[:100] + b"\xff" * (len(data) - 100))

    async def trade(self, count: int) -> list[str]:
        """Trades of one each. Returns the ids of the buyers."""
        buyers = []
        for _ in range(count):
            await self.placed(side="sell")
            buyers.append(await self.placed(side="buy", account="ann"))
        return buyers

    async def pages(self, path: str, name: str) -> list[list[object]]:
        """The values that the items of all pages of a route have under a name."""
        found: list[list[object]] = []
        cursor = None
        while not found or cursor is not None:
            page = (await self.send("GET", path + (f"&{cursor}" if cursor else ""))).json
            assert "next" in page, page
            (items,) = (value for value in page.values() if isinstance(value, list))
            found.append([each[name] for each in items])
            key = "before" if "/trades/" in path else "cursor"
            cursor = None if page["next"] is None else f"{key}={page['next']}"
            assert len(found) < 100, "the pages come to an end"
        return found


async def past_in(folder: Path, nursery: trio.Nursery) -> Past:
    """One that runs, on a new folder."""
    disk, clock = RealDisk(folder), Clock()
    storage = Storage(disk, open_folder(disk, INSTRUMENTS), blocking=inline)
    exchange = Exchange(INSTRUMENTS, clock=clock, storage=storage)
    await nursery.start(exchange.run)
    past = Past(folder, exchange, clock)
    nursery.start_soon(past.historian.run)
    await wait_all_tasks_blocked()
    return past
