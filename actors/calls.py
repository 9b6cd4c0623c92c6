"""A command on its way to a symbol's actor, and the answer on its way back.

Posting is synchronous: a command is either in the inbox, and will be carried out whatever
becomes of its sender, or refused at once. So a client that goes away while it waits never
loses a command and never doubles one.
"""

import trio
from msgspec import Struct

from ..book.commands import Command, Sequenced
from ..book.events import Event, OrderRejected
from .blotter import OrderRecord


class Refused(Exception):
    """A command did not reach the inbox and will never be carried out."""


class Busy(Refused):
    """The inbox of the symbol is full: ask again a little later."""


class NotRunning(Refused):
    """The exchange has not started yet, or is stopping."""


class Answer(Struct, frozen=True):
    """What a command did: its place in history, its events, and the orders that it named.

    For a new order (or a repeated one), a cancel or a replace `orders` holds that order as
    it stood right after the command; for a mass cancel all that it canceled; for a refused
    command the order that the refusal names, if there is one.
    """

    sequenced: Sequenced
    events: list[Event]
    orders: list[OrderRecord]

    @property
    def refusal(self) -> OrderRejected | None:
        """Why the command was refused, if it was."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, OrderRejected) else None


class Call:
    """A command in the inbox of an actor."""

    __slots__ = ("_answer", "_answered", "command")

    def __init__(self, command: Command) -> None:
        self.command = command
        self._answered = trio.Event()
        self._answer: Answer | None = None

    def resolve(self, answer: Answer) -> None:
        """Give the answer to whoever waits. Called once, by the actor."""
        self._answer = answer
        self._answered.set()

    async def wait(self) -> Answer:
        """The answer. Cancelling the wait does not cancel the command."""
        await self._answered.wait()
        assert self._answer is not None, "the event is set with the answer"
        return self._answer
