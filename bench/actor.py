"""`bench exchange`: commands through a symbol's actor and back, in one process.

Beside it a bare trio task with the same inbox and the same way to answer that does nothing: the
least that a request and its reply cost on trio.
"""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns, process_time_ns

import trio

from goquant.actors.exchange import Exchange
from goquant.book.commands import Command

from .collector import POLICIES, watched
from .figures import Spread, ranged
from .rivals.ours import INSTRUMENT, OurAdapter
from .workload import generate

Execute = Callable[[Command], Awaitable[object]]

IN_FLIGHT = (1, 256)
ROUNDS = 5

HOW = """\
So many clients take the commands of the mix one after the other, each waiting for its answer. "bare
trio" is an inbox and an answer with nothing between them. Both take turns, with fresh books; rates
are medians (and ranges) over the rounds, per second of processor time; latencies are by the clock,
of all rounds, and with 256 in flight mostly the wait for the others."""

NOT_MEASURED = "Not measured: the actor with several symbols, the journal, the network."


class Bare:
    """A task that answers whatever comes, the way a symbol's actor does."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[trio.Event](max(IN_FLIGHT))

    async def execute(self, _command: Command) -> None:
        answered = trio.Event()
        self._send.send_nowait(answered)
        await answered.wait()

    async def run(self) -> None:
        async for answered in self._receive:
            answered.set()


@dataclass
class Turns:
    """What the rounds of one contestant found."""

    rates: list[float] = field(default_factory=list)
    spent: array[int] = field(default_factory=lambda: array("q"))


def bench_actor(count: int, rounds: int = ROUNDS) -> Iterator[str]:
    """The table, a row as soon as it is there."""
    commands = actor_commands(count)
    yield f"{'':30}{'commands/s':>28}   us{Spread.HEADING}"
    for in_flight in IN_FLIGHT:
        with watched("quiet_gc"):
            ours, bare = take_turns(commands, in_flight, rounds)
        yield _row(f"goquant, {in_flight} in flight", ours)
        yield _row(f"bare trio, {in_flight} in flight", bare)
        yield f"  ours costs {median(bare.rates) / median(ours.rates):.2f} times a bare one"


def bench_collector(count: int) -> Iterator[str]:
    """What the garbage collector does while the book and the records of an exchange grow."""
    commands = actor_commands(count)
    yield f"collections while {count:,} commands go through the actor, {max(IN_FLIGHT)} in flight:"
    for policy in POLICIES:
        with watched(policy) as pauses:
            trio.run(_through_exchange, commands, max(IN_FLIGHT), Turns())
        yield f"  {policy}: {pauses.describe()}"


def take_turns(commands: Sequence[Command], in_flight: int, rounds: int) -> tuple[Turns, Turns]:
    """Ours and the bare task, alternating."""
    ours, bare = Turns(), Turns()
    for _ in range(rounds):
        trio.run(_through_exchange, commands, in_flight, ours)
        trio.run(_through_bare, commands, in_flight, bare)
    return ours, bare


def actor_commands(count: int) -> list[Command]:
    """The commands of the mix, in an exchange's own words."""
    steps = OurAdapter().prepare(generate(count).commands)
    return [arguments[0].command for _, arguments in steps]


async def _through_exchange(commands: Sequence[Command], in_flight: int, turns: Turns) -> None:
    exchange = Exchange([INSTRUMENT])

    async def execute(command: Command) -> None:
        await exchange.execute(INSTRUMENT.symbol, command)

    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        await _drive(execute, commands, in_flight, turns)
        nursery.cancel_scope.cancel()


async def _through_bare(commands: Sequence[Command], in_flight: int, turns: Turns) -> None:
    bare = Bare()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bare.run)
        await _drive(bare.execute, commands, in_flight, turns)
        nursery.cancel_scope.cancel()


async def _drive(
    execute: Execute, commands: Sequence[Command], in_flight: int, turns: Turns
) -> None:
    waiting = iter(commands)

    async def client() -> None:
        # Between taking a command and handing it in there is no await, so that they arrive in
        # their order and every cancel finds its target.
        for command in waiting:
            start = perf_counter_ns()
            await execute(command)
            turns.spent.append(perf_counter_ns() - start)

    cpu = process_time_ns()
    async with trio.open_nursery() as clients:
        for _ in range(in_flight):
            clients.start_soon(client)
    turns.rates.append(len(commands) * 1e9 / (process_time_ns() - cpu))


def _row(name: str, turns: Turns) -> str:
    return f"{name:30}{ranged(turns.rates):>28}     {Spread.of(turns.spent).row()}"
