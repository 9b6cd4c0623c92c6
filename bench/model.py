"""A small exact book of price-time priority: the workload generator's own judge.

It decides which orders are live, so that every cancel hits a resting order in any
correct engine, and it counts what a correct engine must trade. It shares no code with
the engines that are measured, and imports nothing outside the standard library.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

BUY = 1
SELL = -1


@dataclass
class Tally:
    """What a run traded. Two correct engines agree on all three numbers."""

    trades: int = 0
    volume: int = 0
    notional: int = 0

    def add(self, price: int, quantity: int) -> None:
        self.trades += 1
        self.volume += quantity
        self.notional += price * quantity


class LiveOrders:
    """The numbers of the resting orders, with a random pick in constant time."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int) -> None:
        self._places[number] = len(self._numbers)
        self._numbers.append(number)

    def discard(self, number: int) -> None:
        place = self._places.pop(number)
        last = self._numbers.pop()
        if last != number:
            self._numbers[place] = last
            self._places[last] = place

    def pick(self, random: Random) -> int:
        return self._numbers[int(random.random() * len(self._numbers))]


class ModelBook:
    """Both sides of one book. A canceled order stays queued until it is reached."""

    def __init__(self) -> None:
        self.live = LiveOrders()
        self.tally = Tally()
        self._remaining: dict[int, int] = {}
        self._heaps: dict[int, list[int]] = {BUY: [], SELL: []}
        self._queues: dict[int, dict[int, deque[int]]] = {BUY: {}, SELL: {}}

    def best(self, side: int) -> int | None:
        """The best price of a side; queues that cancels have emptied are dropped on the way."""
        heap, queues = self._heaps[side], self._queues[side]
        while heap:
            price = -heap[0] * side
            queue = queues[price]
            while queue and queue[0] not in self._remaining:
                queue.popleft()
            if queue:
                return price
            heappop(heap)
            del queues[price]
        return None

    def place(self, number: int, side: int, limit: int | None, quantity: int) -> bool:
        """Match an order and rest what is left of a limit order; whether it traded."""
        left = self._take(side, limit, quantity)
        if left and limit is not None:
            self._rest(number, side, limit, left)
        return left < quantity

    def cancel(self, number: int) -> None:
        del self._remaining[number]
        self.live.discard(number)

    def levels(self) -> int:
        """How many prices have a live order, on both sides together."""
        return sum(
            any(number in self._remaining for number in queue)
            for queues in self._queues.values()
            for queue in queues.values()
        )

    def _take(self, side: int, limit: int | None, quantity: int) -> int:
        while quantity:
            price = self.best(-side)
            if price is None or (limit is not None and price * side > limit * side):
                break
            maker = self._queues[-side][price][0]
            fill = min(quantity, self._remaining[maker])
            self.tally.add(price, fill)
            quantity -= fill
            self._remaining[maker] -= fill
            if not self._remaining[maker]:
                self.cancel(maker)
        return quantity

    def _rest(self, number: int, side: int, price: int, quantity: int) -> None:
        queue = self._queues[side].get(price)
        if queue is None:
            queue = self._queues[side][price] = deque()
            heappush(self._heaps[side], -price * side)
        queue.append(number)
        self._remaining[number] = quantity
        self.live.add(number)
