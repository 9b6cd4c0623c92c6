"""What has come, read: what an exchange says, or what somebody in between says in its place."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import msgspec

from .errors import ApiError, ErrorBody, ErrorDetail, Unreadable

T = TypeVar("T")

# Of what cannot be read, no more than this is shown.
SHOWN_MAX = 200

# What a decoder raises when there is nothing to decode in what came.
UNDECODED = (msgspec.DecodeError, UnicodeError, RecursionError)

_error = msgspec.json.Decoder(ErrorBody).decode


def read(decode: Callable[[bytes | str], T], content: bytes | str, what: str) -> T:
    """What came in answer to something. Raises Unreadable."""
    try:
        return decode(content)
    except UNDECODED as error:
        raise Unreadable(f"{what}: {error}: {shown(content)}") from None


def refusal(status: int, headers: httpx.Headers, content: bytes) -> ApiError:
    """Why something was refused, by the exchange or by somebody in between."""
    try:
        detail = _error(content).error
    except UNDECODED:
        detail = ErrorDetail("unknown", foreign(status, headers, content), None, "")
    return ApiError(status, detail, retry_after_s(headers))


def foreign(status: int, headers: httpx.Headers, content: bytes) -> str:
    """An answer that is none of the exchange's, in a line."""
    phrase = httpx.codes.get_reason_phrase(status)
    kind = headers.get("content-type", "without a content type")
    return f"no answer of an exchange: {status} {phrase}, {kind}: {shown(content)}"


def shown(content: bytes | str) -> str:
    """The beginning of what came, in a line."""
    text = content if isinstance(content, str) else content.decode(errors="replace")
    return repr(text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…")


def retry_after_s(headers: httpx.Headers) -> float | None:
    """How long Retry-After wants us to wait: it is in seconds, or a date."""
    text = headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    due = _date(text)
    if due is None:
        return None
    # The date of the answer is by the same clock, which need not be ours.
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (due - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
