"""A command on its way to a symbol's actor, and the answer on its way back.

Posting is synchronous: a command is either in the inbox, and will be carried out whatever
becomes of its sender, or refused at once. So a client that goes away while it waits never
loses a command and never doubles one.
"""

from collections import deque
from collections.abc import Callable
from time import perf_counter

import trio

from ..book.commands import Command
from ..book.market import Answer

# Commands that may wait for one symbol. At 100,000 a second a full inbox is 10 ms of work.
INBOX_MAX = 1024


class Refused(Exception):
    """A command was not carried out and never will be."""


class Busy(Refused):
    """The inbox of the symbol is full: ask again a little later."""


class NotRunning(Refused):
    """The exchange has not started yet, or is stopping, or has stopped."""


class Halted(Refused):
    """The symbol, or the whole exchange, has stopped for a reason that somebody must look at."""


class Crashed(Exception):
    """The command made its engine fail. It did nothing, and will not be tried again."""


class OutcomeUnknown(Exception):
    """The command was carried out, but nobody knows whether that will survive a restart."""


class Call:
    """A command in the inbox of an actor."""

    __slots__ = ("_answer", "_answered", "_error", "_tell", "command", "posted_at")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.posted_at = perf_counter()
        self._answer: Answer | None = None
        self._error: Exception | None = None
        # Made when somebody waits: whoever sends many commands finds most of them answered.
        self._answered: trio.Event | None = None
        self._tell: list[Callable[[], None]] | None = None

    @property
    def is_over(self) -> bool:
        """Whether `wait` would return or raise at once."""
        return self._answer is not None or self._error is not None

    def resolve(self, answer: Answer) -> None:
        """Give the answer to whoever waits. Called by the actor, unless `fail` is."""
        self._answer = answer
        self._over()

    def fail(self, error: Exception) -> None:
        """Make `wait` raise. Called instead of `resolve`."""
        self._error = error
        self._over()

    def then(self, tell: Callable[[], None]) -> None:
        """Have a function called as soon as it is over, in place of a task that waits.

        The actor calls it, before any observer learns of the batch: it must neither wait nor raise.
        """
        if self.is_over:
            tell()
        elif self._tell is None:
            self._tell = [tell]
        else:
            self._tell.append(tell)

    def outcome(self) -> Answer:
        """What `wait` returns or raises, once it is over."""
        if self._error is not None:
            raise self._error
        assert self._answer is not None, "a call that is over has an answer or an error"
        return self._answer

    def _over(self) -> None:
        if self._answered is not None:
            self._answered.set()
        if self._tell is not None:
            for tell in self._tell:
                tell()

    async def wait(self) -> Answer:
        """The answer. Cancelling the wait does not cancel the command.

        Raises:
            Refused: it was not carried out: the exchange stopped, or the symbol was halted.
            Crashed: it made its engine fail, and did nothing.
            OutcomeUnknown: the journal failed while it was written.
        """
        if not self.is_over:
            if self._answered is None:
                self._answered = trio.Event()
            await self._answered.wait()
        return self.outcome()


class Mailbox:
    """The inbox of a symbol. It outlives the actor that empties it."""

    def __init__(self, symbol: str, inbox_max: int = INBOX_MAX) -> None:
        self._symbol = symbol
        self._send, self._receive = trio.open_memory_channel[Call](inbox_max)
        # Commands that were taken out and not carried out, before all that are in the channel.
        self._returned: deque[Call] = deque()
        self._refusal: Refused | None = None
        self.overflows = 0  # commands that were refused because it was full

    @property
    def depth(self) -> int:
        """How many commands wait."""
        return len(self._returned) + self._receive.statistics().current_buffer_used

    def post(self, command: Command) -> Call:
        """Put a command into the inbox, without waiting.

        Raises:
            Busy: the inbox is full; the command will not be carried out.
            NotRunning, Halted: the mailbox is closed; neither.
        """
        if self._refusal is not None:
            raise self._refusal
        call = Call(command)
        try:
            self._send.send_nowait(call)
        except trio.WouldBlock:
            self.overflows += 1
            waiting = f"{self._symbol} has {self.depth} commands waiting, its maximum"
            raise Busy(waiting) from None
        return call

    async def receive(self) -> Call:
        """The next command."""
        if self._returned:
            return self._returned.popleft()
        return await self._receive.receive()

    def receive_nowait(self) -> Call:
        """The next command. Raises trio.WouldBlock: there is none."""
        if self._returned:
            return self._returned.popleft()
        return self._receive.receive_nowait()

    def put_back(self, calls: list[Call]) -> None:
        """Put commands that were not carried out before all others."""
        self._returned.extendleft(reversed(calls))

    def close(self, refusal: Refused) -> None:
        """Refuse all commands from now on, those that wait included."""
        self.refuse(refusal)
        while self.depth:
            self.receive_nowait().fail(refusal)

    def refuse(self, refusal: Refused) -> None:
        """Refuse new commands from now on; those that wait stay."""
        self._refusal = refusal

    def open(self) -> None:
        """Take commands again."""
        self._refusal = None
