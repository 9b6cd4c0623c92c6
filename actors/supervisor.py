"""Keeps the actor of one symbol going: one restart for one crash, and a halt for too many.

Each symbol has a supervisor of its own, so that a crash is nobody else's (one for one).
"""

from collections import deque
from collections.abc import Awaitable, Callable
from enum import StrEnum

import structlog
import trio
from msgspec import Struct

from ..book.market import Market
from .calls import Halted, NotRunning
from .journal_writer import JournalFailed
from .symbol import SymbolActor

log = structlog.get_logger()

# More restarts than this within the period halt the symbol.
RESTARTS_MAX = 3
PERIOD_S = 5.0

# The pause before a restart; each restart within the period doubles it.
BACKOFF_FIRST_S = 0.01
BACKOFF_MAX_S = 1.0

# Rebuilds the market of a symbol from what is committed on disk.
Rebuild = Callable[[str], Awaitable[Market]]


class SymbolState(StrEnum):
    """What a symbol is doing."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    HALTED = "halted"
    STOPPED = "stopped"


class SymbolStatus(Struct, frozen=True):
    """How a symbol is. `sequence` is that of the last command that is committed."""

    symbol: str
    state: SymbolState
    reason: str | None
    sequence: int
    inbox_depth: int
    restarts: int


class Supervisor:
    """Runs one actor."""

    def __init__(self, actor: SymbolActor, rebuild: Rebuild | None) -> None:
        """Without a way to rebuild, in an exchange that lives in memory, a crash is everybody's."""
        self.actor = actor
        self.state = SymbolState.STARTING
        self.restarts = 0
        self._rebuild = rebuild
        self._reason: str | None = None
        self._recent: deque[float] = deque()
        self._resumed = trio.Event()

    def status(self) -> SymbolStatus:
        """How the symbol is now."""
        actor = self.actor
        return SymbolStatus(
            symbol=actor.symbol,
            state=self.state,
            reason=self._reason,
            sequence=actor.sequence,
            inbox_depth=actor.inbox_depth,
            restarts=self.restarts,
        )

    def resume(self) -> bool:
        """Let a halted symbol go on. False if it was not halted."""
        was_halted = self.state is SymbolState.HALTED
        self._resumed.set()
        return was_halted

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run the actor until cancelled, whatever happens to it.

        Raises:
            JournalFailed: the exchange is over.
        """
        closing: NotRunning | Halted = NotRunning("the exchange has stopped")
        try:
            self.state = SymbolState.RUNNING
            task_status.started()
            while True:
                await self._run_until_it_crashes()
                await self._restart()
        except JournalFailed as failure:
            closing = Halted(f"the exchange is halted: {failure}")
            raise
        finally:
            self.state = SymbolState.STOPPED
            self.actor.close(closing)

    async def _run_until_it_crashes(self) -> None:
        try:
            await self.actor.run()
        except JournalFailed:
            raise
        except Exception as error:
            poison = self.actor.crashed(error)
            if self._rebuild is None:
                raise
            log.error(
                "symbol crashed", symbol=self.actor.symbol, command=repr(poison), exc_info=error
            )
            self._reason = repr(error)

    async def _restart(self) -> None:
        """Rebuild the market and let commands go on, or halt until somebody says so."""
        self.state = SymbolState.RESTARTING
        self.restarts += 1
        now = trio.current_time()
        self._recent.append(now)
        while self._recent[0] <= now - PERIOD_S:
            self._recent.popleft()
        await trio.sleep(min(BACKOFF_FIRST_S * 2 ** (len(self._recent) - 1), BACKOFF_MAX_S))
        if not await self._restored() or len(self._recent) > RESTARTS_MAX:
            await self._halt()
        self._reason = None
        self.state = SymbolState.RUNNING

    async def _restored(self) -> bool:
        assert self._rebuild is not None, "else a crash is not caught"
        try:
            self.actor.restore(await self._rebuild(self.actor.symbol))
        except Exception as error:
            log.error("symbol cannot be rebuilt", symbol=self.actor.symbol, exc_info=error)
            self._reason = str(error)
            return False
        return True

    async def _halt(self) -> None:
        """Refuse commands until somebody resumes the symbol. Its book stays readable if it can."""
        refusal = Halted(
            f"{self.actor.symbol} is halted after {len(self._recent)} crashes within {PERIOD_S:g} s; "
            f"the last one: {self._reason}"
        )
        is_rebuilt = False
        while not is_rebuilt:
            self.state = SymbolState.HALTED
            self._resumed = trio.Event()
            self.actor.close(refusal)
            log.critical("symbol halted", symbol=self.actor.symbol, reason=str(refusal))
            await self._resumed.wait()
            self.state = SymbolState.RESTARTING
            self._recent.clear()
            is_rebuilt = await self._restored()
        log.warning("symbol resumed", symbol=self.actor.symbol)
