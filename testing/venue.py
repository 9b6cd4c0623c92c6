"""The exchange as a test has it: an address to reach it at, faults on demand, a book to look at."""

import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar

import httpx
import trio

from ..actors.calls import Crashed
from ..actors.feed import Feed
from ..actors.storage import Storage
from ..actors.symbol import NANOSECONDS, Clock
from ..book.instrument import Instrument
from ..client import Client, Patience
from ..client.rest import LIMITS
from ..client.sockets import ungrouped
from ..listing import read_instruments
from ..persistence.opening import open_folder
from ..web.app import create_app
from ..web.limits import Limits
from ..web.server import RESTART, Server, bind
from . import books
from .disk import MemoryDisk
from .faults import FaultyExchange, Injected

T = TypeVar("T")

# What the time is when an exchange begins: 2026-05-02T10:00:00Z.
START_NS = 1_777_716_000_000_000_000

# Of a symbol that is given by its name alone.
TICK_SIZE, LOT_SIZE = "0.01", "0.00000001"

# The name of an exchange that has no address, since it is reached over a socket of its own.
NOWHERE = "http://exchange.test"


def instrument(symbol: str, **rules: str | int) -> Instrument:
    """A symbol with rules of its own, which are those of `[[instruments]]` in the configuration.

    Raises:
        ValueError: a rule is none, or not possible.
    """
    problems: list[str] = []
    table = {"symbol": symbol, "tick_size": TICK_SIZE, "lot_size": LOT_SIZE} | rules
    found = read_instruments([table], "", problems)
    if problems:
        raise ValueError("\n".join(problems))
    return found[0]


@asynccontextmanager
async def running_exchange(
    symbols: Sequence[str | Instrument] = ("BTC-USD",),
    *,
    clock: Clock | None = None,
    port: int | None = None,
    limits: Limits | None = None,
    seed: int = 0,
) -> AsyncIterator["Venue"]:
    """An exchange for as long as the block runs. It is gone with all that it held after that.

    Args:
        symbols: what is traded: names, or instruments as `instrument` makes them.
        clock: gives the time in nanoseconds since 1970; by default trio's time, from START_NS on.
        port: listen there on 127.0.0.1, 0 for a free port. By default it is reached in memory only.
        limits: what it grants its clients.
        seed: what the clients of `Venue.client` draw their waits and order ids from.
    """
    instruments = [each if isinstance(each, Instrument) else instrument(each) for each in symbols]
    with ExitStack() as stack:
        path = None
        if port is None:
            folder = stack.enter_context(TemporaryDirectory(prefix="goquant-"))
            path = Path(folder) / "exchange"
        listening = bind("127.0.0.1", port or 0) if path is None else _unix_socket(path)
        stack.enter_context(listening)
        stack.enter_context(ungrouped())
        async with trio.open_nursery() as nursery:
            now = clock or _trio_clock()
            venue = Venue(nursery, listening, path, instruments, now, limits, Random(seed))
            await venue.start()
            yield venue
            venue.disconnect()
            nursery.cancel_scope.cancel()


class Venue:
    """A running exchange, from `running_exchange`."""

    def __init__(
        self,
        nursery: trio.Nursery,
        listening: socket.socket,
        path: Path | None,
        instruments: Sequence[Instrument],
        clock: Clock,
        limits: Limits | None,
        random: Random,
    ) -> None:
        self._nursery = nursery
        self._listening = listening
        self._path = path
        self._instruments = instruments
        self._limits = limits
        self._random = random
        self._disk = MemoryDisk()
        self._rejections = deque[Injected]()
        self._forgotten: dict[str, int] = {}
        self.clock = clock
        """Says what time it is for the exchange, in nanoseconds since 1970."""

    @property
    def url(self) -> str:
        """Where it is. In memory only `client` and `transport` know how to get there."""
        if self._path is not None:
            return NOWHERE
        host, port = self._listening.getsockname()[:2]
        return f"http://{host}:{port}"

    def client(self, account: str | None = None, *, patience: Patience | None = None) -> Client:
        """A client of it, to be used as an async context manager."""
        return Client(
            self.url,
            account=account,
            patience=patience,
            transport=self.transport(),
            dial=None if self._path is None else self.dial,
            random=Random(self._random.getrandbits(64)),
        )

    def transport(self) -> httpx.AsyncHTTPTransport:
        """What an httpx.AsyncClient of your own needs to get there."""
        path = None if self._path is None else str(self._path)
        return httpx.AsyncHTTPTransport(uds=path, limits=LIMITS)

    async def dial(self) -> trio.SocketStream:
        """A connection to it, for any other protocol on top."""
        if self._path is not None:
            return await trio.open_unix_socket(str(self._path))
        return await trio.open_tcp_stream(*self._listening.getsockname()[:2])

    def assert_book(self, symbol: str, *, bids: books.Wanted = (), asks: books.Wanted = ()) -> None:
        """Hold the whole book against levels of (price, quantity), in any order.

        Raises:
            BookDiffers: it is another one. The message draws both.
        """
        market = self._exchange.symbol(symbol).view.committed
        if market is None:
            raise books.BookDiffers(
                f"the book of {symbol} cannot be seen now: it is at work, or down"
            )
        books.check(market, bids, asks)

    async def crash(self, symbol: str) -> None:
        """Let the engine of a symbol fail. It is rebuilt after a moment, and orders wait for that.

        More than three times within five seconds halt the symbol.
        """
        with suppress(Crashed):
            await self._exchange.poison(symbol).wait()

    def disconnect(self) -> None:
        """Cut off all clients, without a word. They may come again at once."""
        self._server.disconnect()

    def lag(self, *symbols: str) -> None:
        """Let what the streams of some symbols, or of all, hold be gone: all readers are reset."""
        for ring in self._feed.rings:
            if not symbols or ring.symbol in symbols:
                ring.restart(ring.reached)

    def reject_next(self, code: str = "busy", message: str = "the test wants it so") -> None:
        """Refuse the next new order with an error of docs/api.md. Several of them wait in a queue.

        Raises:
            ValueError: there is no such error.
        """
        try:
            self._rejections.append(Injected(code, message))
        except KeyError:
            raise ValueError(f"{code!r} is no error of the API; docs/api.md lists them") from None

    async def restart(self) -> None:
        """Stop, as on SIGTERM, and start again from what is on its disk."""
        self._stop.set()
        await self._stopped.wait()
        await self.start()

    async def reset(self) -> None:
        """Begin anew with empty books, as if nothing had ever happened.

        Clients may stay: a stream that goes on from before is reset.
        """
        for symbol, actor in self._exchange.symbols.items():
            self._forgotten[symbol] = max(self._forgotten.get(symbol, 0), actor.sequence + 1)
        self._disk = MemoryDisk()
        self._rejections.clear()
        await self.restart()

    async def start(self) -> None:
        """Run an exchange on what is on the disk."""
        storage = Storage(
            self._disk, open_folder(self._disk, self._instruments), blocking=_on_the_spot
        )
        self._exchange = FaultyExchange(self._instruments, clock=self.clock, storage=storage)
        self._exchange.rejections = self._rejections
        self._app = create_app(self._exchange, None, self._limits)
        for ring in self._feed.rings:
            # Sequences begin again at 1, and one of before the reset must not pass for one of now.
            ring.floor = max(ring.floor, self._forgotten.get(ring.symbol, 0))
        self._server = Server(self._app, self._app.limits)
        self._stop, self._stopped = trio.Event(), trio.Event()
        await self._nursery.start(self._run)

    @property
    def _feed(self) -> Feed:
        feed = self._app.feed
        assert feed is not None, "create_app makes one"
        return feed

    async def _run(self, *, task_status: trio.TaskStatus[None]) -> None:
        stop, stopped = self._stop, self._stopped

        async def asked_to_stop() -> int:
            await stop.wait()
            return RESTART

        async with trio.open_nursery() as root:
            await root.start(self._exchange.run)
            async with trio.open_nursery() as http:
                # A socket of its own: who connects between two lives waits for the second.
                await http.start(partial(self._server.serve, self._listening.dup(), asked_to_stop))
                task_status.started()
            root.cancel_scope.cancel()
        stopped.set()


def _trio_clock() -> Clock:
    began = trio.current_time()
    return lambda: START_NS + round((trio.current_time() - began) * NANOSECONDS)


def _unix_socket(path: Path) -> socket.socket:
    """Nothing travels over a network, and a byte that was sent is there: a MockClock may jump."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    return listening


async def _on_the_spot(work: Callable[[], T], /) -> T:
    """Run what blocks, which is nothing on a disk in memory: a MockClock does not wait for threads."""
    await trio.lowlevel.checkpoint()
    return work()
