"""The exchange in a thread of its own, for tests that are not of trio."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

import outcome
import trio

from ..book.instrument import Instrument
from ..web.limits import Limits
from . import books
from .venue import Venue, running_exchange

T = TypeVar("T")


class ThreadVenue:
    """A running exchange on a real port. Its methods wait until it is done, and may be called by any
    thread; they are those of `Venue`, which says more."""

    def __init__(self, venue: Venue, token: trio.lowlevel.TrioToken) -> None:
        self._venue = venue
        self._token = token
        self.url = venue.url

    def assert_book(self, symbol: str, *, bids: books.Wanted = (), asks: books.Wanted = ()) -> None:
        """Hold the whole book against levels of (price, quantity). Raises BookDiffers."""
        self._run(partial(self._venue.assert_book, symbol, bids=bids, asks=asks))

    def crash(self, symbol: str) -> None:
        """Let the engine of a symbol fail. It is rebuilt after a moment."""
        trio.from_thread.run(self._venue.crash, symbol, trio_token=self._token)

    def disconnect(self) -> None:
        """Cut off all clients, without a word."""
        self._run(self._venue.disconnect)

    def lag(self, *symbols: str) -> None:
        """Reset all readers of the streams of some symbols, or of all."""
        self._run(partial(self._venue.lag, *symbols))

    def reject_next(self, code: str = "busy", message: str = "the test wants it so") -> None:
        """Refuse the next new order."""
        self._run(partial(self._venue.reject_next, code, message))

    def restart(self) -> None:
        """Stop, and start again from what is on its disk."""
        trio.from_thread.run(self._venue.restart, trio_token=self._token)

    def reset(self) -> None:
        """Begin anew with empty books."""
        trio.from_thread.run(self._venue.reset, trio_token=self._token)

    def _run(self, work: Callable[[], T]) -> T:
        return trio.from_thread.run_sync(work, trio_token=self._token)


@contextmanager
def exchange_in_thread(
    symbols: Sequence[str | Instrument] = ("BTC-USD",),
    *,
    port: int = 0,
    limits: Limits | None = None,
) -> Iterator[ThreadVenue]:
    """An exchange on 127.0.0.1 for as long as the block runs, in real time. Port 0 is a free one."""
    begun: SimpleQueue[outcome.Outcome[tuple[ThreadVenue, trio.Event]]] = SimpleQueue()
    ended: SimpleQueue[outcome.Outcome[None]] = SimpleQueue()

    async def main() -> None:
        async with running_exchange(symbols, port=port, limits=limits) as venue:
            stop = trio.Event()
            token = trio.lowlevel.current_trio_token()
            begun.put(outcome.Value((ThreadVenue(venue, token), stop)))
            await stop.wait()

    def run() -> None:
        end = outcome.capture(trio.run, main)
        if isinstance(end, outcome.Error):
            # Nobody waits for this if it had begun.
            begun.put(outcome.Error(end.error))
        ended.put(end)

    thread = Thread(target=run, name="exchange", daemon=True)
    thread.start()
    venue, stop = begun.get().unwrap()
    try:
        yield venue
    finally:
        venue._token.run_sync_soon(stop.set)
        thread.join()
    ended.get().unwrap()
