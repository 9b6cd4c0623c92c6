"""An actor at work for every test that asks for one."""

import pytest
import trio

from builders import instrument
from goquant.actors.symbol import SymbolActor
from goquant.book.market import Market
from running import Running, WallClock


@pytest.fixture
def running(nursery: trio.Nursery) -> Running:
    """An actor that runs. A test that cares for time must ask for a mock clock itself."""
    clock = WallClock()
    actor = SymbolActor(Market.empty(instrument()), clock)
    nursery.start_soon(actor.run)
    return Running(actor, clock)
