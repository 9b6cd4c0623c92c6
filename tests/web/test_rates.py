"""Orders per second: the buckets by themselves, then what a client sees of them."""

from fractions import Fraction

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from api import INSTRUMENTS, Api, Clock, order
from goquant.actors.exchange import Exchange
from goquant.web.app import create_app
from goquant.web.limits import Limits
from goquant.web.rates import Rates


class Seconds:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1e6

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    clock = Seconds()
    rates = Rates(4, 3, clock=clock)
    assert [rates.take("a") for _ in range(3)] == [0, 0, 0]
    assert rates.take("a") == 0.25
    clock.now += 0.125
    assert rates.take("a") == 0.125, "asking in vain costs nothing"
    clock.now += 0.125
    assert [rates.take("a"), rates.take("a")] == [0, 0.25]
    clock.now += 1000
    assert [rates.take("a") for _ in range(4)] == [0, 0, 0, 0.25], "no more than its burst"


def test_buckets_are_independent() -> None:
    rates = Rates(1, 1, clock=Seconds())
    assert [rates.take("a"), rates.take("b"), rates.take("a")] == [0, 0, 1]


@given(
    per_s=st.sampled_from([1, 2, 5, 1000]),
    burst=st.integers(1, 5),
    pauses_ms=st.lists(st.sampled_from([0, 0, 0, 1, 100, 500, 3000]), max_size=50),
)
def test_a_bucket_is_what_one_would_count_by_hand(
    per_s: int, burst: int, pauses_ms: list[int]
) -> None:
    now_ms = 0
    rates = Rates(per_s, burst, clock=lambda: now_ms / 1000)
    tokens = Fraction(burst)
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        tokens = min(Fraction(burst), tokens + Fraction(pause_ms * per_s, 1000))
        wait_s = rates.take("a")
        if tokens >= 1:
            assert wait_s == 0
            tokens -= 1
        else:
            assert wait_s == pytest.approx(float((1 - tokens) / per_s), abs=1e-6)


def test_no_more_buckets_are_remembered_than_agreed_and_the_oldest_go() -> None:
    rates = Rates(1, 1, buckets_max=3, clock=Seconds())
    assert [rates.take(key) for key in "abcd"] == [0, 0, 0, 0]
    assert len(rates) == 3
    assert [rates.take(key) for key in "bcda"] == [1, 1, 1, 0], "a was forgotten, the others not"
    assert rates.take("b") == 0, "and b then made room for a"
    assert len(rates) == 3


@pytest.fixture
async def limited(nursery: trio.Nursery) -> Api:
    """An exchange that takes two orders a second, three at once."""
    clock = Clock()
    exchange = Exchange(INSTRUMENTS, clock=clock)
    await nursery.start(exchange.run)
    api = Api(exchange, clock)
    api.use(create_app(exchange, limits=Limits(orders_per_s_max=2, orders_burst_max=3)))
    return api


async def test_too_many_orders_are_429_and_change_nothing(
    mock_clock: MockClock, limited: Api
) -> None:
    for _ in range(3):
        await limited.placed(account="alice")
    before = limited.hashes()
    reply = await limited.place(account="alice")
    assert (reply.status, reply.code, reply.field) == (429, "too_many_requests", None)
    assert reply.headers["retry-after"] == "1"
    assert reply.message == (
        "account alice may send 3 orders at once and then 2 a second: "
        "wait 1 s; cancels are not counted"
    )
    assert limited.hashes() == before
    mock_clock.jump(0.5)
    await limited.placed(account="alice")
    assert (await limited.place(account="alice")).status == 429


async def test_each_account_has_its_own_limit_and_those_without_one_share_their_addresss(
    mock_clock: MockClock, limited: Api
) -> None:
    for _ in range(3):
        await limited.placed()
    reply = await limited.place()
    assert reply.code == "too_many_requests"
    assert reply.message.startswith("address <local> may send")
    assert (await limited.place(account="<local>")).status == 201
    assert (await limited.place(account="bob")).status == 201


async def test_a_replace_counts_as_an_order_and_a_cancel_never_does(
    mock_clock: MockClock, limited: Api
) -> None:
    first = await limited.placed()
    for price in ("99", "98"):
        assert (await limited.send("PATCH", f"/orders/{first}", {"price": price})).status == 200
    replace = await limited.send("PATCH", f"/orders/{first}", {"price": "97"})
    assert replace.code == "too_many_requests"
    assert (await limited.send("DELETE", f"/orders/{first}")).status == 200
    for _ in range(5):
        assert (await limited.send("DELETE", f"/orders/{first}")).status == 409
        assert (await limited.send("DELETE", "/orders?symbol=BTC-USD")).status == 200
    assert (await limited.send("GET", f"/orders/{first}")).status == 200


async def test_in_a_batch_what_is_too_much_has_its_error_and_the_rest_is_done(
    mock_clock: MockClock, limited: Api
) -> None:
    entries = [order(account="alice") for _ in range(4)]
    entries += [{"op": "cancel", "order_id": "BTC-USD-1"}, order(account="bob")]
    batch = await limited.send("POST", "/orders/batch", {"orders": entries})
    assert batch.status == 200
    told = [result.get("error", {}).get("code") for result in batch.json["results"]]
    assert told == [None, None, None, "too_many_requests", None, None]


async def test_what_is_malformed_is_not_counted(mock_clock: MockClock, limited: Api) -> None:
    for _ in range(5):
        assert (await limited.place(price="x")).status == 400
    await limited.placed()


async def test_without_a_limit_nothing_is_counted(mock_clock: MockClock, api: Api) -> None:
    for _ in range(200):
        await api.placed(symbol="BTC-USD")
