"""Where the open orders of a state stand: its queues, which follow from the order of its places."""

from typing import NamedTuple

from goquant.book.commands import NewOrder
from goquant.book.enums import OrderType, Side
from goquant.book.state import EngineState, OpenOrder

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)


class Places(NamedTuple):
    """Bids and asks in the order of matching, armed orders in the order of release."""

    bids: list[OpenOrder]
    asks: list[OpenOrder]
    armed: list[OpenOrder]

    def ids(self) -> list[list[int]]:
        """The same by order ids."""
        return [[entry.order_id for entry in queue] for queue in self]


def places(state: EngineState) -> Places:
    """The queues of a state. Whoever took a place first stands first among equals."""
    bids, asks = resting(state, Side.BUY), resting(state, Side.SELL)
    armed = [entry for entry in state.orders if entry.armed]
    armed.sort(key=lambda entry: turn(entry.terms))
    return Places(bids, asks, armed)


def resting(state: EngineState, side: Side) -> list[OpenOrder]:
    """One side, best price first."""
    sign = -1 if side is Side.BUY else 1
    own = [entry for entry in state.orders if entry.terms.side is side and not entry.armed]
    return sorted(own, key=lambda entry: sign * (entry.terms.price or 0))


def waits_for_rise(terms: NewOrder) -> bool:
    """Stop buys and take-profit sells do, the others wait for a fall."""
    return (terms.type in STOPS) == (terms.side is Side.BUY)


def turn(terms: NewOrder) -> tuple[bool, int]:
    """Sorts what one trade releases: rises first, nearest trigger first."""
    trigger = terms.trigger_price or 0
    return (False, trigger) if waits_for_rise(terms) else (True, -trigger)
