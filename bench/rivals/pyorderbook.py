"""pyorderbook: Decimal prices, UUID order ids, one trade blotter per order, no fees.

It has no market orders: one is placed as a limit order at a price that every resting
order meets, and whatever it leaves behind is canceled at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyorderbook

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step

SYMBOL = "BTC-USD"
MARKET_BUY_PRICE = 10**9
MARKET_SELL_PRICE = 0


class PyorderbookAdapter:
    distribution = "pyorderbook"

    def __init__(self) -> None:
        self._book = pyorderbook.Book()

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        match, cancel, market = self._book.match, self._book.cancel, self._market
        orders: dict[int, pyorderbook.Order] = {}
        steps: list[Step] = []
        for kind, number, side, price, quantity, target in commands:
            if kind == CANCEL:
                steps.append((cancel, (orders[target],)))
                continue
            if kind == MARKET:
                price = MARKET_BUY_PRICE if side == BUY else MARKET_SELL_PRICE
            build = pyorderbook.bid if side == BUY else pyorderbook.ask
            orders[number] = build(SYMBOL, price, quantity)
            steps.append((market if kind == MARKET else match, (orders[number],)))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        tally = Tally()
        for call, arguments in steps:
            blotter = call(*arguments)
            for trade in blotter.trades if blotter else ():
                tally.add(int(trade.fill_price), trade.fill_quantity)
        return tally

    def _market(self, order: pyorderbook.Order) -> pyorderbook.TradeBlotter:
        blotter = self._book.match(order)
        if order.quantity:
            self._book.cancel(order)
        return blotter
