"""Markets whose orders and trades are put on record, and readers of all of the records."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from builders import Market
from goquant.book import chunks
from goquant.book.blotter import Blotter
from goquant.book.commands import Command, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import OrderStatus
from goquant.book.events import Event
from goquant.book.instrument import Instrument
from goquant.book.records import OrderRecord
from strategies import Wish, aim

T = TypeVar("T")

Steps = list[tuple[int, Wish]]  # how long to wait in nanoseconds, and what to ask for then

UNBOUNDED = 10**9

# More pages than any test looks for.
PAGES_MAX = 1_000


class Recorded(Market):
    """A market whose every command goes into a blotter."""

    def __init__(
        self, drawing: str = "", /, *, blotter: Blotter | None = None, **rules: Any
    ) -> None:
        self.blotter = blotter or Blotter()
        super().__init__(drawing, **rules)

    def apply(self, command: Command) -> list[Event]:
        """Give one command, with the next sequence, and put what it caused on record."""
        sequenced = Sequenced(self.engine.sequence + 1, self.time_ns, command)
        events = self.engine.apply(sequenced)
        self.blotter.record(sequenced, events)
        return events

    def of(self, name: str) -> OrderRecord:
        """The record of the order of this name."""
        record = self.blotter.order(self.order_id(name))
        assert record is not None
        return record

    def kept(self) -> str:
        """The names of all orders on record, newest first."""
        return " ".join(self.names[record.order_id] for record in everything(self.blotter))


def played(rules: Instrument, wished: Steps) -> Iterator[tuple[Engine, Sequenced, list[Event]]]:
    """Every command that is wished for, with its events, and the engine right after it."""
    engine, sent = Engine(rules), list[NewOrder]()
    for wait_ns, wish in wished:
        time_ns = engine.time_ns + wait_ns
        command = aim(wish, sorted(engine.book.orders), sent, time_ns)
        if isinstance(command, NewOrder):
            sent.append(command)
        sequenced = Sequenced(engine.sequence + 1, time_ns, command)
        yield engine, sequenced, engine.apply(sequenced)


@contextmanager
def chunks_of(size: int) -> Iterator[None]:
    """Chunks small enough for a few orders to fill many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK_MAX", size)
        yield


def any_order(status: OrderStatus, account: str | None) -> bool:
    """Matches all orders."""
    return True


def everything(blotter: Blotter) -> list[OrderRecord]:
    """The records of all orders, newest first. As many as one page looks at."""
    records, before = blotter.orders(matches=any_order, limit=UNBOUNDED)
    assert before is None
    return records


def pages_of(blotter: Blotter, limit: int) -> list[list[int]]:
    """The ids of all orders, page by page."""
    return _all_pages(
        lambda before: blotter.orders(matches=any_order, limit=limit, before=before),
        lambda record: record.order_id,
    )


def trade_pages_of(blotter: Blotter, limit: int) -> list[list[int]]:
    """The ids of all trades, page by page."""
    return _all_pages(
        lambda before: blotter.trades(limit, before), lambda record: record.trade.trade_id
    )


def _all_pages(
    page_before: Callable[[int | None], tuple[list[T], int | None]], id_of: Callable[[T], int]
) -> list[list[int]]:
    pages = []
    page, before = page_before(None)
    while before is not None:
        pages.append([id_of(record) for record in page])
        assert len(pages) <= PAGES_MAX, "the pages come to an end"
        page, before = page_before(before)
    return [*pages, [id_of(record) for record in page]]
