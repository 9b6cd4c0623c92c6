"""Commands <-> lines of the journal. The schema of the lines, format 1, lives here.

A line is a JSON array: what it is, the symbol, its sequence and time, then what was asked:

    ["new","BTC-USD",17,1767225600000000000,{"side":"buy","type":"limit",…}]
    ["cancel","BTC-USD",18,1767225600000000000,17]

The terms of an order are those of `NewOrder` by name, without the defaults; the rules of an
instrument those of `Instrument`. A golden folder in the tests holds both to that for ever.
"""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from ..book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    Sequenced,
)
from ..book.instrument import Instrument

# The format of the whole data folder: journal, snapshots, and where they lie. Whatever an older
# version would not understand, one more term of an order included, makes a new one.
FORMAT = 1


class Commanded(Struct, frozen=True, gc=False):
    """A symbol carried out a command."""

    symbol: str
    sequenced: Sequenced


class Ruled(Struct, frozen=True, gc=False):
    """A symbol goes by these rules from here on. Its first record is one of these."""

    instrument: Instrument

    @property
    def symbol(self) -> str:
        """The symbol that the rules are for."""
        return self.instrument.symbol


Record = Commanded | Ruled


class _Array(Struct, frozen=True, gc=False, array_like=True, forbid_unknown_fields=True):
    """A line. One that says more than we know is of another format, and refused."""


class _New(_Array, frozen=True, tag="new"):
    symbol: str
    sequence: int
    time_ns: int
    terms: NewOrder

    def command(self) -> Command:
        return self.terms


class _Cancel(_Array, frozen=True, tag="cancel"):
    symbol: str
    sequence: int
    time_ns: int
    order_id: int

    def command(self) -> Command:
        return CancelOrder(self.order_id)


class _Replace(_Array, frozen=True, tag="replace"):
    symbol: str
    sequence: int
    time_ns: int
    order_id: int
    price: int | None
    quantity: int | None

    def command(self) -> Command:
        return ReplaceOrder(self.order_id, self.price, self.quantity)


class _MassCancel(_Array, frozen=True, tag="mass_cancel"):
    symbol: str
    sequence: int
    time_ns: int
    account: str | None

    def command(self) -> Command:
        return MassCancel(self.account)


class _Expire(_Array, frozen=True, tag="expire"):
    symbol: str
    sequence: int
    time_ns: int

    def command(self) -> Command:
        return ExpireOrders()


class _Rules(_Array, frozen=True, tag="rules"):
    instrument: Instrument


_Line = _New | _Cancel | _Replace | _MassCancel | _Expire | _Rules

_LINES: dict[type[Command], Callable[..., _Line]] = {
    NewOrder: _New,
    CancelOrder: lambda s, n, t, c: _Cancel(s, n, t, c.order_id),
    ReplaceOrder: lambda s, n, t, c: _Replace(s, n, t, c.order_id, c.price, c.quantity),
    MassCancel: lambda s, n, t, c: _MassCancel(s, n, t, c.account),
    ExpireOrders: lambda s, n, t, c: _Expire(s, n, t),
}

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def encode_commands(symbol: str, commands: Iterable[Sequenced]) -> bytes:
    """The commands of one symbol, a line for each."""
    return _encoder.encode_lines(
        [
            _LINES[type(each.command)](symbol, each.sequence, each.time_ns, each.command)
            for each in commands
        ]
    )


def encode_rules(instruments: Iterable[Instrument]) -> bytes:
    """The rules of instruments, a line for each."""
    return _encoder.encode_lines([_Rules(each) for each in instruments])


def decode(lines: bytes) -> list[Record]:
    """What `encode_commands` and `encode_rules` made.

    Raises:
        ValueError: these are not lines of format 1.
    """
    return [_record(line) for line in _decoder.decode_lines(lines)]


def _record(line: _Line) -> Record:
    if isinstance(line, _Rules):
        return Ruled(line.instrument)
    return Commanded(line.symbol, Sequenced(line.sequence, line.time_ns, line.command()))
