"""What goes wrong when a test wants it to, in the exchange itself."""

from collections import deque
from typing import cast

from ..actors.calls import Call
from ..actors.exchange import Exchange
from ..book.commands import Command, NewOrder
from ..web.errors import FAILURES, RETRY_AFTER_S, TURNED_AWAY, ApiError


class Poison:
    """A command that makes an engine fail: it is none."""


class Injected(ApiError):
    """An error of the API that a test has asked for, in the shape that it has from the exchange."""

    def __init__(self, code: str, message: str) -> None:
        """Raises KeyError: there is no such code."""
        failure = FAILURES[code]
        self.code = code
        self.status = failure.status
        self.field = failure.field
        self.retry_after_s = RETRY_AFTER_S if failure.status in TURNED_AWAY else None
        self.message = message
        Exception.__init__(self, f"{code}: {message}")


class FaultyExchange(Exchange):
    """An exchange that refuses new orders when it is told to."""

    rejections: deque[Injected]

    def post(self, symbol: str, command: Command) -> Call:
        """As an exchange; raises ApiError too, for a new order that is to be refused."""
        if isinstance(command, NewOrder) and self.rejections:
            raise self.rejections.popleft()
        return super().post(symbol, command)

    def poison(self, symbol: str) -> Call:
        """Make the engine of a symbol fail, as on a defect of its own. Raises as `post`."""
        return super().post(symbol, cast(Command, Poison()))
