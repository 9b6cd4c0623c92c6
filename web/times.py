"""Moments: nanoseconds since the Unix epoch inside, RFC 3339 in UTC outside."""

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ..book.instrument import INTEGER_MAX

NANOSECONDS = 1_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00)", re.ASCII
)


def time_text(time_ns: int) -> str:
    """A moment with nine decimals, such as 2026-05-02T10:00:00.000000001Z."""
    seconds, fraction = divmod(time_ns, NANOSECONDS)
    return f"{_second_text(seconds)}.{fraction:09d}Z"


def parse_time(text: str) -> int:
    """The moment that an RFC 3339 text in UTC names, with at most nine decimals.

    Raises:
        ValueError: it is no such text, or there is no such moment.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("not RFC 3339 in UTC")
    *calendar, fraction = match.groups()
    moment = datetime(*map(int, calendar))  # type: ignore[arg-type]
    time_ns = timegm(moment.timetuple()) * NANOSECONDS + int((fraction or "0").ljust(9, "0"))
    if not 0 <= time_ns <= INTEGER_MAX:
        raise ValueError("before 1970 or after the year 2262, where signed 64 bits end")
    return time_ns


@lru_cache(maxsize=256)
def _second_text(seconds: int) -> str:
    """Many orders share a second; formatting one costs more than all the rest of its order."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
