"""The state of an engine as frozen data: what a snapshot holds and what the hash covers."""

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .commands import NewOrder
from .order import Order

if TYPE_CHECKING:
    from .engine import Engine

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


def dump(engine: "Engine") -> EngineState:
    """The state of an engine, sharing nothing with it that can change."""
    book = engine.book
    return EngineState(
        symbol=engine.instrument.symbol,
        sequence=engine.sequence,
        time_ns=engine.time_ns,
        last_trade_id=book.last_trade_id,
        last_price=book.last_price,
        bids=tuple(_entry(order) for level in book.bids for order in level),
        asks=tuple(_entry(order) for level in book.asks for order in level),
        armed=tuple(_entry(order) for order in engine.book.triggers.queue()),
        client_order_ids=tuple(
            ClientOrderId(order_id, terms) for order_id, terms in engine.client_ids.entries()
        ),
    )


def load(engine: "Engine", state: EngineState) -> None:
    """Put a dumped state into a new engine.

    Raises:
        ValueError: the state is that of another symbol.
    """
    if state.symbol != engine.instrument.symbol:
        raise ValueError(
            f"the state is of {state.symbol}, the engine of {engine.instrument.symbol}"
        )
    book = engine.book
    engine.sequence = state.sequence
    engine.time_ns = state.time_ns
    book.last_trade_id = state.last_trade_id
    book.last_price = state.last_price
    for entry in (*state.bids, *state.asks):
        book.open(Order(entry.order_id, entry.terms, entry.remaining))
    for entry in state.armed:
        book.open(Order(entry.order_id, entry.terms, entry.remaining, armed=True))
    engine.client_ids.restore((known.order_id, known.terms) for known in state.client_order_ids)


def hash_of(state: EngineState) -> str:
    """128 bits of BLAKE2b over the canonical JSON of a state, as hexadecimal digits."""
    return blake2b(msgspec.json.encode(state), digest_size=HASH_BYTES).hexdigest()


def _entry(order: Order) -> OpenOrder:
    return OpenOrder(order.order_id, order.terms, order.remaining)
