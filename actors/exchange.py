"""The facade of the core: what the web layer and every other edge may use."""

import time
from collections.abc import Iterable, Mapping

import trio

from ..book.commands import Command
from ..book.instrument import Instrument
from .calls import Answer, Call, NotRunning, Refused
from .symbol import INBOX_MAX, Clock, SymbolActor


class UnknownSymbol(Refused):
    """No such symbol is traded here."""


class Exchange:
    """All symbols, each with an actor of its own."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        clock: Clock = time.time_ns,
        inbox_max: int = INBOX_MAX,
    ) -> None:
        self._actors = {
            instrument.symbol: SymbolActor(instrument, clock, inbox_max)
            for instrument in instruments
        }
        self.running = False

    @property
    def symbols(self) -> Mapping[str, SymbolActor]:
        """The actor of each symbol, for reading its book and its records."""
        return self._actors

    def symbol(self, symbol: str) -> SymbolActor:
        """The actor of a symbol.

        Raises:
            UnknownSymbol: there is none.
        """
        try:
            return self._actors[symbol]
        except KeyError:
            known = ", ".join(self._actors)
            raise UnknownSymbol(f"unknown symbol {symbol!r}; traded here: {known}") from None

    def post(self, symbol: str, command: Command) -> Call:
        """Hand a command to its symbol without waiting for the answer.

        Raises:
            UnknownSymbol, NotRunning, Busy: it will not be carried out.
        """
        actor = self.symbol(symbol)
        if not self.running:
            raise NotRunning("the exchange takes no commands now: it is starting or stopping")
        return actor.post(command)

    async def execute(self, symbol: str, command: Command) -> Answer:
        """Hand a command to its symbol and wait for the answer.

        Raises:
            UnknownSymbol, NotRunning, Busy: it will not be carried out.
        """
        return await self.post(symbol, command).wait()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run all actors until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                for actor in self._actors.values():
                    name = f"symbol {actor.engine.instrument.symbol}"
                    await nursery.start(actor.run, name=name)
                self.running = True
                task_status.started()
        finally:
            self.running = False
