"""Dead man's switches: an account's orders go unless somebody says in time that they stay.

A switch belongs to the account, not to a connection: it fires also when all of them are gone. It is
held in memory only, so that a restart of the exchange switches it off.
"""

from collections.abc import Iterable
from contextvars import Context

import structlog
import trio

from ..book.commands import Command, MassCancel
from .calls import Busy, Refused
from .exchange import Exchange

log = structlog.get_logger()

# Accounts that may have one at the same time. Each is a task that sleeps, of about 3 KB.
SWITCHES_MAX = 10_000

# A full inbox is emptied within milliseconds.
BUSY_S = 0.005


class TooManySwitches(Exception):
    """As many accounts as may have a switch have one."""


class Switches:
    """The switches of all accounts."""

    def __init__(self, exchange: Exchange, switches_max: int = SWITCHES_MAX) -> None:
        self._exchange = exchange
        self._switches_max = switches_max
        self._scopes: dict[str, trio.CancelScope] = {}
        self._nursery: trio.Nursery | None = None
        exchange.start(self.run)

    def set(self, account: str, seconds: float) -> None:
        """Cancel all open orders of the account in so many seconds, or with 0 seconds: do not.

        Whatever was set before is forgotten.

        Raises:
            TooManySwitches: nothing was set.
            Refused: the exchange does not run.
        """
        if self._nursery is None:
            raise Refused("the exchange takes no commands now: it is starting or stopping")
        if not seconds:
            self._switch_off(account)
            return
        deadline = trio.current_time() + seconds
        scope = self._scopes.get(account)
        if scope is not None and not scope.cancel_called:
            scope.deadline = deadline
        elif scope is None and len(self._scopes) >= self._switches_max:
            raise TooManySwitches
        else:
            # One that is about to fire finds that it is not the account's any more.
            scope = self._scopes[account] = trio.CancelScope(deadline=deadline)
            # It outlives the connection that has set it, whose context it must not keep.
            Context().run(self._nursery.start_soon, self._watch, account, scope)

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                await trio.sleep_forever()
        finally:
            self._nursery = None

    def _switch_off(self, account: str) -> None:
        scope = self._scopes.pop(account, None)
        if scope is not None:
            scope.cancel()

    async def _watch(self, account: str, scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep_forever()
        if self._scopes.get(account) is scope:
            del self._scopes[account]
            log.info("dead man's switch", account=account)
            cancel = MassCancel(account)
            await post_all(self._exchange, [(symbol, cancel) for symbol in self._exchange.symbols])


async def post_all(exchange: Exchange, commands: Iterable[tuple[str, Command]]) -> None:
    """Hand in commands that must get through: for a full inbox it waits, until cancelled.

    A symbol that takes none, since it is halted or the exchange stops, is passed over.
    """
    for symbol, command in commands:
        while True:
            await trio.lowlevel.checkpoint()
            try:
                exchange.post(symbol, command)
            except Busy:
                await trio.sleep(BUSY_S)
                continue
            except Refused as refused:
                log.warning("orders not canceled", symbol=symbol, problem=str(refused))
            break
