"""Checks the shape of what clients send: JSON, then every field of it, by one converter.

Nothing is coerced: a number is no text, 1 is not true, and a field that we do not know is an error.
What the instrument and the book demand comes later. Each check also says its rule as JSON Schema, which is
where the description of the API has it from.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote

from ..book.enums import OrderStatus, SelfTradePrevention, Side, TimeInForce
from ..book.instrument import INTEGER_MAX
from .decimals import DECIMAL, DECIMAL_BOUND
from .errors import SHOWN_MAX, Malformed
from .requests import (
    KINDS,
    PUBLIC_CHANNELS,
    STREAM_DEPTHS,
    Account,
    BatchRequest,
    BookLevel,
    BookSubscription,
    CancelAfter,
    CancelAfterS,
    CancelEntry,
    CandlesQuery,
    Channel,
    Channels,
    ClientOrderId,
    DecimalText,
    DepthLimit,
    Entries,
    Flag,
    Interval,
    Kind,
    MassCancelQuery,
    OrderbookQuery,
    OrderRequest,
    OrdersQuery,
    PageLimit,
    PollQuery,
    PollTimeout,
    ReplaceEntry,
    ReplaceRequest,
    Sequence,
    Since,
    Statuses,
    StreamDepth,
    Subscription,
    Symbols,
    TimeNs,
    TradeId,
    TradesQuery,
    TradingQuery,
    Unsubscription,
)
from .times import parse_time

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=Enum)

BATCH_MAX = 100
ACCOUNT_CHARACTERS_MAX = 64
CLIENT_ORDER_ID_CHARACTERS_MAX = 36
PAGE_MAX = 500
DEPTH_MAX = 1000

# A poll is answered after a minute at the latest: proxies often wait no longer.
POLL_TIMEOUT_MAX_S = 60

# A dead man's switch may be set to a day ahead.
CANCEL_AFTER_MAX_S = 86_400

# Nineteen digits are as many as any bound has, and few enough to convert.
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)


class Number(str):
    """A JSON number with a fraction or an exponent, as it was written: no float ever sees it."""

    __slots__ = ()


_DECODER = msgspec.json.Decoder(float_hook=Number)


def decode_object(body: bytes, name: str = "body") -> dict[str, object]:
    """The JSON object that a body is. Of a field that occurs twice the last one counts.

    Raises:
        Malformed: it is empty, no JSON, not UTF-8, nested too deeply, or no object.
    """
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            None, f"the {name} is not JSON: {error}" if body else f"no {name}"
        ) from None
    if type(value) is not dict:
        raise Malformed(None, f"the {name} must be a JSON object")
    return value


def structure(cls: type[T], fields: Mapping[str, object]) -> T:
    """Check fields against a class of `requests`.

    Raises:
        Malformed: the first field that is missing, unknown or wrong.
    """
    try:
        structured: T = _STRUCTURE[cls](fields, cls)
    except ClassValidationError as error:
        raise _first_problem(error) from None
    return structured


def structure_query(cls: type[T], text: str) -> T:
    """Check the query of a request, as it stands in its target, against a class of `requests`.

    Raises:
        Malformed: one is there twice, or as `structure`.
    """
    fields: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in fields:
            name = name[:SHOWN_MAX]
            raise Malformed(name, f"{name!a} must be given once")
        fields[name] = value
    return structure(cls, fields)


def since_of(name: str, text: str) -> Since:
    """What a header says that is otherwise the parameter `since`.

    Raises:
        Malformed: it says something else.
    """
    try:
        return _since(text)
    except ValueError as problem:
        raise Malformed(name, f"{name} {problem}") from None


def _first_problem(error: ClassValidationError) -> Malformed:
    first = error.exceptions[0]
    if isinstance(first, ForbiddenExtraKeysError):
        name = min(first.extra_fields)[:SHOWN_MAX]
        return Malformed(name, f"{name!a} is not a field here")
    notes = getattr(first, "__notes__", [])
    name = next(note.name for note in notes if isinstance(note, AttributeValidationNote))
    return Malformed(name, f"{name} {'is required' if isinstance(first, KeyError) else first}")


class Check(NamedTuple, Generic[T_co]):
    """The rule of a value: a function that applies it, and the same rule as JSON Schema."""

    read: Callable[[object], T_co]
    """Returns the value as we use it. Raises ValueError, whose text goes on from the field's name."""

    schema: dict[str, object]


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("must be a string")
    return value


def _true_or_false(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("must be true or false")
    return value


def _decimal(value: object) -> str:
    if type(value) is int and 0 <= value < DECIMAL_BOUND:
        return str(value)
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return value
    raise ValueError(
        'must be a positive decimal number such as "100.25", '
        "with at most 15 digits before the point and 12 after it"
    )


def _moment(value: object) -> int:
    try:
        return parse_time(_text(value))
    except ValueError:
        raise ValueError('must be a time in UTC such as "2026-05-02T10:00:00Z"') from None


def _entries(value: object) -> list[object]:
    if type(value) is not list or not 0 < len(value) <= BATCH_MAX:
        raise ValueError(f"must be a list of 1 to {BATCH_MAX} operations")
    return value


def _printable(characters_max: int) -> Check[str]:
    def check(value: object) -> str:
        if type(value) is str and 0 < len(value) <= characters_max and _is_printable(value):
            return value
        raise ValueError(f"must be 1 to {characters_max} printable ASCII characters")

    return Check(check, {"type": "string", "pattern": f"^[ -~]{{1,{characters_max}}}$"})


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _one_of(choices: Mapping[str, T]) -> Check[T]:
    def check(value: object) -> T:
        if type(value) is not str or value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return choices[value]

    return Check(check, {"type": "string", "enum": list(choices)})


def _member(enum: type[E]) -> Check[E]:
    return _one_of({member.value: member for member in enum})


def _symbols(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(type(name) is str for name in names):
        raise ValueError('must be symbols such as "BTC-USD,ETH-USD"; in a message, a list of them')
    return tuple(dict.fromkeys(names))


def _since(value: object) -> Since:
    if type(value) is int and 0 <= value <= INTEGER_MAX:
        return Since(value, {})
    text = value if type(value) is str else ""
    if _WHOLE.fullmatch(text) and int(text) <= INTEGER_MAX:
        return Since(int(text), {})
    pairs = [entry.rpartition(":") for entry in text.split(",")]
    if not all(symbol and _WHOLE.fullmatch(number) for symbol, _, number in pairs):
        raise ValueError('must be a sequence, or one of each symbol: "BTC-USD:17,ETH-USD:5"')
    return Since(None, {symbol: int(number) for symbol, _, number in pairs})


def _channels(value: object) -> tuple[Channel, ...]:
    return tuple(_CHANNEL.read(name) for name in dict.fromkeys(_text(value).split(",")))


def _stream_depth(value: object) -> int:
    text = str(value) if type(value) is int else value
    return _STREAM_DEPTH.read(text)


def _whole(low: int, high: int) -> Check[int]:
    """A whole number in the text of a query."""

    def check(value: object) -> int:
        number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else -1
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return number

    return Check(check, {"type": "integer", "minimum": low, "maximum": high})


def _cancel_after(value: object) -> int:
    if type(value) is not int or not 0 <= value <= CANCEL_AFTER_MAX_S:
        raise ValueError(
            f"must be a whole number of seconds from 1 to {CANCEL_AFTER_MAX_S}, or 0 to switch it off"
        )
    return value


_CHANNEL = _one_of({channel.value: channel for channel in PUBLIC_CHANNELS})

_STREAM_DEPTH = _one_of({str(depth): depth for depth in STREAM_DEPTHS})

_STATUSES = {status.value: frozenset({status}) for status in OrderStatus} | {
    "open": frozenset(status for status in OrderStatus if status.is_open)
}

_DECIMAL_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"type": "string", "pattern": f"^{DECIMAL.pattern}$"},
        {
            "type": "number",
            "minimum": 0,
            "exclusiveMaximum": DECIMAL_BOUND,
            "description": "As it is written: with at most 12 digits after the point, and no exponent.",
        },
    ]
}

# In UTC, from 1970 on, and before signed 64 bits end in the course of 2262.
_YEAR = "(19[7-9][0-9]|2[01][0-9]{2}|22[0-5][0-9]|226[0-2])"
_DAY = f"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

_MOMENT_SCHEMA: dict[str, object] = {
    "type": "string",
    "format": "date-time",
    "pattern": rf"^{_DAY}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}(\.[0-9]{{1,9}})?(Z|\+00:00)$",
}

_SYMBOLS_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]
}

_PLACE = "[^,]+:[0-9]{1,19}"

_SINCE_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": INTEGER_MAX},
        {"type": "string", "pattern": f"^([0-9]{{1,19}}|{_PLACE}(,{_PLACE})*)$"},
    ]
}

_CHANNEL_NAME = f"({'|'.join(PUBLIC_CHANNELS)})"

CHECKS: dict[Any, Check[object]] = {
    str: Check(_text, {"type": "string"}),
    bool: Check(_true_or_false, {"type": "boolean"}),
    DecimalText: Check(_decimal, _DECIMAL_SCHEMA),
    Account: _printable(ACCOUNT_CHARACTERS_MAX),
    ClientOrderId: _printable(CLIENT_ORDER_ID_CHARACTERS_MAX),
    TimeNs: Check(_moment, _MOMENT_SCHEMA),
    Entries: Check(_entries, {"type": "array", "minItems": 1, "maxItems": BATCH_MAX}),
    Kind: _one_of(KINDS),
    Side: _member(Side),
    Interval: _member(Interval),
    TimeInForce: _member(TimeInForce),
    SelfTradePrevention: _member(SelfTradePrevention),
    Statuses: _one_of(_STATUSES),
    PageLimit: _whole(1, PAGE_MAX),
    DepthLimit: _whole(1, DEPTH_MAX),
    BookLevel: _whole(2, 3),
    TradeId: _whole(1, INTEGER_MAX),
    Symbols: Check(_symbols, _SYMBOLS_SCHEMA),
    Since: Check(_since, _SINCE_SCHEMA),
    Sequence: _whole(0, INTEGER_MAX),
    StreamDepth: Check(_stream_depth, {"type": "integer", "enum": list(STREAM_DEPTHS)}),
    PollTimeout: _whole(0, POLL_TIMEOUT_MAX_S),
    Channels: Check(
        _channels, {"type": "string", "pattern": f"^{_CHANNEL_NAME}(,{_CHANNEL_NAME})*$"}
    ),
    Flag: _one_of({"true": True, "false": False}),
    CancelAfterS: Check(
        _cancel_after, {"type": "integer", "minimum": 0, "maximum": CANCEL_AFTER_MAX_S}
    ),
}

_BODIES = (OrderRequest, ReplaceRequest, CancelEntry, ReplaceEntry, BatchRequest, CancelAfter)
_QUERIES = (OrdersQuery, MassCancelQuery, OrderbookQuery, CandlesQuery, TradesQuery, PollQuery)
_STREAMS = (Subscription, BookSubscription, Unsubscription, TradingQuery)


def _hook(check: Callable[[object], object]) -> Callable[[object, object], object]:
    return lambda value, _: check(value)


def _optional_hook(check: Callable[[object], object]) -> Callable[[object, object], object]:
    return lambda value, _: None if value is None else check(value)


def _structure_functions() -> dict[type, Callable[[object, type], Any]]:
    """A function for each class, which is faster to call than to find."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for cls, check in CHECKS.items():
        converter.register_structure_hook(cls, _hook(check.read))
        # Else cattrs looks the check of an optional field up each time.
        converter.register_structure_hook(cls | None, _optional_hook(check.read))
    # A field without a check fails here, at the start, and not at the first request.
    return {cls: converter.get_structure_hook(cls) for cls in (*_BODIES, *_QUERIES, *_STREAMS)}


_STRUCTURE = _structure_functions()
