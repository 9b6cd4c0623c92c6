"""The exchange of a test: whole, by the test's clock, and broken where the test wants it."""

import httpx
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.client import (
    ApiError,
    BookSnapshot,
    Heartbeat,
    Interrupted,
    LocalBook,
    Patience,
    Reset,
)
from goquant.testing import BookDiffers, Venue, instrument, running_exchange

PATIENT = Patience(tries_max=20)
IMPATIENT = Patience(tries_max=1)


async def test_an_order_over_memory_is_in_the_book(autojump_clock: MockClock) -> None:
    async with running_exchange(["BTC-USD"]) as venue, venue.client(account="ann") as ann:
        order = await ann.place("BTC-USD", "buy", "limit", quantity="1.5", price=100)
        assert order.account == "ann"
        venue.assert_book("BTC-USD", bids=[("100.00", "1.5")])


async def test_a_book_that_is_another_one_is_drawn_beside_it(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        await client.place("BTC-USD", "sell", "limit", quantity=2, price=101)
        with pytest.raises(BookDiffers) as caught:
            venue.assert_book("BTC-USD", bids=[(100, 3)], asks=[(101, 2), (102, 1)])
    assert str(caught.value).splitlines() == [
        "the book of BTC-USD is another one",
        "price   expected   found",
        "  102          1       -  <-",
        "  101          2       2",
        "   --",
        "  100          3       1  <-",
    ]


async def test_an_hour_passes_at_once_and_orders_expire_in_it(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        order = await client.place(
            "BTC-USD",
            "buy",
            "limit",
            quantity=1,
            price=100,
            time_in_force="gtd",
            expires_at="2026-05-02T11:00:00Z",
        )
        await trio.sleep(3590)
        venue.assert_book("BTC-USD", bids=[(100, 1)])
        await trio.sleep(15)
        venue.assert_book("BTC-USD")
        assert (await client.order(order.order_id)).status == "expired"


async def test_heartbeats_come_by_the_clock_of_the_test(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        venue.client() as client,
        client.marketdata(["BTC-USD"]) as events,
    ):
        assert isinstance(await anext(events), BookSnapshot)
        assert isinstance(await anext(events), Heartbeat)
    assert 9 < trio.current_time() < 12


async def test_a_crash_loses_nothing_and_holds_up_for_a_moment(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        await venue.crash("BTC-USD")
        with pytest.raises(BookDiffers, match="cannot be seen now"):
            venue.assert_book("BTC-USD", bids=[(100, 1)])
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=99)
        venue.assert_book("BTC-USD", bids=[(100, 1), (99, 1)])


async def test_the_next_order_is_refused_and_the_one_after_it_is_not(
    autojump_clock: MockClock,
) -> None:
    async with running_exchange() as venue, venue.client(patience=IMPATIENT) as client:
        venue.reject_next("quantity_too_small", "one is nothing")
        with pytest.raises(ApiError, match="one is nothing") as caught:
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        assert (caught.value.status, caught.value.code) == (422, "quantity_too_small")
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        with pytest.raises(ValueError, match="'dull' is no error of the API"):
            venue.reject_next("dull")


async def test_an_exchange_that_is_busy_is_asked_again(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client(patience=PATIENT) as client:
        venue.reject_next("busy")
        venue.reject_next("busy")
        await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        venue.assert_book("BTC-USD", bids=[(100, 1)])
        # It says in its answers how long to wait.
        assert trio.current_time() >= 2


@pytest.mark.parametrize("fault", ["disconnect", "lag", "restart", "reset"])
@pytest.mark.parametrize("port", [None, 0])
async def test_a_stream_is_mended_after(
    fault: str, port: int | None, autojump_clock: MockClock
) -> None:
    async with running_exchange(port=port) as venue, venue.client() as client:
        book, seen = LocalBook("BTC-USD"), []
        async with client.marketdata(["BTC-USD"]) as events:

            async def read_until_bid(price: int | None) -> None:
                with trio.fail_after(60):
                    async for event in events:
                        seen.append(type(event))
                        book.apply(event)
                        if book.is_live and (
                            price is None or price in [b.price for b in book.bids()]
                        ):
                            return

            await read_until_bid(None)
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
            await read_until_bid(100)
            await inject(venue, fault)
            await client.place("BTC-USD", "buy", "limit", quantity=1, price=99)
            await read_until_bid(99)
        survivors = [99] if fault == "reset" else [100, 99]
        assert [level.price for level in book.bids()] == survivors
        venue.assert_book("BTC-USD", bids=[(price, 1) for price in survivors])
        assert (Interrupted in seen) == (fault != "lag")
        assert (Reset in seen) == (fault in ("lag", "reset"))


async def inject(venue: Venue, fault: str) -> None:
    """Let something go wrong."""
    if fault == "disconnect":
        venue.disconnect()
    elif fault == "lag":
        venue.lag("BTC-USD")
    elif fault == "restart":
        await venue.restart()
    else:
        await venue.reset()


async def test_any_client_of_httpx_gets_there(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        httpx.AsyncClient(base_url=venue.url, transport=venue.transport()) as client,
    ):
        assert (await client.get("/readyz")).json()["status"] == "ready"


async def test_symbols_have_rules_of_their_own(autojump_clock: MockClock) -> None:
    ether = instrument("ETH-USD", tick_size="0.5", lot_size="1")
    async with running_exchange([ether, "BTC-USD"]) as venue, venue.client() as client:
        rules = {each.symbol: each for each in await client.symbols()}
        assert str(rules["ETH-USD"].tick_size) == "0.5"
        assert str(rules["BTC-USD"].tick_size) == "0.01"
    with pytest.raises(ValueError, match="tick_size"):
        instrument("BTC-USD", tick_size="0")


async def fail(venue: Venue) -> None:
    """Raise while streams and sessions are open."""
    async with venue.client() as client, client.marketdata(["BTC-USD"]), client.trading():
        raise ZeroDivisionError


async def test_what_a_test_raises_leaves_as_it_is(autojump_clock: MockClock) -> None:
    with pytest.raises(ZeroDivisionError):
        async with running_exchange() as venue:
            await fail(venue)


async def test_a_clock_that_only_the_test_moves(mock_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        await client.place(
            "BTC-USD",
            "buy",
            "limit",
            quantity=1,
            price=100,
            time_in_force="gtd",
            expires_at="2026-05-02T11:00:00Z",
        )
        mock_clock.jump(3599)
        await wait_all_tasks_blocked()
        venue.assert_book("BTC-USD", bids=[(100, 1)])
        mock_clock.jump(2)
        await wait_all_tasks_blocked()
        venue.assert_book("BTC-USD")


async def test_a_clock_of_another_kind_stamps_the_orders(autojump_clock: MockClock) -> None:
    async with running_exchange(clock=lambda: 0) as venue, venue.client() as client:
        order = await client.place("BTC-USD", "buy", "limit", quantity=1, price=100)
    assert order.created_at == "1970-01-01T00:00:00.000000000Z"
