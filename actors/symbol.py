"""The actor of one symbol: it alone touches the symbol's market."""

from collections.abc import Callable, Sequence
from time import perf_counter

import structlog
import trio

from ..book.blotter import Blotter
from ..book.commands import Command, ExpireOrders, Sequenced
from ..book.engine import Engine
from ..book.market import Answer, Market
from .calls import INBOX_MAX, Call, Crashed, Mailbox, NotRunning, OutcomeUnknown, Refused
from .counters import SymbolCounters
from .journal_writer import Committer, JournalFailed, NoJournal
from .view import View

# Commands carried out before other tasks get their turn.
SLICE_MAX = 64

# Commands that share one commit: more would be cheaper by the command and hold others up longer.
BATCH_MAX = 4 * SLICE_MAX

# The wait for the next expiry is never longer, since a clock may be set and a laptop may sleep.
# Orders expire that late at the most.
EXPIRY_WAIT_MAX_S = 1.0

NANOSECONDS = 1_000_000_000

# Gives the time in nanoseconds since the Unix epoch.
Clock = Callable[[], int]

# Is told what a batch did, once that is committed and answered, with the market right after it.
Observer = Callable[[Market, Sequence[Answer]], None]

log = structlog.get_logger()


class SymbolActor:
    """Takes commands from its mailbox, carries them out, commits them, and answers them.

    After a crash the supervisor calls `crashed`, `restore`, and runs it again; what waits in the
    mailbox is none the worse for it.
    """

    def __init__(
        self,
        market: Market,
        clock: Clock,
        journal: Committer | None = None,
        inbox_max: int = INBOX_MAX,
    ) -> None:
        """Without a journal nothing is kept, and a command is answered as soon as it is done."""
        self.symbol = market.instrument.symbol
        self.mailbox = Mailbox(self.symbol, inbox_max)
        self.view = View(market)
        self.counters = SymbolCounters(market)
        self.sequence = market.engine.sequence  # of the last command that is committed
        self.market = market
        self.observers: list[Observer] = []
        self._clock = clock
        self._journal = journal or NoJournal()
        self._batch: list[Call] = []
        self._answers: list[Answer] = []

    @property
    def engine(self) -> Engine:
        """The engine of the market as it is, committed or not: what others see is `view`."""
        return self.market.engine

    @property
    def blotter(self) -> Blotter:
        """The records of the market as it is, as `engine`."""
        return self.market.blotter

    @property
    def inbox_depth(self) -> int:
        """How many commands wait."""
        return self.mailbox.depth

    def post(self, command: Command) -> Call:
        """Put a command into the inbox, without waiting. Raises as `Mailbox.post`."""
        return self.mailbox.post(command)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Carry out commands until cancelled, and let orders expire when their time has come.

        Commands that wait in the mailbox at the end are carried out.

        Raises:
            JournalFailed: the exchange is over; who waited for its commit has been told.
        """
        self.mailbox.open()
        task_status.started()
        try:
            while True:
                call = await self._next_call()
                if call is not None:
                    await self._carry_out(call)
        except trio.Cancelled:
            self.mailbox.refuse(NotRunning(f"{self.symbol} takes no commands any more"))
            with trio.CancelScope(shield=True):
                while self.mailbox.depth:
                    await self._carry_out(await self.mailbox.receive())
            raise

    def crashed(self, error: Exception) -> Command | None:
        """Forget the market as it is; answer the command that broke it, and keep the others.

        Returns that command, or None if it was none.
        """
        calls, done = self._batch, len(self._answers)
        self._batch, self._answers = [], []
        self.view.cover()
        poison = calls.pop(done) if done < len(calls) else None
        self.mailbox.put_back(calls)
        if poison is None:
            return None
        poison.fail(Crashed(f"{self.symbol} failed on this command, which did nothing: {error!r}"))
        return poison.command

    def restore(self, market: Market) -> None:
        """Go on with a market that was rebuilt from what is committed."""
        self.market = market
        self.sequence = market.engine.sequence
        self.counters.note(market)
        self.view.show(market)

    def close(self, refusal: Refused) -> None:
        """Refuse what waits and what comes."""
        self.mailbox.close(refusal)
        self.view.close(refusal)

    async def _next_call(self) -> Call | None:
        """The next command: one of ours, if orders have to expire; None if it is for neither."""
        due_ns = self.engine.book.next_expiry_ns
        if due_ns is None:
            return await self.mailbox.receive()
        wait_s = (due_ns - self._clock()) / NANOSECONDS
        with trio.move_on_after(min(max(wait_s, 0), EXPIRY_WAIT_MAX_S)):
            return await self.mailbox.receive()
        return Call(ExpireOrders()) if due_ns <= self._clock() else self._waiting_call()

    def _waiting_call(self) -> Call | None:
        try:
            return self.mailbox.receive_nowait()
        except trio.WouldBlock:
            return None

    async def _carry_out(self, first: Call) -> None:
        """One batch, begun with a call: apply, commit, answer. It is never left half done."""
        with trio.CancelScope(shield=True):
            self.view.cover()
            await self._apply_batch(first)
            try:
                commands = [answer.sequenced for answer in self._answers]
                await self._journal.commit(self.symbol, commands)
            except JournalFailed as failure:
                self._doubt(failure)
                raise
            self._answer()

    async def _apply_batch(self, first: Call) -> None:
        call: Call | None = first
        while call is not None and self._apply_slice(call):
            await trio.lowlevel.checkpoint()
            call = self._waiting_call() if len(self._batch) < BATCH_MAX else None

    def _apply_slice(self, first: Call) -> bool:
        """Carry out a command and those that wait, SLICE_MAX at the most; whether it was as many."""
        began, count = perf_counter(), 0
        call: Call | None = first
        while call is not None:
            self._batch.append(call)
            self._answers.append(self._apply(call.command))
            count += 1
            call = self._waiting_call() if count < SLICE_MAX else None
        self.counters.matching.observe((perf_counter() - began) / count, count)
        return count == SLICE_MAX

    def _apply(self, command: Command) -> Answer:
        """Stamp a command and carry it out. A clock that goes back is waited for."""
        engine = self.market.engine
        time_ns = max(self._clock(), engine.time_ns)
        return self.market.apply(Sequenced(engine.sequence + 1, time_ns, command))

    def _answer(self) -> None:
        """Tell everybody what is now on disk."""
        batch, answers = self._batch, self._answers
        self._batch, self._answers = [], []
        self.sequence = answers[-1].sequenced.sequence
        for call, answer in zip(batch, answers, strict=True):
            call.resolve(answer)
        self.counters.answered(batch, answers)
        self.counters.note(self.market)
        for observer in self.observers:
            try:
                observer(self.market, answers)
            except Exception:
                # What was done is done and answered; to fail now would do it a second time.
                log.exception("observer failed", symbol=self.symbol)
        # Whoever looks from now on finds all observers where the market is.
        self.view.show(self.market)

    def _doubt(self, failure: JournalFailed) -> None:
        """Tell everybody that nobody knows what is on disk."""
        batch, self._batch, self._answers = self._batch, [], []
        for call in batch:
            call.fail(OutcomeUnknown(f"{self.symbol}: {failure}"))
