"""order-matching: dataclass orders with float prices, trades as objects, no fees.

An order is placed and then matched, two calls. A market order's remainder would rest at
an infinite price (or 0), so it is canceled at once. The engine logs every call through
loguru; its messages are switched off the way loguru documents for libraries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from loguru import logger
from order_matching.enums import Side
from order_matching.executed_trades import ExecutedTrades
from order_matching.matching_engine import MatchingEngine
from order_matching.order import LimitOrder, MarketOrder, Order
from order_matching.orders import Orders

from ..model import BUY, Tally
from ..workload import CANCEL, MARKET, SEED_DEFAULT, Command
from .adapter import Step

START = datetime(2026, 1, 1)
TRADER = "trader"


class OrderMatchingAdapter:
    distribution = "order-matching"

    def __init__(self) -> None:
        logger.remove()
        logger.disable("order_matching")
        self._engine = MatchingEngine(seed=SEED_DEFAULT)

    def prepare(self, commands: Sequence[Command]) -> list[Step]:
        steps: list[Step] = []
        for position, command in enumerate(commands):
            if command[0] == CANCEL:
                steps.append((self._engine.cancel_order, (str(command[5]),)))
                continue
            order = _order(command, START + timedelta(microseconds=position))
            call = self._market if command[0] == MARKET else self._limit
            steps.append((call, (order, Orders([order]))))
        return steps

    def tally(self, steps: Sequence[Step]) -> Tally:
        tally = Tally()
        for call, arguments in steps:
            for trade in call(*arguments) or ():
                tally.add(int(trade.price), int(trade.size))
        return tally

    def _limit(self, order: Order, orders: Orders) -> ExecutedTrades:
        self._engine.place(orders)
        return self._engine.match(order.timestamp)

    def _market(self, order: Order, orders: Orders) -> ExecutedTrades:
        self._engine.place(orders)
        trades = self._engine.match(order.timestamp)
        if order.size:
            self._engine.cancel_order(order.order_id)
        return trades


def _order(command: Command, timestamp: datetime) -> Order:
    kind, number, side, price, quantity, _target = command
    wanted = Side.BUY if side == BUY else Side.SELL
    if kind == MARKET:
        return MarketOrder(
            side=wanted,
            size=float(quantity),
            timestamp=timestamp,
            order_id=str(number),
            trader_id=TRADER,
        )
    return LimitOrder(
        side=wanted,
        price=float(price),
        size=float(quantity),
        timestamp=timestamp,
        order_id=str(number),
        trader_id=TRADER,
    )
