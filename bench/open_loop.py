"""`bench durable`, second half: the wait for an answer when orders come by themselves.

Nobody waits for an answer before the next order comes: what holds one up holds those behind it up,
and that is counted, since the wait is taken from the moment when the order was to arrive.
"""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

import trio

from goquant.actors.calls import Call
from goquant.book.commands import Command, ExpireOrders, Sequenced
from goquant.book.market import Answer

from .actor import actor_commands
from .arrivals import STAMP
from .collector import watched
from .durable import INBOX_MAX, JOURNALS, Post, running, storage_in
from .environments import ROOT
from .figures import Spread
from .rivals.ours import INSTRUMENT
from .workload import SEED_DEFAULT

RATE = 2_812
SECONDS = 6.0
ROUNDS = 2
TARGET_P99_US = 1_000
BARE = "bare task"

RECEIVE_BYTES_MAX = 1 << 16

HOW = f"""\
{RATE:,} orders of the mix a second, at random gaps that do not wait for answers; microseconds from the
moment when the order was to arrive until its sender, a task, has the answer. They come through a
pipe from a process that waits for each moment: a task of the exchange's own loop that spins instead
fights the journal's thread for the interpreter and doubles what it measures; a thread that spins
starves it. "{BARE}" is an inbox and an answer with nothing between them: what it has is the
machine's, the pipe's and trio's. All take turns, {ROUNDS} rounds of {SECONDS:g} s, here in one. The
target is a p99 under {TARGET_P99_US:,} with fsync always."""

ANSWER = Answer(Sequenced(0, 0, ExpireOrders()), [], [])


def bench_open_loop(
    folder: Path, rounds: int = ROUNDS, seconds: float = SECONDS, rate: float = RATE
) -> Iterator[str]:
    """The table."""
    commands = actor_commands(int(rate * seconds))
    spent: dict[str, array[int]] = {name: array("q") for name in (*JOURNALS, BARE)}
    with watched("quiet_gc"):
        for turn in range(rounds):
            for name, found in spent.items():
                with TemporaryDirectory(dir=folder) as data:
                    target = answering(name, Path(data))
                    trio.run(_measure, target, commands, rate, SEED_DEFAULT + turn, found)
    yield f"{'wait for the answer, us':24}{Spread.HEADING}"
    for name, found in spent.items():
        yield f"{name:24}{Spread.of(found).row()}"


@asynccontextmanager
async def answering(name: str, data: Path) -> AsyncIterator[Post]:
    """Where commands can be posted: an exchange, or the bare task."""
    if name == BARE:
        async with trio.open_nursery() as nursery:
            send, receive = trio.open_memory_channel[Call](INBOX_MAX)
            nursery.start_soon(_answer_all, receive)
            yield partial(_post_bare, send)
            nursery.cancel_scope.cancel()
        return
    fsync = JOURNALS[name]
    async with running(None if fsync is None else storage_in(data, fsync)) as exchange:
        yield partial(exchange.post, INSTRUMENT.symbol)


def _post_bare(send: trio.MemorySendChannel[Call], command: Command) -> Call:
    call = Call(command)
    send.send_nowait(call)
    return call


async def _answer_all(calls: trio.MemoryReceiveChannel[Call]) -> None:
    async for call in calls:
        call.resolve(ANSWER)


async def _measure(
    target: AbstractAsyncContextManager[Post],
    commands: Sequence[Command],
    rate: float,
    seed: int,
    spent: array[int],
) -> None:
    async def client(due: int, call: Call) -> None:
        await call.wait()
        spent.append(perf_counter_ns() - due)

    waiting = iter(commands)
    async with target as post, trio.open_nursery() as clients:
        async for due in _arrivals(rate, len(commands), seed):
            clients.start_soon(client, due, post(next(waiting)))


async def _arrivals(rate: float, count: int, seed: int) -> AsyncIterator[int]:
    """The moment of each arrival, as it comes."""
    words = [sys.executable, "-m", "bench.arrivals", str(rate), str(count), str(seed)]
    process = await trio.lowlevel.open_process(words, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None, "it was asked for"
    async with process.stdout as pipe:
        async for data in pipe:
            for (due,) in STAMP.iter_unpack(data):
                yield due
    await process.wait()
