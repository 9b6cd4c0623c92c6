"""The fixture of the tests of routes."""

import pytest
import trio

from api import INSTRUMENTS, Api, Clock
from goquant.actors.exchange import Exchange


@pytest.fixture
async def api(nursery: trio.Nursery) -> Api:
    """A running exchange and a client of it."""
    clock = Clock()
    exchange = Exchange(INSTRUMENTS, clock=clock)
    await nursery.start(exchange.run)
    return Api(exchange, clock)
