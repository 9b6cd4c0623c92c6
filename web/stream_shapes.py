"""The shapes of the orders' WebSocket as the contract has them, for its description until it is served.

Whoever serves it puts the classes that do it in the place of these, and this file goes.
"""

from attrs import frozen
from msgspec import Struct

from .responses import OrderView


@frozen
class Session:
    """What holds for all of a session with orders."""

    account: str | None = None
    cancel_on_disconnect: bool = False


class OrderAnswer(Struct, frozen=True):
    """The answer to an operation that went well."""

    id: str | int | None
    order: OrderView


class Executions(Struct, frozen=True):
    """What happened to the orders of the account."""

    channel: str
    events: list[OrderView]
