"""What becomes of orders when their client leaves, or says nothing for too long. No sockets."""

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from api import INSTRUMENTS, Api, Clock, order
from builders import order as command
from goquant.actors import switches
from goquant.actors.calls import Halted
from goquant.actors.exchange import Exchange
from goquant.web import own_orders
from goquant.web.app import create_app
from goquant.web.limits import Limits
from goquant.web.trading import CANCEL_S
from running import Gate, SlowJournal, run_until
from streaming import Closed
from trading import Trader, open_orders, slow, trader

ALICE = command("buy 100000000 @ 10000 by alice")


async def test_orders_stay_when_their_client_leaves(api: Api) -> None:
    async with trader(api) as client:
        placed = await client.place()
    assert await open_orders(api) == [placed["order_id"]]


async def test_orders_go_with_their_client_if_it_says_so(api: Api) -> None:
    other = await api.placed(account="alice")
    async with trader(api, "account=alice&cancel_on_disconnect=true") as client:
        await client.place()
        await client.ask("batch", orders=[order(symbol="ETH-USD"), order(price="99")])
        assert len(await open_orders(api)) == 4
    await wait_all_tasks_blocked()
    assert await open_orders(api) == [other], "what others have placed for the account stays"


async def test_an_order_that_was_placed_before_and_once_more_here_goes_too(api: Api) -> None:
    body = {"client_order_id": "mine", "account": "bob"}
    await api.placed(**body)
    async with trader(api, "cancel_on_disconnect=true") as client:
        await client.place(**body)
    await wait_all_tasks_blocked()
    assert await open_orders(api) == []


async def goodbye(client: Trader) -> int:
    """The close code, after whatever comes before it."""
    while True:
        try:
            await client.socket.receive()
        except Closed as closed:
            return closed.code


@pytest.mark.parametrize(("code", "closes_with"), [(1006, 1000), (1001, 1001), (1012, 1012)])
async def test_orders_go_before_the_goodbye_also_when_the_server_stops(
    api: Api, code: int, closes_with: int
) -> None:
    async with trader(api, "cancel_on_disconnect=true") as client:
        await client.place()
        await client.socket.leave(code)
        assert await goodbye(client) == closes_with
    assert await open_orders(api) == []


async def test_when_the_server_stops_all_that_was_sent_before_is_answered(
    nursery: trio.Nursery,
) -> None:
    api, gate = await slow(nursery)
    async with trader(api) as client:
        await client.send("place", id=1, **order())
        await wait_all_tasks_blocked()
        await client.send("place", id=2, **order())
        await client.socket.leave(1012)
        await wait_all_tasks_blocked()
        gate.open()
        assert [(await client.answer())["order"]["status"] for _ in range(2)] == ["new", "new"]
        assert await goodbye(client) == 1012


async def test_what_is_under_way_when_the_client_leaves_is_carried_out(
    nursery: trio.Nursery,
) -> None:
    api, gate = await slow(nursery)
    async with trader(api) as client:
        await client.send("place", **order())
        await wait_all_tasks_blocked()
        await client.socket.leave()
        await gate.let_through()
    gate.open()
    assert await open_orders(api) == ["BTC-USD-1"]


async def test_what_is_under_way_when_the_client_leaves_goes_with_it(nursery: trio.Nursery) -> None:
    api, gate = await slow(nursery)
    async with trader(api, "cancel_on_disconnect=true") as client:
        await client.send("place", **order())
        await wait_all_tasks_blocked()
        await client.send("place", **order())
        await client.socket.leave()
        await gate.let_through()
        gate.open()
    assert await open_orders(api) == []
    assert api.exchange.symbol("BTC-USD").sequence == 4


async def test_more_orders_than_an_inbox_holds_go_too(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    mock_clock.autojump_threshold = 0
    exchange = Exchange(INSTRUMENTS, clock=Clock(), inbox_max=10)
    await nursery.start(exchange.run)
    api = Api(exchange, Clock())
    async with trader(api, "cancel_on_disconnect=true&reports=false") as client:
        for _ in range(100):
            await client.place()
    assert await open_orders(api) == []


async def test_a_market_that_never_has_room_is_given_up(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    mock_clock.autojump_threshold = 0
    gate = Gate.within(nursery)
    exchange = Exchange(INSTRUMENTS, clock=Clock(), inbox_max=1)
    exchange.symbol("BTC-USD")._journal = SlowJournal(gate)
    await nursery.start(exchange.run)
    api = Api(exchange, Clock())
    with capture_logs() as logs:
        async with trader(api, "cancel_on_disconnect=true") as client:
            await client.send("place", **order())
    assert [log["event"] for log in logs] == ["orders of a client that has gone may be open"]
    assert trio.current_time() == CANCEL_S


async def test_orders_that_are_open_no_more_are_forgotten(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_orders, "SCAN_MIN", 10)
    scans = []
    forget = own_orders.OwnOrders._forget_closed

    def scan(self: own_orders.OwnOrders, market: object) -> None:
        forget(self, market)  # type: ignore[arg-type]
        scans.append(sum(map(len, self._numbers.values())))

    monkeypatch.setattr(own_orders.OwnOrders, "_forget_closed", scan)
    async with trader(api, "cancel_on_disconnect=true&reports=false") as client:
        for _ in range(30):
            placed = await client.place()
            await client.ask("cancel", order_id=placed["order_id"])
        kept = await client.place()
        assert len(scans) == 3
    assert max(scans) == 1
    assert len(scans) == 4
    assert kept["order_id"] not in await open_orders(api)


async def test_a_switch_cancels_what_the_account_has_in_all_symbols(
    api: Api, mock_clock: MockClock
) -> None:
    other = await api.placed(account="bob")
    await api.placed(account="alice", symbol="ETH-USD")
    async with trader(api, "account=alice&reports=false") as client:
        await client.place()
        answer = await client.ask("cancel_after", seconds=10)
        assert answer == {"account": "alice", "seconds": 10}
        await run_until(mock_clock, 9)
        assert len(await open_orders(api)) == 3
        await client.ask("cancel_after", seconds=10)
        await run_until(mock_clock, 18)
        assert len(await open_orders(api)) == 3
        await run_until(mock_clock, 20)
        assert await open_orders(api) == [other]
        placed = await client.place()
        await run_until(mock_clock, 50)
        assert await open_orders(api, "alice") == [placed["order_id"]], "once and no more"


async def test_a_switch_outlives_its_session_and_another_one_may_renew_it(
    api: Api, mock_clock: MockClock
) -> None:
    async with trader(api, "account=alice&reports=false") as client:
        await client.place()
        await client.ask("cancel_after", seconds=10)
    await run_until(mock_clock, 9)
    async with trader(api, "account=alice&reports=false") as client:
        await client.ask("cancel_after", seconds=10)
    await run_until(mock_clock, 18)
    assert len(await open_orders(api)) == 1
    await run_until(mock_clock, 20)
    assert await open_orders(api) == []


async def test_a_switch_can_be_switched_off(api: Api, mock_clock: MockClock) -> None:
    async with trader(api, "account=alice&reports=false") as client:
        await client.place()
        await client.ask("cancel_after", seconds=0)
        await client.ask("cancel_after", seconds=10)
        await client.ask("cancel_after", seconds=0)
        await run_until(mock_clock, 50)
        assert len(await open_orders(api)) == 1


async def test_a_switch_that_is_renewed_when_it_is_about_to_fire_does_not(
    api: Api, mock_clock: MockClock
) -> None:
    watch = switches.Switches(api.exchange)
    await wait_all_tasks_blocked()
    await api.placed(account="alice")
    watch.set("alice", 10)
    mock_clock.jump(10)
    watch._scopes["alice"].cancel()
    watch.set("alice", 10)
    await run_until(mock_clock, 19)
    assert len(await open_orders(api)) == 1
    await run_until(mock_clock, 21)
    assert await open_orders(api) == []


async def test_a_switch_gets_through_to_a_full_inbox(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    gate = Gate.within(nursery)
    exchange = Exchange(INSTRUMENTS, clock=Clock(), inbox_max=2)
    exchange.symbol("BTC-USD")._journal = SlowJournal(gate)
    await nursery.start(exchange.run)
    api = Api(exchange, Clock())
    watch = switches.Switches(exchange)
    await wait_all_tasks_blocked()
    watch.set("alice", 10)
    waiting = [exchange.post("BTC-USD", ALICE) for _ in range(1)]
    await wait_all_tasks_blocked()
    waiting += [exchange.post("BTC-USD", ALICE) for _ in range(2)]
    await run_until(mock_clock, 10)
    await run_until(mock_clock, 11)
    gate.open()
    await waiting[-1].wait()
    await run_until(mock_clock, 12)
    assert await open_orders(api) == []
    assert exchange.symbol("BTC-USD").sequence == 4


async def test_a_switch_passes_over_a_symbol_that_takes_nothing(
    api: Api, mock_clock: MockClock
) -> None:
    async with trader(api, "account=alice&reports=false") as client:
        await client.place()
        await client.place(symbol="ETH-USD")
        await client.ask("cancel_after", seconds=10)
        api.exchange.symbol("BTC-USD").mailbox.refuse(Halted("a test"))
        with capture_logs() as logs:
            await run_until(mock_clock, 10)
    assert [log["event"] for log in logs] == ["dead man's switch", "orders not canceled"]
    assert await open_orders(api) == ["BTC-USD-1"]


async def test_so_many_accounts_may_have_a_switch(api: Api) -> None:
    watch = switches.Switches(api.exchange, switches_max=2)
    await wait_all_tasks_blocked()
    watch.set("a", 1)
    watch.set("b", 1)
    watch.set("a", 2)
    with pytest.raises(switches.TooManySwitches):
        watch.set("c", 1)
    watch.set("b", 0)
    watch.set("c", 1)


async def test_one_switch_too_many_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise switches.TooManySwitches

    monkeypatch.setattr(switches.Switches, "set", full)
    async with trader(api, "account=alice&reports=false") as client:
        assert await client.refused("cancel_after", seconds=1) == ("too_many_switches", None)


async def test_whoever_does_not_read_is_not_listened_to(nursery: trio.Nursery) -> None:
    api, gate = await slow(nursery)
    api.use(create_app(api.exchange, limits=Limits(orders_in_flight_max=5)))
    async with trader(api, "reports=false") as client:
        for number in range(20):
            await client.send("place", id=number, **order())
        await wait_all_tasks_blocked()
        symbol = api.exchange.symbol("BTC-USD")
        assert len(symbol._batch) + symbol.inbox_depth == 5
        gate.open()
        assert [(await client.answer())["id"] for _ in range(20)] == list(range(20))


async def test_too_many_messages_are_refused(api: Api, mock_clock: MockClock) -> None:
    api.use(create_app(api.exchange, limits=Limits(order_messages_per_s_max=3)))
    async with trader(api) as client:
        for number in range(4):
            await client.send("cancel", id=number, order_id="BTC-USD-9")
        answers = [(await client.answer())["error"]["code"] for _ in range(4)]
    assert answers.count("order_not_found") == 3
    assert answers.count("too_many_messages") == 1
