"""A trading session with a real exchange, whose connection breaks."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from goquant.client import (
    Accepted,
    ApiError,
    Canceled,
    Client,
    Disconnected,
    Interrupted,
    Order,
    OrdersSnapshot,
    OutcomeUnknown,
    Place,
    Replace,
    Replaced,
    Report,
    Reset,
    Session,
    Traded,
)
from goquant.testing import running_exchange

BID = Place(symbol="BTC-USD", side="buy", type="limit", quantity=1, price=100)
ASK = Place(symbol="BTC-USD", side="sell", type="limit", quantity=1, price=100)


async def next_of(session: Session, count: int) -> list[Report | Interrupted]:
    """The next events but for heartbeats."""
    found: list[Report | Interrupted] = []
    with trio.fail_after(60):
        async for event in session:
            if getattr(event, "sequence", None) is not None or isinstance(event, Interrupted):
                found.append(event)
            if len(found) == count:
                break
    return found


async def test_orders_are_answered_and_reported(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        venue.client(account="ann") as client,
        client.trading() as session,
    ):
        bid = await session.ask(BID)
        assert await session.ask(Replace(order_id=bid.order_id, price=99)) != bid
        await client.place("BTC-USD", "sell", "limit", quantity="0.5", price=99, account="bob")
        assert (await session.cancel(bid.order_id)).status == "canceled"
        events = await next_of(session, 5)
    kinds = [type(event) for event in events]
    assert kinds == [OrdersSnapshot, Accepted, Replaced, Traded, Canceled]


async def test_many_orders_are_on_their_way_at_once(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        venue.client(account="ann") as client,
        client.trading(reports=False) as session,
    ):
        pending = [await session.send(BID) for _ in range(100)]
        orders = [await each.order() for each in pending]
    assert [order.order_id for order in orders] == [f"BTC-USD-{n}" for n in range(1, 101)]


async def test_a_batch_has_a_result_for_each_entry(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client(account="ann") as client:
        async with client.trading() as session:
            good, bad = await session.batch([BID, Replace(order_id="BTC-USD-9", price=1)])
            assert isinstance(good, Order)
            assert isinstance(bad, ApiError)
            assert bad.code == "order_not_found"
            with pytest.raises(ApiError, match="order_not_found"):
                await session.cancel("BTC-USD-9")
            assert [order.order_id for order in await session.cancel_all()] == [good.order_id]
        venue.assert_book("BTC-USD")


async def test_a_session_that_is_refused_says_why(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        with pytest.raises(ApiError, match="unknown_symbol"):
            async with client.trading(symbols=["DOGE-USD"]):
                raise AssertionError("it was accepted")


async def test_reports_go_on_where_the_connection_broke(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        venue.client(account="ann") as client,
        client.trading() as session,
    ):
        await session.ask(BID)
        await next_of(session, 2)
        venue.disconnect()
        await wait_all_tasks_blocked()
        await client.place("BTC-USD", "sell", "limit", quantity=1, price=100, account="bob")
        broken, traded = await next_of(session, 2)
        assert isinstance(broken, Interrupted)
        assert isinstance(traded, Traded)
        assert traded.order.status == "filled"


async def test_a_reset_exchange_resets_the_reports(autojump_clock: MockClock) -> None:
    async with (
        running_exchange() as venue,
        venue.client(account="ann") as client,
        client.trading() as session,
    ):
        await session.ask(BID)
        await next_of(session, 2)
        await venue.reset()
        broken, reset, snapshot = await next_of(session, 3)
        assert isinstance(broken, Interrupted)
        assert isinstance(reset, Reset)
        assert isinstance(snapshot, OrdersSnapshot)
        assert snapshot.orders == []


async def test_what_was_on_its_way_is_unknown_and_may_be_asked_again(
    autojump_clock: MockClock,
) -> None:
    mine = Place(
        symbol="BTC-USD", side="buy", type="limit", quantity=1, price=100, client_order_id="mine"
    )
    async with (
        running_exchange() as venue,
        venue.client(account="ann") as client,
        client.trading() as session,
    ):
        pending = await session.send(mine)
        venue.disconnect()
        with pytest.raises(OutcomeUnknown):
            await pending.order()
        with pytest.raises(Disconnected):
            await session.ask(mine)
        await session.connected()
        assert (await session.ask(mine)).order_id == "BTC-USD-1"
        venue.assert_book("BTC-USD", bids=[(100, 1)])


async def test_orders_go_with_their_connection(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client(account="ann") as client:
        async with client.trading(cancel_on_disconnect=True) as session:
            await session.ask(BID)
            venue.assert_book("BTC-USD", bids=[(100, 1)])
        await trio.sleep(1)
        venue.assert_book("BTC-USD")


async def test_the_switch_is_renewed_as_long_as_the_session_lives(
    autojump_clock: MockClock,
) -> None:
    async with running_exchange() as venue, venue.client(account="ann") as client:
        async with client.trading(reports=False, cancel_after_s=30) as session:
            await session.ask(BID)
            await trio.sleep(300)
            venue.assert_book("BTC-USD", bids=[(100, 1)])
        await trio.sleep(31)
        venue.assert_book("BTC-USD")


async def test_what_a_block_raises_leaves_as_it_is(autojump_clock: MockClock) -> None:
    async with running_exchange() as venue, venue.client() as client:
        with pytest.raises(ZeroDivisionError):
            async with client.trading():
                raise ZeroDivisionError
    assert trio.current_time() == 0


async def test_a_session_that_may_not_come_back_ends_with_the_reason(
    autojump_clock: MockClock,
) -> None:
    async with running_exchange(["BTC-USD"]) as first, running_exchange(["ETH-USD"]) as second:
        venues = [first, second]

        async def dial() -> trio.SocketStream:
            return await venues.pop(0).dial()

        async with (
            Client(first.url, transport=first.transport(), dial=dial) as client,
            client.trading(account="ann", symbols=["BTC-USD"]) as session,
        ):
            assert [type(event) for event in await next_of(session, 1)] == [OrdersSnapshot]
            first.disconnect()
            assert [type(event) for event in await next_of(session, 1)] == [Interrupted]
            with pytest.raises(ApiError, match="unknown_symbol"):
                await next_of(session, 1)
            with pytest.raises(ApiError, match="unknown_symbol"):
                await session.ask(BID)
            await session.connected()
            assert not session.is_connected
