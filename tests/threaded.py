"""An exchange behind its server in a thread, for tests that talk to it over sockets without trio."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

from api import INSTRUMENTS, state_hash
from goquant.actors.exchange import Exchange
from goquant.web.app import create_app
from goquant.web.server import serve

T = TypeVar("T")

SOON_S = 10.0


class Server:
    """The exchange and its server in a thread of their own."""

    def __init__(self) -> None:
        self.exchange = Exchange(INSTRUMENTS)
        self._started = threading.Event()
        self._stop = trio.Event()
        self._thread = threading.Thread(target=trio.run, args=(self._run,))
        self._thread.start()
        assert self._started.wait(SOON_S)

    async def _run(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self.app = create_app(self.exchange)
        async with trio.open_nursery() as nursery:
            await nursery.start(self.exchange.run)
            self.address = await nursery.start(
                partial(serve, self.app, port=0, shutdown_trigger=self._stop.wait)
            )
            self._started.set()
            await self._stop.wait()
            nursery.cancel_scope.cancel()

    def ask(self, question: Callable[[], T]) -> T:
        """Call a function in the server's thread, between two of its steps."""
        return trio.from_thread.run_sync(question, trio_token=self._token)

    def hashes(self) -> list[str]:
        return self.ask(lambda: [state_hash(self.exchange, s) for s in self.exchange.symbols])

    def stop(self) -> None:
        self.ask(self._stop.set)
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()
