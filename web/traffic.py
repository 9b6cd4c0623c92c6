"""What clients ask for: counted, timed, and a sample of it in the log.

Whoever answers requests reports each of them here; it costs a microsecond or two.
"""

import re
from functools import cache
from http import HTTPMethod

import structlog

from ..actors.counters import Histogram

log = structlog.get_logger()

# What clients made up, be it a path or a method, in one word, so that nobody can fill the memory with
# names.
OTHER = "other"

# Stands for the status of a request whose client left before it was answered, as nginx has it.
CLIENT_LEFT = 499

FAILED = 500

_METHODS = frozenset(HTTPMethod)

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


# Requests that are counted together: their method, their route and their status.
Asked = tuple[str, str, int]


class Traffic:
    """The requests and connections of one server."""

    def __init__(self, access_log_sample: int = 0) -> None:
        """Log one of so many requests, and each that failed; nothing if it is 0."""
        self.requests: dict[Asked, int] = {}
        self.durations: dict[str, Histogram] = {}
        """By route, from when the head had come until there was an answer."""
        self.connections = 0  # that are open
        self.accepted = 0
        self.refused = 0
        self.stalled = 0  # reset, because the client stopped reading
        self.messages_refused = 0  # of WebSockets, because there were too many
        self.floods = 0  # WebSockets that were closed, because there were far too many
        self._sample = access_log_sample
        self._until_sample = access_log_sample

    def answered(
        self,
        method: str,
        rule: str | None,
        status: int,
        seconds: float,
        request_id: str,
        peer: str,
    ) -> None:
        """Take down a request that was answered; `rule` is the path of its route, if it has one."""
        route = OTHER if rule is None else _template_of(rule)
        asked = method if method in _METHODS else OTHER, route, status
        self.requests[asked] = self.requests.get(asked, 0) + 1
        durations = self.durations.get(route)
        if durations is None:
            durations = self.durations[route] = Histogram()
        durations.observe(seconds)
        if self._sample and self._is_due(status):
            log.info(
                "request",
                method=asked[0],
                route=route,
                status=status,
                ms=round(seconds * 1000, 3),
                request_id=request_id,
                peer=peer,
            )

    def _is_due(self, status: int) -> bool:
        self._until_sample -= 1
        is_due = self._until_sample <= 0
        if is_due:
            self._until_sample = self._sample
        return is_due or status >= FAILED


@cache
def _template_of(rule: str) -> str:
    """A path with <name> for its parameters as documents have it, with {name}."""
    return _PARAMETER.sub(r"{\1}", rule)
