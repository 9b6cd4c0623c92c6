"""The state of an engine as frozen data: what a snapshot holds and what the hash covers."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct

from .client_ids import ClientOrderIds
from .commands import NewOrder
from .order_book import OrderBook

HASH_BYTES = 16

_encoder = msgspec.json.Encoder()


class OpenOrder(Struct, frozen=True, gc=False, array_like=True):
    """An open order: its id, its terms as they are now, the lots that are left."""

    order_id: int
    terms: NewOrder
    remaining: int
    armed: bool = False


class ClientOrderId(Struct, frozen=True, gc=False, array_like=True):
    """The order that was placed under a client order id, with its terms as they were first."""

    order_id: int
    terms: NewOrder


class StateHead(Struct, frozen=True, gc=False):
    """The part of a state that is the same size for every book."""

    symbol: str
    sequence: int
    time_ns: int
    last_trade_id: int
    last_price: int | None


class EngineState(Struct, frozen=True):
    """Everything that decides what an engine does next.

    Open orders, resting and armed, stand in the order in which they took their places, so that
    placing them one after the other gives every queue its order; client order ids in the order
    in which they will be forgotten.
    """

    head: StateHead
    orders: tuple[OpenOrder, ...]
    client_order_ids: tuple[ClientOrderId, ...]


class StateHash:
    """The fingerprint of a state that is given piece by piece, for states too large for one go.

    It is 128 bits of BLAKE2b over lines of canonical JSON: the head, every open order, every
    client order id.
    """

    def __init__(self, head: StateHead) -> None:
        self._digest = blake2b(encode_lines([head]), digest_size=HASH_BYTES)

    def update(self, entries: Sequence[OpenOrder] | Sequence[ClientOrderId]) -> None:
        """Take in the next entries: all open orders come before all client order ids."""
        self._digest.update(encode_lines(entries))

    def hexdigest(self) -> str:
        """The hash in hexadecimal digits."""
        return self._digest.hexdigest()


def encode_lines(values: Sequence[Struct]) -> bytes:
    """Values as JSON, each on a line of its own that ends in a line feed."""
    return _encoder.encode_lines(values)


def head(symbol: str, sequence: int, time_ns: int, book: OrderBook) -> StateHead:
    """The head of the state of an engine made of these parts. O(1)."""
    return StateHead(symbol, sequence, time_ns, book.last_trade_id, book.last_price)


def dump(head: StateHead, book: OrderBook, client_ids: ClientOrderIds) -> EngineState:
    """The state of an engine made of these parts, sharing nothing with it that can change."""
    return EngineState(
        head,
        tuple(
            OpenOrder(order.order_id, order.terms, order.remaining, order.armed)
            for order in book.orders.values()
        ),
        tuple(ClientOrderId(order_id, terms) for order_id, terms in client_ids.entries()),
    )


def hash_of(state: EngineState) -> str:
    """The fingerprint of a state, see `StateHash`."""
    digest = StateHash(state.head)
    digest.update(state.orders)
    digest.update(state.client_order_ids)
    return digest.hexdigest()
