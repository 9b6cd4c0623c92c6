"""`python -m bench.fanout_server FOLDER`: an exchange that trades with itself, and its streams.

The first line of its output is its port. Then every line of its input names a rate and a time:
for so long it makes so many trades a second, in bursts of a millisecond, and when all of them are
published it answers with what it took, as a line of JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter_ns, process_time_ns

import trio

from goquant.actors.exchange import Exchange
from goquant.actors.journal_writer import Fsync
from goquant.book.commands import NewOrder
from goquant.book.enums import OrderType, Side
from goquant.book.market import Answer, Market
from goquant.serving import quiet_gc
from goquant.web.app import create_app
from goquant.web.server import serve

from .durable import INBOX_MAX, storage_in
from .machine import resident_bytes
from .rivals.ours import INSTRUMENT

BURST_S = 0.001

ORDERS = [
    NewOrder(side, OrderType.LIMIT, 100_000_000, price=6_400_000) for side in (Side.SELL, Side.BUY)
]


@dataclass
class Flow:
    """What a flow of trades took."""

    trades: int
    seconds: float
    cpu_seconds: float
    resident_bytes: int
    published_ns: dict[int, int]
    """When a batch was published, by the sequence of its last command."""


class Publisher:
    """Makes trades, and notes when they are published."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._published_ns: dict[int, int] = {}
        exchange.symbol(INSTRUMENT.symbol).observers.append(self._observe)

    def _observe(self, market: Market, answers: Sequence[Answer]) -> None:
        self._published_ns[answers[-1].sequenced.sequence] = perf_counter_ns()

    async def flow(self, per_s: float, seconds: float) -> Flow:
        self._published_ns.clear()
        start, cpu = trio.current_time(), process_time_ns()
        trades = 0
        call = None
        while (now := trio.current_time() - start) < seconds:
            while trades < now * per_s:
                trades += 1
                for order in ORDERS:
                    call = self._exchange.post(INSTRUMENT.symbol, order)
            await trio.sleep(BURST_S)
        if call is not None:
            await call.wait()
        return Flow(
            trades,
            trio.current_time() - start,
            (process_time_ns() - cpu) / 1e9,
            resident_bytes(),
            self._published_ns,
        )


def _say(line: str) -> None:
    print(line, flush=True)


async def main(folder: Path) -> None:
    storage = storage_in(folder, Fsync.ALWAYS)
    exchange = Exchange([INSTRUMENT], storage=storage, inbox_max=INBOX_MAX)
    app = create_app(exchange)
    publisher = Publisher(exchange)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        _, port = await nursery.start(partial(serve, app, port=0))
        quiet_gc()
        print(port, flush=True)
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            per_s, seconds = map(float, line.split())
            found = await publisher.flow(per_s, seconds)
            # In a thread, since it may be much and its reader slow.
            await trio.to_thread.run_sync(_say, json.dumps(asdict(found)))
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
