"""What can be asked for: the entries of a batch and the messages of a trading session."""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import asdict

from ..book.enums import OrderType, Side

# Exact, hence no float.
Number = Decimal | int | str


class Place(Struct, frozen=True, kw_only=True, tag_field="op", tag="place"):
    """A new order. The fields are those of docs/api.md.

    With a client order id it may be asked for again, and is placed once.
    """

    symbol: str
    side: Side | str
    type: OrderType | str
    quantity: Number
    price: Number | None = None
    trigger_price: Number | None = None
    time_in_force: str | None = None
    expires_at: str | None = None
    post_only: bool | None = None
    self_trade_prevention: str | None = None
    account: str | None = None
    client_order_id: str | None = None


class Replace(Struct, frozen=True, kw_only=True, tag_field="op", tag="replace"):
    """Another price for an order, another quantity, or both."""

    order_id: str
    price: Number | None = None
    quantity: Number | None = None


class Cancel(Struct, frozen=True, tag_field="op", tag="cancel"):
    """The end of an order."""

    order_id: str


Entry = Place | Replace | Cancel

NUMBERS = frozenset({"quantity", "price", "trigger_price"})


def fields_of(entry: Entry) -> dict[str, object]:
    """What an entry says, as JSON has it. Raises TypeError: a number is a float."""
    return {
        name: number(value) if name in NUMBERS else value
        for name, value in asdict(entry).items()
        if value is not None
    }


def message_of(entry: Entry) -> dict[str, object]:
    """As `fields_of`, with what is to be done."""
    return {"op": entry.__struct_config__.tag, **fields_of(entry)}


def number(value: Number) -> str:
    """A number as the exchange wants it. Raises TypeError for a float, which is not exact."""
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: give a Decimal, an int or a str")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
