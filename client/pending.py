"""The messages of a trading session: what comes, and what is waited for."""

from collections.abc import Callable

import msgspec
import trio
from msgspec import Struct

from .answers import read
from .errors import ApiError, ClientError, ErrorDetail, Unreadable
from .events import Report
from .records import Order, Result

# Of an error that came in a message, which has no status of its own.
ANSWER_STATUS = 200


class Message(Struct, frozen=True):
    """Whatever comes: an answer, which has an id, or reports."""

    id: int | None = None
    order: Order | None = None
    orders: list[Order] | None = None
    results: list[Result] | None = None
    error: ErrorDetail | None = None
    events: list[Report] | None = None


_decode: Callable[[bytes | str], Message] = msgspec.json.Decoder(Message).decode


def read_message(text: bytes | str) -> Message:
    """A message that came. Raises Unreadable."""
    return read(_decode, text, "the trading session")


class Pending:
    """A message that was sent, and its answer to come."""

    def __init__(self) -> None:
        self._over = trio.Event()
        self._answer: Message | ClientError | None = None

    def settle(self, answer: Message | ClientError) -> None:
        """Give the answer to whoever waits."""
        self._answer = answer
        self._over.set()

    async def answer(self) -> Message:
        """The answer as it came. Raises ApiError, OutcomeUnknown."""
        await self._over.wait()
        if isinstance(self._answer, ClientError):
            raise self._answer
        assert self._answer is not None, "it is over"
        if self._answer.error is not None:
            raise ApiError(ANSWER_STATUS, self._answer.error)
        return self._answer

    async def order(self) -> Order:
        """The order right after what was asked for. Raises ApiError, OutcomeUnknown, Unreadable."""
        order = (await self.answer()).order
        if order is None:
            raise Unreadable("the answer to a single entry has no order")
        return order
