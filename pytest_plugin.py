"""What pytest gets from an installed goquant: the fixture `exchange`.

Nothing of the exchange is imported before a test asks for it. docs/testing.md says how it is used.
"""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Venue


@pytest.fixture
def exchange_symbols() -> Sequence[str]:
    """What is traded in `exchange`. Have a fixture of this name to trade something else."""
    return ("BTC-USD", "ETH-USD")


@pytest.fixture
async def exchange(exchange_symbols: Sequence[str]) -> "AsyncIterator[Venue]":
    """An exchange in memory, for a test that runs under pytest-trio; see `goquant.testing`."""
    from .testing import running_exchange

    async with running_exchange(exchange_symbols) as venue:
        yield venue
