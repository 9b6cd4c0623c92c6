"""The state of an engine as frozen data: what a snapshot holds and what the hash covers."""

from hashlib import blake2b

import msgspec
from msgspec import Struct

from .client_ids import ClientOrderIds
from .commands import NewOrder
from .order import Order
from .order_book import OrderBook

HASH_BYTES = 16


class OpenOrder(Struct, frozen=True, gc=False, array_like=True):
    """An open order: its id, its terms as they are now, the lots that are left."""

    order_id: int
    terms: NewOrder
    remaining: int


class ClientOrderId(Struct, frozen=True, gc=False, array_like=True):
    """The order that was placed under a client order id, with its terms as they were first."""

    order_id: int
    terms: NewOrder


class EngineState(Struct, frozen=True):
    """Everything that decides what an engine does next.

    Resting orders stand best level first and oldest first within a level, armed ones
    nearest trigger first and oldest first within a trigger price, client order ids in the
    order in which they will be forgotten.
    """

    symbol: str
    sequence: int
    time_ns: int
    last_trade_id: int
    last_price: int | None
    bids: tuple[OpenOrder, ...]
    asks: tuple[OpenOrder, ...]
    armed: tuple[OpenOrder, ...]
    client_order_ids: tuple[ClientOrderId, ...]


def dump(
    symbol: str, sequence: int, time_ns: int, book: OrderBook, client_ids: ClientOrderIds
) -> EngineState:
    """The state of an engine made of these parts, sharing nothing with it that can change."""
    return EngineState(
        symbol=symbol,
        sequence=sequence,
        time_ns=time_ns,
        last_trade_id=book.last_trade_id,
        last_price=book.last_price,
        bids=tuple(_entry(order) for level in book.bids for order in level),
        asks=tuple(_entry(order) for level in book.asks for order in level),
        armed=tuple(_entry(order) for order in book.triggers.queue()),
        client_order_ids=tuple(
            ClientOrderId(order_id, terms) for order_id, terms in client_ids.entries()
        ),
    )


def load(state: EngineState, book: OrderBook, client_ids: ClientOrderIds) -> None:
    """Put a dumped state into empty parts of an engine."""
    book.last_trade_id = state.last_trade_id
    book.last_price = state.last_price
    for entry in (*state.bids, *state.asks):
        book.open(Order(entry.order_id, entry.terms, entry.remaining))
    for entry in state.armed:
        book.open(Order(entry.order_id, entry.terms, entry.remaining, armed=True))
    client_ids.restore((known.order_id, known.terms) for known in state.client_order_ids)


def hash_of(state: EngineState) -> str:
    """128 bits of BLAKE2b over the canonical JSON of a state, as hexadecimal digits."""
    return blake2b(msgspec.json.encode(state), digest_size=HASH_BYTES).hexdigest()


def _entry(order: Order) -> OpenOrder:
    return OpenOrder(order.order_id, order.terms, order.remaining)
