"""The orders that one session has placed, for as long as they are open: they may have to go with it."""

import trio

from ..actors.switches import post_all
from ..book.commands import CancelOrder
from ..book.market import Market
from .desk import Desk, Pending
from .errors import ApiError

# Orders that are remembered before those that are open no more are looked for, and forgotten.
SCAN_MIN = 1_000


class OwnOrders:
    """Orders of one session, by symbol and number."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._numbers: dict[str, set[int]] = {}
        self._count = 0
        self._scan_at = SCAN_MIN
        self._left = 0  # commands that are under way
        self._quiet = trio.Event()

    def expect(self, pending: Pending) -> None:
        """Remember what comes of a command that was handed in."""
        self._left += 1
        pending.then(lambda: self._over(pending))

    async def forget_closed(self) -> None:
        """Keep no more than about twice as many as are open. O(1) for each order, amortized."""
        if self._count < self._scan_at:
            return
        for symbol in tuple(self._numbers):
            try:
                await self._desk.read(symbol, self._forget_closed)
            except ApiError:
                # Its market cannot be seen: nobody knows what is open there.
                continue
        self._count = sum(map(len, self._numbers.values()))
        self._scan_at = max(SCAN_MIN, 2 * self._count)

    async def cancel(self) -> None:
        """Cancel all that is open, once no command is under way any more."""
        while self._left:
            self._quiet = trio.Event()
            await self._quiet.wait()
        self._scan_at = 0
        await self.forget_closed()
        await post_all(
            self._desk.exchange,
            [
                (symbol, CancelOrder(number))
                for symbol, numbers in self._numbers.items()
                for number in sorted(numbers)
            ],
        )

    def _over(self, pending: Pending) -> None:
        order = pending.placed
        if order is not None and order.status.is_open:
            self._numbers.setdefault(pending.symbol, set()).add(order.order_id)
            self._count += 1
        self._left -= 1
        if not self._left:
            self._quiet.set()

    def _forget_closed(self, market: Market) -> None:
        numbers = self._numbers[market.instrument.symbol]
        numbers.intersection_update(market.engine.book.orders.keys())
