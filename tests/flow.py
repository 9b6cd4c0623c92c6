"""Order flow for a screen to show: a maker around a price that wanders, and takers. Not a market.

python tests/flow.py http://127.0.0.1:8000 --rate 20 --seconds 60
"""

import argparse
import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from random import Random
from typing import Any
from urllib.parse import urlsplit

HEADERS = {"Content-Type": "application/json"}

# Most that one request may carry.
BATCH_MAX = 100

# Older orders are canceled only while more rest.
RESTING_MIN = 200

Entry = dict[str, object]


class Flow:
    """Orders for one symbol, in dollars and cents, from a seed."""

    def __init__(self, seed: int, symbol: str = "BTC-USD", price: int = 6_400_000) -> None:
        self._random = Random(seed)
        self._symbol = symbol
        self._mid = float(price)  # in cents
        self._drift = 0.0
        self._resting: deque[str] = deque()

    def opening(self, levels: int = 120) -> list[Entry]:
        """A book to begin with: levels on both sides, thicker further away."""
        return [
            self._limit(side, self._mid + sign * (50 + 130 * at) * self._random.uniform(0.8, 1.2))
            for at in range(levels)
            for side, sign in (("buy", -1), ("sell", 1))
        ]

    def entries(self) -> Iterator[Entry]:
        """What comes after that, without end."""
        while True:
            self._drift = 0.98 * self._drift + self._random.gauss(0, 6)
            self._mid += self._drift
            draw = self._random.random()
            if draw < 0.45 and len(self._resting) > RESTING_MIN:
                yield {"op": "cancel", "order_id": self._resting.popleft()}
            elif draw < 0.80:
                side, sign = self._random.choice((("buy", -1), ("sell", 1)))
                yield self._limit(side, self._mid + sign * self._random.expovariate(1 / 1200))
            else:
                yield {
                    **self._order(self._random.choice(("buy", "sell"))),
                    "type": "market",
                    "quantity": self._size(0.4),
                }

    def answered(self, result: dict[str, Any]) -> None:
        """Remember an order that rests, to cancel it one day."""
        order = result.get("order")
        if order and order["status"] in ("new", "partially_filled"):
            self._resting.append(order["order_id"])

    def _limit(self, side: str, cents: float) -> Entry:
        price = f"{round(cents) // 100}.{round(cents) % 100:02}"
        return {**self._order(side), "type": "limit", "price": price, "quantity": self._size(1.0)}

    def _order(self, side: str) -> Entry:
        return {"symbol": self._symbol, "side": side, "self_trade_prevention": "none"}

    def _size(self, mean: float) -> str:
        return f"{max(0.001, self._random.expovariate(1 / mean)):.4f}"


def send(connection: HTTPConnection, entries: list[Entry]) -> list[dict[str, Any]]:
    """Hand a batch in."""
    connection.request("POST", "/orders/batch", json.dumps({"orders": entries}), HEADERS)
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200, answer
    results: list[dict[str, Any]] = answer["results"]
    return results


def run(url: str, flow: Flow, rate: float, seconds: float) -> int:
    """Open the book, then send about `rate` orders a second. Returns how many."""
    where = urlsplit(url)
    assert where.hostname is not None
    with closing(HTTPConnection(where.hostname, where.port or 80, timeout=10)) as connection:
        opening = flow.opening()
        for at in range(0, len(opening), BATCH_MAX):
            for result in send(connection, opening[at : at + BATCH_MAX]):
                flow.answered(result)
        entries = flow.entries()
        began_at = time.monotonic()
        sent = 0
        while (elapsed_s := time.monotonic() - began_at) < seconds:
            due = min(BATCH_MAX, int(elapsed_s * rate) - sent)
            if due > 0:
                for result in send(connection, [next(entries) for _ in range(due)]):
                    flow.answered(result)
                sent += due
            time.sleep(min(0.05, 1 / rate))
    return sent


def main() -> None:
    """Send flow to an exchange that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=20, help="orders a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(run(given.url, Flow(given.seed), given.rate, given.seconds), "orders")


if __name__ == "__main__":
    main()
