"""The same stream over a WebSocket, server-sent events and long-poll, from one to the other."""

from contextlib import AbstractAsyncContextManager

import httpx
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.client import (
    ApiError,
    BookSnapshot,
    BookUpdate,
    Client,
    Event,
    Heartbeat,
    Interrupted,
    LocalBook,
    Place,
    Reset,
    Stream,
    TradeEvent,
    TradesSnapshot,
    Transport,
    Unreadable,
)
from goquant.client.sse import Records
from goquant.testing import running_exchange

TRANSPORTS: tuple[Transport, ...] = ("websocket", "sse", "poll")

each_transport = pytest.mark.parametrize("transport", TRANSPORTS)

SYMBOLS = ["BTC-USD", "ETH-USD"]


async def next_of(stream: Stream, count: int, *, beats: bool = False) -> list[Event]:
    """The next events, without heartbeats unless they are wanted."""
    found: list[Event] = []
    with trio.fail_after(60):
        while len(found) < count:
            event = await stream.__anext__()
            if beats or not isinstance(event, Heartbeat):
                found.append(event)
    return found


async def sweep(client: Client, symbol: str = "BTC-USD", count: int = 3) -> None:
    """Let one command trade several times: what rests are that many orders."""
    await client.batch(
        Place(symbol=symbol, side="sell", type="limit", quantity=1, price=100) for _ in range(count)
    )
    await client.place(symbol, "buy", "market", quantity=count)


def trade_ids(events: list[Event]) -> list[int]:
    return [event.trade_id for event in events if isinstance(event, TradeEvent)]


@each_transport
async def test_a_book_is_followed_and_mended(
    transport: Transport, autojump_clock: MockClock
) -> None:
    async with running_exchange() as venue, venue.client() as client:
        book = LocalBook("BTC-USD")
        async with client.marketdata(["BTC-USD"], transport=transport) as stream:
            (first,) = await next_of(stream, 1)
            assert isinstance(first, BookSnapshot)
            book.apply(first)
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
            (update,) = await next_of(stream, 1)
            assert isinstance(update, BookUpdate)
            book.apply(update)
            await wait_all_tasks_blocked()
            venue.disconnect()
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=101)
            broken, missed = await next_of(stream, 2)
            assert isinstance(broken, Interrupted)
            book.apply(broken)
            assert not book.is_live
            book.apply(missed)
            assert [int(level.price) for level in book.bids()] == [101, 100]
            await wait_all_tasks_blocked()
            venue.disconnect()
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=102)
            venue.lag()
            broken, reset, snapshot = await next_of(stream, 3)
            assert isinstance(broken, Interrupted)
            assert isinstance(reset, Reset)
            assert isinstance(snapshot, BookSnapshot)
            for event in (broken, reset, snapshot):
                book.apply(event)
            assert len(book.bids()) == 3


@each_transport
async def test_a_quiet_stream_lives(transport: Transport, autojump_clock: MockClock) -> None:
    async with running_exchange(SYMBOLS) as venue, venue.client() as client:
        book = LocalBook("ETH-USD")
        await client.place("ETH-USD", "buy", "limit", quantity=1, price=100)
        # A command that does nothing to the book: its sequence is not that of any event.
        await client.place("ETH-USD", "buy", "fok", quantity=1, price=1)
        async with client.marketdata(SYMBOLS, transport=transport) as stream:
            for event in await next_of(stream, 8, beats=True):
                book.apply(event)
                assert book.is_live == (book.sequence > 0)
            assert stream.interruptions == 0
    assert trio.current_time() > 20


@pytest.mark.parametrize("second", TRANSPORTS)
@pytest.mark.parametrize("first", TRANSPORTS)
async def test_a_stream_goes_on_over_another_transport(
    first: Transport, second: Transport, autojump_clock: MockClock
) -> None:
    async with running_exchange(SYMBOLS) as venue, venue.client() as client:
        async with client.tape(SYMBOLS, transport=first) as stream:
            assert {type(event) for event in await next_of(stream, 2)} == {TradesSnapshot}
            for symbol in SYMBOLS:
                await sweep(client, symbol)
            assert trade_ids(await next_of(stream, 6)) == [1, 2, 3, 1, 2, 3]
        await sweep(client)
        async with client.tape(SYMBOLS, since=stream.sequences, transport=second) as stream:
            assert trade_ids(await next_of(stream, 3)) == [4, 5, 6]


@each_transport
async def test_sequences_are_what_the_caller_has(
    transport: Transport, autojump_clock: MockClock
) -> None:
    """Whoever leaves in the middle of a command gets all of it again, and nothing is lost."""
    async with running_exchange() as venue, venue.client() as client:
        async with client.tape(["BTC-USD"], transport=transport) as stream:
            assert stream.sequences == {}
            await next_of(stream, 1)
            assert stream.sequences == {"BTC-USD": 0}
            await sweep(client)
            await wait_all_tasks_blocked()
            assert trade_ids(await next_of(stream, 2)) == [1, 2]
            assert stream.sequences == {"BTC-USD": 0}
        async with client.tape(["BTC-USD"], since=stream.sequences, transport=transport) as stream:
            assert trade_ids(await next_of(stream, 3)) == [1, 2, 3]
            assert stream.sequences == {"BTC-USD": 4}
            await wait_all_tasks_blocked()
            venue.disconnect()
            await sweep(client, count=1)
            venue.lag()
            await next_of(stream, 2)
            assert stream.sequences == {}, "it was reset, and the snapshot has not been given"
            await next_of(stream, 1)
            assert stream.sequences == {"BTC-USD": 6}


@each_transport
async def test_symbols_come_and_go(transport: Transport, autojump_clock: MockClock) -> None:
    async with running_exchange(SYMBOLS) as venue, venue.client() as client:
        await sweep(client)
        async with client.tape(["ETH-USD"], transport=transport) as stream:
            await next_of(stream, 1)
            await stream.subscribe(["BTC-USD"], since={"BTC-USD": 0})
            assert list(stream.symbols) == ["ETH-USD", "BTC-USD"]
            assert trade_ids(await next_of(stream, 3)) == [1, 2, 3]
            await sweep(client, "ETH-USD")
            await wait_all_tasks_blocked()
            await stream.unsubscribe(["ETH-USD"])
            assert list(stream.symbols) == ["BTC-USD"]
            assert stream.sequences == {"BTC-USD": 4}
            await sweep(client, "ETH-USD")
            await sweep(client)
            found = await next_of(stream, 3)
            assert {event.symbol for event in found if isinstance(event, TradeEvent)} == {"BTC-USD"}
            assert trade_ids(found) == [4, 5, 6]
            with pytest.raises(ValueError, match="at least one symbol"):
                await stream.unsubscribe(["BTC-USD"])
            await stream.subscribe(["ETH-USD"])
            (snapshot,) = await next_of(stream, 1)
            assert isinstance(snapshot, TradesSnapshot)
            assert snapshot.last_trade_id == 6
            assert stream.interruptions == 0


@each_transport
async def test_symbols_change_while_another_task_reads(
    transport: Transport, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async with running_exchange(SYMBOLS) as venue, venue.client() as client:
        heard: list[Event] = []

        async def read(stream: Stream) -> None:
            async for event in stream:
                heard.append(event)

        async with client.tape(["BTC-USD"], transport=transport) as stream:
            nursery.start_soon(read, stream)
            await wait_all_tasks_blocked()
            with trio.fail_after(1):
                await stream.subscribe(["ETH-USD"])
                with pytest.raises(ApiError, match="unknown_symbol"):
                    await stream.subscribe(["DOGE-USD"])
            assert stream.symbols == ("BTC-USD", "ETH-USD")
            await sweep(client, "ETH-USD")
            await sweep(client)
            await trio.sleep(1)
            assert sorted(trade_ids(heard)) == [1, 1, 2, 2, 3, 3]
            assert stream.interruptions == 0
            nursery.cancel_scope.cancel()


@each_transport
async def test_symbols_change_over_a_break(transport: Transport, autojump_clock: MockClock) -> None:
    async with (
        running_exchange(SYMBOLS) as venue,
        venue.client() as client,
        client.tape(["BTC-USD"], transport=transport) as stream,
    ):
        await next_of(stream, 1)
        venue.disconnect()
        await wait_all_tasks_blocked()
        await stream.subscribe(["ETH-USD"])
        await sweep(client, "ETH-USD")
        events = await next_of(stream, 2)
        assert [event.symbol for event in events if isinstance(event, TradesSnapshot)] == [
            "ETH-USD"
        ]


@each_transport
async def test_an_unknown_symbol_is_refused(
    transport: Transport, autojump_clock: MockClock
) -> None:
    async with running_exchange() as venue, venue.client() as client:
        with pytest.raises(ApiError, match="unknown_symbol"):
            async with client.tape(["DOGE-USD"], transport=transport):
                raise AssertionError("it was accepted")


async def test_another_transport_is_a_mistake() -> None:
    async with Client() as client:
        with pytest.raises(ValueError, match="'carrier pigeon' is no transport"):
            client.tape(["BTC-USD"], transport="carrier pigeon")  # type: ignore[arg-type]


@pytest.mark.parametrize("transport", ["sse", "poll"])
async def test_a_page_is_no_stream(transport: Transport, autojump_clock: MockClock) -> None:
    portal = httpx.MockTransport(lambda request: httpx.Response(200, html="<h1>Welcome</h1>"))
    async with Client(transport=portal) as client:
        with pytest.raises(Unreadable, match="Welcome"):
            async with client.tape(["BTC-USD"], transport=transport) as stream:
                await stream.__anext__()


async def test_more_streams_than_a_pool_of_connections_has(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async with running_exchange() as venue, venue.client() as client:
        streams: list[AbstractAsyncContextManager[Stream]] = []
        for _ in range(120):
            streams.append(client.tape(["BTC-USD"], transport="sse"))
            await streams[-1].__aenter__()
        with trio.fail_after(5):
            assert await client.symbols()
        for stream in reversed(streams):
            await stream.__aexit__(None, None, None)


def test_records_are_held_back_until_one_with_an_id() -> None:
    records = Records()
    assert records.feed(b"retry: 1000\n\ndata: 1\n\nda") == []
    assert records.feed(b"ta: 2\n") == []
    assert records.feed(b"\nid: 5\ndata: 3\n\nid: 6\ndata: 4\n\ndata: 5\n\n") == [
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    assert records.feed(b": a comment\n\nid: 7\ndata: 6\n\n") == [b"5", b"6"]


def test_a_record_without_an_end_is_none() -> None:
    records = Records()
    assert records.feed(b"x" * (4 << 20)) == []
    with pytest.raises(Unreadable, match="more than"):
        records.feed(b"x")
