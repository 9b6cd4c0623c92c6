"""A market that answers wishes, as an actor would in batches."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import TypeVar

from goquant.book.commands import NewOrder, Sequenced
from goquant.book.instrument import Instrument
from goquant.book.market import Answer, Market
from strategies import Wish, aim

T = TypeVar("T")

Step = tuple[int, Wish]


class Wished:
    """A market, and what was asked of it so far."""

    def __init__(self, rules: Instrument) -> None:
        self.market = Market.empty(rules)
        self.sent: list[NewOrder] = []

    def ask(self, step: Step) -> Answer:
        """Let time pass and do what is wished for."""
        wait_ns, wished = step
        engine = self.market.engine
        time_ns = engine.time_ns + wait_ns
        command = aim(wished, sorted(engine.book.orders), self.sent, time_ns)
        if isinstance(command, NewOrder):
            self.sent.append(command)
        return self.market.apply(Sequenced(engine.sequence + 1, time_ns, command))


def cut(steps: Iterable[T], sizes: Sequence[int]) -> Iterator[list[T]]:
    """The steps in batches of these sizes, over and over."""
    rest = iter(steps)
    for size in cycle(sizes):
        batch = list(islice(rest, size))
        if not batch:
            return
        yield batch
