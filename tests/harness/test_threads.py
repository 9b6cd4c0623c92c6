"""An exchange in a thread, for tests that know nothing of trio and bring a client of their own."""

import threading

import httpx
import pytest

from goquant.testing import BookDiffers, exchange_in_thread

BID = {"symbol": "BTC-USD", "side": "buy", "type": "limit", "quantity": "1", "price": "100"}


def test_a_synchronous_client_trades_and_the_test_looks_into_the_book() -> None:
    with exchange_in_thread() as venue, httpx.Client(base_url=venue.url, trust_env=False) as client:
        assert client.post("/orders", json=BID).status_code == 201
        venue.assert_book("BTC-USD", bids=[(100, 1)])
        with pytest.raises(BookDiffers, match="<-"):
            venue.assert_book("BTC-USD")
        venue.reject_next("busy")
        assert client.post("/orders", json=BID).status_code == 503
        venue.crash("BTC-USD")
        assert client.post("/orders", json=BID | {"price": "99"}).status_code == 201
        venue.disconnect()
        venue.lag()
        venue.restart()
        assert client.get("/orderbook/BTC-USD").json()["bids"][0][0] == "100.00"
        venue.reset()
        venue.assert_book("BTC-USD")


def test_the_thread_ends_with_the_block() -> None:
    before = threading.active_count()
    with exchange_in_thread():
        assert threading.active_count() > before
    # Threads that trio keeps for a while are daemons of its cache, and none of ours.
    assert "exchange" not in [thread.name for thread in threading.enumerate()]


def test_an_exchange_that_cannot_begin_says_why() -> None:
    with pytest.raises(ValueError, match="symbol"), exchange_in_thread(["nonsense"]):
        raise AssertionError("it has begun")
