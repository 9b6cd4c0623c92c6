"""The fixtures of the tests of routes."""

from pathlib import Path

import pytest
import trio

from api import INSTRUMENTS, Api, Clock
from goquant.actors.exchange import Exchange
from past import Past, past_in


@pytest.fixture
async def api(nursery: trio.Nursery) -> Api:
    """A running exchange and a client of it."""
    clock = Clock()
    exchange = Exchange(INSTRUMENTS, clock=clock)
    await nursery.start(exchange.run)
    return Api(exchange, clock)


@pytest.fixture
async def past(nursery: trio.Nursery, tmp_path: Path) -> Past:
    """An exchange that forgets soon, with a history beside it."""
    return await past_in(tmp_path, nursery)
