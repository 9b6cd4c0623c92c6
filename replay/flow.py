"""The files of a recording: order flow, and the trades that really came of it."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Generic, TypeVar, cast

from msgspec import Struct

from ..book.enums import Side

ORDER_COLUMNS = ["id", "timestamp", "exchange_timestamp", "price", "volume", "action", "direction"]
TRADE_COLUMNS = [
    "trade_id",
    "timestamp",
    "exchange_timestamp",
    "price",
    "amount",
    "buy_order_id",
    "sell_order_id",
    "side",
]

# A value of a file is shown in messages up to this length.
SHOWN_CHARS_MAX = 60

T = TypeVar("T")


class FlowError(Exception):
    """A file cannot be replayed: the message names it, the line, the value and the rule."""


class Action(StrEnum):
    """What a row says of its order."""

    CREATED = "created"  # it came; the volume is all of it
    CHANGED = "changed"  # it was filled in part; the volume is what is left
    DELETED = "deleted"  # it went, be it filled or canceled


class Row(Struct, frozen=True, gc=False):
    """One line of order flow. `time_ms` counts from the Unix epoch; the side is the order's."""

    id: str
    time_ms: int
    price: Decimal
    volume: Decimal
    action: Action
    side: Side


class RealTrade(Struct, frozen=True, gc=False):
    """A trade between two orders of the flow, which are named as the file names them."""

    maker: str
    taker: str
    price: Decimal
    quantity: Decimal


class OrderFlow:
    """The rows of a file, read as they are asked for. A name that ends in .gz means gzip.

    `bytes_read` of `bytes_total`, both as the file lies on disk, say how far the reading is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_total = path.stat().st_size
        self.bytes_read = 0

    def __iter__(self) -> Iterator[Row]:
        """Read from the start.

        Raises:
            FlowError: at the first line that breaks a rule of docs/replay.md.
        """
        with self.path.open("rb") as file:
            for line in _lines(self.path, file, ORDER_COLUMNS):
                self.bytes_read = file.tell()
                yield Row(
                    id=line.read("id", _ID),
                    time_ms=line.read("timestamp", _WHOLE),
                    price=line.read("price", _NUMBER),
                    volume=line.read("volume", _NUMBER),
                    action=line.read("action", _ACTION),
                    side=line.read("direction", _DIRECTION),
                )


def read_trades(path: Path) -> list[RealTrade]:
    """All trades of a file.

    Raises:
        FlowError: at the first line that breaks a rule of docs/replay.md.
    """
    with path.open("rb") as file:
        return [_trade(line) for line in _lines(path, file, TRADE_COLUMNS)]


class _Rule(Struct, Generic[T], frozen=True):
    """A rule in words that follow "must be", and its reader, which raises ValueError."""

    says: str
    read: Callable[[str], T]


class _Line(Struct, frozen=True, gc=False):
    where: str
    values: dict[str, str]

    def read(self, column: str, rule: _Rule[T]) -> T:
        value = self.values[column]
        try:
            return rule.read(value)
        except ValueError:
            shown = repr(value[:SHOWN_CHARS_MAX])
            raise FlowError(f"{self.where}: {column} is {shown}: must be {rule.says}") from None


def _matching(pattern: str, convert: Callable[[str], T]) -> Callable[[str], T]:
    compiled = re.compile(pattern, re.ASCII)

    def read(value: str) -> T:
        if compiled.fullmatch(value) is None:
            raise ValueError
        return convert(value)

    return read


def _one_of(words: dict[str, T]) -> _Rule[T]:
    def read(value: str) -> T:
        if value not in words:
            raise ValueError
        return words[value]

    return _Rule(f"one of {', '.join(words)}", read)


_ID = _Rule("an id: 1 to 36 letters, digits, - and _", _matching(r"[\w-]{1,36}", str))
_WHOLE = _Rule("a whole number of at most 18 digits", _matching(r"\d{1,18}", int))
# Small volumes come as 1e-05. The bounds keep the exact arithmetic within its 28 digits.
_NUMBER = _Rule(
    "a number, not negative, with at most 12 digits before and 12 after the point, or like 1e-05",
    _matching(r"\d{1,12}(\.\d{1,12})?|\d(\.\d{1,6})?e-0\d", Decimal),
)
_ACTION = _one_of({action.value: action for action in Action})
_DIRECTION = _one_of({"bid": Side.BUY, "ask": Side.SELL})
_AGGRESSOR = _one_of({side.value: side for side in Side})


def _trade(line: _Line) -> RealTrade:
    buyer, seller = line.read("buy_order_id", _ID), line.read("sell_order_id", _ID)
    buyer_takes = line.read("side", _AGGRESSOR) is Side.BUY
    return RealTrade(
        maker=seller if buyer_takes else buyer,
        taker=buyer if buyer_takes else seller,
        price=line.read("price", _NUMBER),
        quantity=line.read("amount", _NUMBER),
    )


def _lines(path: Path, file: IO[bytes], columns: list[str]) -> Iterator[_Line]:
    """The lines after the header, each with as many values as there are columns."""
    opened = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
    with TextIOWrapper(opened, encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        try:
            if next(reader, None) != columns:
                raise FlowError(f"{path}:1: the columns must be {','.join(columns)}")
            for values in reader:
                where = f"{path}:{reader.line_num}"
                if len(values) != len(columns):
                    raise FlowError(f"{where}: {len(values)} values: must be {len(columns)}")
                yield _Line(where, dict(zip(columns, values, strict=True)))
        except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
            raise FlowError(f"{path}:{reader.line_num + 1}: cannot be read: {error}") from error
