"""lightmatchingengine: plain dicts of lists, one list of trades per order, no fees.

Price 0 means a market order, but its remainder would rest at price 0, so it is canceled
at once. The engine numbers orders 1, 2, 3, … itself, just as the workload does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightmatchingengine.lightmatchingengine import LightMatchingEngine, Order, Side

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, Command
from .adapter import Step

SYMBOL = "BTC-USD"


class LightMatchingEngineAdapter:
    distribution = "lightmatchingengine"

    def __init__(self) -> None:
        self._engine = LightMatchingEngine()

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        engine, market = self._engine, self._market
        steps: list[Step] = []
        for kind, _number, side, price, quantity, target in commands:
            wanted = Side.BUY if side == BUY else Side.SELL
            if kind == CANCEL:
                steps.append((engine.cancel_order, (target, SYMBOL)))
            elif kind == MARKET:
                steps.append((market, (SYMBOL, 0, quantity, wanted)))
            else:
                steps.append((engine.add_order, (SYMBOL, price, quantity, wanted)))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        """Trades are listed twice, for the taker and for each maker; the makers' are counted."""
        tally = Tally()
        for call, arguments in steps:
            result = call(*arguments)
            if not isinstance(result, tuple):
                continue
            order, trades = result
            for trade in trades:
                if trade.order_id != order.order_id:
                    tally.add(trade.trade_price, trade.trade_qty)
        return tally

    def _market(self, symbol: str, price: int, quantity: int, side: int) -> tuple[Order, Any]:
        result: tuple[Order, Any] = self._engine.add_order(symbol, price, quantity, side)
        if result[0].leaves_qty:
            self._engine.cancel_order(result[0].order_id, symbol)
        return result
