"""A poison command in a batch of many, on one of three symbols under load: it alone fails.

Row of the fault table: actor crash (poison command). The blast radius is one symbol, and of that
symbol one command and one restart.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from builders import order
from goquant.actors.calls import Call, Crashed
from goquant.book.commands import CancelOrder, Command, MassCancel
from goquant.book.market import Answer, Market
from running import problem_of, run_until
from simdisk import SimDisk
from small_exchange import hashes
from storing import POISON, SYMBOLS, Durable, durable, listed, on_disk, poisonous_engines

SICK, *HEALTHY = SYMBOLS
CLIENTS = 3
PER_CLIENT = 4
BATCH = CLIENTS * PER_CLIENT

# One poison at each place, at a few places two.
PLACES: list[tuple[int, ...]] = [(place,) for place in range(BATCH)]
PLACES += list(combinations((0, 1, 5, BATCH - 2, BATCH - 1), 2))

POISONS: dict[str, Command] = {
    "order": order(f"buy 1 @ 100 by {POISON}"),
    "mass cancel": MassCancel(POISON),
}


@pytest.fixture(autouse=True)
def _poisonous() -> Iterator[None]:
    with poisonous_engines():
        yield


def command_of(client: int, number: int) -> Command:
    """What a client asks for: orders that trade with those of others, and cancels."""
    if number % 4 == 3:
        return CancelOrder(client + 1)
    side, price = (("buy", 101), ("sell", 100))[(client + number) % 2]
    return order(f"{side} {client + number + 1} @ {price} by c{client} id {number}")


def batch_with(poisons: tuple[int, ...], poison: Command) -> list[tuple[int, Command]]:
    """The commands of several clients in turns, with poison in some places."""
    asked = [
        (client, command_of(client, number))
        for number in range(PER_CLIENT)
        for client in range(CLIENTS)
    ]
    for place in poisons:
        asked[place] = (asked[place][0], poison)
    return asked


async def outcome_of(call: Call) -> Answer | None:
    """The answer, or None if the command crashed."""
    with trio.fail_after(1):
        problem = await problem_of(call.wait)
    if problem is None:
        return await call.wait()
    assert isinstance(problem, Crashed)
    assert "failed on this command, which did nothing: Defect" in str(problem)
    return None


class Neighbour:
    """A client of another symbol: it asks one thing after the other."""

    def __init__(self, run: Durable, symbol: str) -> None:
        self.run = run
        self.symbol = symbol
        self.answers: list[Answer] = []

    async def ask(self) -> None:
        while True:
            self.answers.append(await self.run.exchange.execute(self.symbol, order("buy 1 @ 1")))


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("places", PLACES, ids=str)
async def test_exactly_the_poison_fails(
    mock_clock: MockClock, places: tuple[int, ...], poison: str
) -> None:
    disk = SimDisk()
    async with durable(disk) as run:
        before = run.exchange.post(SICK, order("sell 2 @ 105 by early"))
        await wait_all_tasks_blocked()
        asked = batch_with(places, POISONS[poison])
        calls = [run.exchange.post(SICK, command) for _, command in asked]
        await restart(run, mock_clock, len(places))
        answers = [await outcome_of(call) for call in (before, *calls)]
        expected = hashes({SICK: replayed([each for each in answers if each is not None])})
        assert [place for place, each in enumerate(answers[1:]) if each is None] == list(places)
        assert [each.sequenced.command for each in answers[1:] if each is not None] == [
            command for place, (_, command) in enumerate(asked) if place not in places
        ]
        assert restarts(run) == {SICK: len(places)} | dict.fromkeys(HEALTHY, 0)
        assert run.hashes()[SICK] == expected[SICK]
    async with durable(disk) as again:
        assert again.hashes() == on_disk(disk) == run.hashes()


async def test_the_neighbours_are_answered_all_along(mock_clock: MockClock) -> None:
    """The sick symbol waits for a clock that stands still; nobody else does."""
    disk = SimDisk()
    async with durable(disk) as run, trio.open_nursery() as nursery:
        neighbours = [Neighbour(run, symbol) for symbol in HEALTHY for _ in range(2)]
        for neighbour in neighbours:
            nursery.start_soon(neighbour.ask)
        await some_turns()
        calls = [
            run.exchange.post(SICK, command) for _, command in batch_with((3,), POISONS["order"])
        ]
        await some_turns()
        assert not calls[0].is_over
        seen = [len(neighbour.answers) for neighbour in neighbours]
        await some_turns()
        gained = [len(each.answers) - was for each, was in zip(neighbours, seen, strict=True)]
        assert min(gained) > 10
        await run_until(mock_clock, 1)
        await some_turns()
        assert all(call.is_over for call in calls)
        nursery.cancel_scope.cancel()
    for symbol in HEALTHY:
        heard = [
            answer.sequenced.sequence
            for neighbour in neighbours
            if neighbour.symbol == symbol
            for answer in neighbour.answers
        ]
        assert max(Counter(heard).values()) == 1
        last = run.exchange.symbol(symbol).sequence
        assert set(range(1, last + 1)) - set(heard) <= {last, last - 1}, "but those of the end"


async def test_a_poison_that_comes_again_and_again_halts_only_its_symbol(
    mock_clock: MockClock,
) -> None:
    disk = SimDisk()
    async with durable(disk) as run:
        calls = [run.exchange.post(SICK, POISONS["order"]) for _ in range(10)]
        await wait_all_tasks_blocked()
        await restart(run, mock_clock, 4)
        states = {each.symbol: each.state for each in run.exchange.status()}
        assert states == {SICK: "halted"} | dict.fromkeys(HEALTHY, "running")
        kinds = Counter(type(call._error).__name__ for call in calls)
        assert kinds == {"Crashed": 4, "Halted": 6}
        for symbol in HEALTHY:
            assert (await run.exchange.execute(symbol, order("buy 1 @ 1"))).refusal is None


def replayed(answers: list[Answer]) -> Market:
    """A market in memory that carried out what was answered; each answer has to be the same."""
    market = Market.empty(listed()[0])
    for answer in answers:
        assert market.apply(answer.sequenced) == answer
    return market


def restarts(run: Durable) -> dict[str, int]:
    return {each.symbol: each.restarts for each in run.exchange.status()}


async def restart(run: Durable, clock: MockClock, count: int) -> None:
    """Let the sick symbol come back so many times."""
    for _ in range(count):
        await wait_all_tasks_blocked()
        await run_until(clock, trio.current_time() + 0.1)
    await wait_all_tasks_blocked()


async def some_turns() -> None:
    for _ in range(200):
        await trio.lowlevel.checkpoint()
