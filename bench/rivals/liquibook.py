"""liquibook: a C++ book behind SWIG; what happens is told to a listener, no fees.

Without a listener nothing that the book does can be seen from Python: orders are matched,
and their fills are lost. `liquibook` therefore listens and notes accepts, fills and
cancels, as every other engine returns them; `liquibook-silent` is the bare book, as the
upper bound of what C++ behind a Python call gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import liquibook

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step

IMMEDIATE = liquibook.oc_immediate_or_cancel


class Listener(liquibook.OrderListener):  # type: ignore[misc]
    """Notes each event as a tuple; the list stands for what an exchange would publish."""

    def __init__(self) -> None:
        liquibook.OrderListener.__init__(self)
        self.events: list[tuple[str, int, int, int]] = []

    def on_accept(self, order: liquibook.SimpleOrder) -> None:
        self.events.append(("accepted", order.order_id_, 0, 0))

    def on_cancel(self, order: liquibook.SimpleOrder) -> None:
        self.events.append(("canceled", order.order_id_, 0, 0))

    def on_fill(
        self,
        taker: liquibook.SimpleOrder,
        maker: liquibook.SimpleOrder,
        quantity: int,
        price: int,
    ) -> None:
        self.events.append(("traded", maker.order_id_, quantity, price))


class SilentLiquibookAdapter:
    distribution = "liquibook"

    def __init__(self) -> None:
        self._book = liquibook.DepthOrderBook()
        self._orders: dict[int, liquibook.SimpleOrder] = {}

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        add, cancel, orders = self._book.add, self._book.cancel, self._orders
        steps: list[Step] = []
        for kind, number, side, price, quantity, target in commands:
            if kind == CANCEL:
                steps.append((cancel, (orders[target],)))
                continue
            orders[number] = order = liquibook.SimpleOrder(side == BUY, price, quantity)
            steps.append((add, (order, IMMEDIATE) if kind == MARKET else (order,)))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        listener, tally = Listener(), Tally()
        self._book.set_order_listener(listener)
        for call, arguments in steps:
            call(*arguments)
        for kind, _order, quantity, price in listener.events:
            if kind == "traded":
                tally.add(price, quantity)
        return tally


class LiquibookAdapter(SilentLiquibookAdapter):
    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        self._listener = Listener()
        self._book.set_order_listener(self._listener)
        return super().prepare(commands)
