"""What a value of the configuration may be, and how a breach is told.

A value is whatever a TOML file holds, or the text of a flag or of an environment variable.
"""

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

from attrs import frozen

T_co = TypeVar("T_co", covariant=True)

# Longer values are shortened in messages.
SHOWN_CHARS_MAX = 80


class Unquoted(str):
    """A TOML float, in the characters of the file: nothing here ever becomes a float."""


@frozen
class Rule(Generic[T_co]):
    """One rule, in words that follow "must be", and the reader that enforces it."""

    says: str
    read: Callable[[object], T_co]
    """Raises ValueError for a value that breaks the rule."""


def whole(low: int, high: int) -> Rule[int]:
    """A whole number within inclusive bounds; a flag or a variable gives it as text."""

    def read(value: object) -> int:
        number = int(_matched(r"-?[0-9]+", value))
        if not low <= number <= high:
            raise ValueError
        return number

    return Rule(f"a whole number from {low} to {high}", read)


def choice(*words: str) -> Rule[str]:
    """One of a few words."""
    return Rule(f"one of {', '.join(words)}", lambda value: words[words.index(_text(value))])


def text(pattern: str, says: str) -> Rule[str]:
    """Text that matches a regular expression from end to end."""
    return Rule(says, lambda value: _matched(pattern, _text(value)))


def path() -> Rule[Path]:
    """A path that can be shown, and so written down and read again."""

    def read(value: object) -> Path:
        if not _text(value).strip() or not _text(value).isprintable():
            raise ValueError
        return Path(_text(value))

    return Rule("a path of printable characters", read)


def decimal(value: object) -> Decimal:
    """Read plain decimal notation, without exponent, to the last digit. Raises ValueError."""
    return Decimal(_matched(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", value))


def broken(key: str, value: object, says: str) -> str:
    """Name the key, its value and the rule that it breaks."""
    shown = toml(value)
    if len(shown) > SHOWN_CHARS_MAX:
        shown = f"{shown[:SHOWN_CHARS_MAX]}..."
    return f"{key} = {shown}: must be {says}"


def unknown(where: str, key: str, known: Iterable[str]) -> str:
    """Say that a key means nothing there, and which one may have been meant."""
    nearest = get_close_matches(key, known, n=1, cutoff=0)[0]
    return f"{where}{key} is unknown: did you mean {nearest}?"


def toml(value: object) -> str:
    """A value as TOML writes it, tables and arrays roughly."""
    if isinstance(value, bool):
        return str(value).lower()
    if type(value) is str:
        # The escapes of JSON are escapes of TOML as well.
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return str(value)


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError
    return value


def _matched(pattern: str, value: object) -> str:
    # To isinstance a bool is an int and Unquoted a str.
    if type(value) not in {str, int} or not re.fullmatch(pattern, str(value)):
        raise ValueError
    return str(value)
