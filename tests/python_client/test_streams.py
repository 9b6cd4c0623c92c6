"""A stream over connections that break: the book is always right, or says that it is not."""

from collections.abc import Iterator
from random import Random

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from faked import SYMBOL, Event, FakeExchange, Script, Truth
from goquant.client import Interrupted, LocalBook, NotLive, Patience, Reset, Stream
from goquant.client.events import MARKETDATA
from goquant.client.streams import open_stream
from goquant.client.websocket import Sockets

URL = "ws://exchange.example"

FAULTS = ("none", "gap", "repeat", "late", "cut")


def told(truth: Truth, since: int | None, held: int, faults: list[str]) -> Iterator[list[Event]]:
    """What one connection tells: where the client is, then an update for each fault, broken by it."""
    yield truth.after(since, held)
    before: Event | None = None
    for fault in faults:
        event = truth.go_on()
        if fault == "cut":
            return
        if fault != "gap":
            yield [event]
        if fault == "repeat":
            yield [event]
        if fault == "late" and before is not None:
            yield [before]
        before = event


async def follow(stream: Stream, book: LocalBook, truth: Truth) -> int:
    """Read until the book is where the truth is. Returns how many events that took."""
    count = 0
    async for event in stream:
        count += 1
        book.apply(event)
        if isinstance(event, Interrupted | Reset):
            assert not book.is_live
            with pytest.raises(NotLive):
                book.bids()
        if book.is_live and book.sequence == truth.sequence:
            break
    return count


def levels(book: LocalBook) -> tuple[dict[object, object], dict[object, object]]:
    """What a book says of both sides."""
    bids, asks = book.bids(), book.asks()
    assert [each.price for each in bids] == sorted((each.price for each in bids), reverse=True)
    assert [each.price for each in asks] == sorted(each.price for each in asks)
    return {each.price: each.quantity for each in bids}, {
        each.price: each.quantity for each in asks
    }


@given(
    seed=st.integers(0, 2**32),
    connections=st.lists(
        st.tuples(st.integers(0, 6), st.lists(st.sampled_from(FAULTS), max_size=6)), max_size=5
    ),
    refuses=st.integers(0, 3),
)
def test_the_book_is_right_in_the_end_however_connections_break(
    seed: int, connections: list[tuple[int, list[str]]], refuses: int
) -> None:
    truth = Truth(Random(seed))
    for _ in range(Random(seed).randrange(4)):
        truth.go_on()

    def script(held: int, faults: list[str]) -> Script:
        return lambda since: told(truth, since, min(held, len(truth.updates)), faults)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            exchange = FakeExchange(
                nursery, [*(script(*each) for each in connections), script(3, [])]
            )
            exchange.refuses = refuses
            book = LocalBook(SYMBOL)
            async with stream_from(exchange, seed) as stream:
                while exchange.asked[-1:] == [] or len(exchange.asked) <= len(connections):
                    event = await stream.__anext__()
                    book.apply(event)
                    if book.is_live and book.sequence == truth.sequence:
                        assert levels(book) == (truth.bids, truth.asks)
                if not (book.is_live and book.sequence == truth.sequence):
                    await follow(stream, book, truth)
                assert levels(book) == (truth.bids, truth.asks)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def stream_from(exchange: FakeExchange, seed: int = 1, **options: object):  # type: ignore[no-untyped-def]
    return open_stream(
        Sockets(URL, MARKETDATA, None, exchange.dial).connect,
        [SYMBOL],
        patience=Patience(),
        random=Random(seed),
        **options,  # type: ignore[arg-type]
    )
