"""An exchange inside of a test: the real one, whole, with a disk in memory and a clock of trio's.

    async with running_exchange(symbols=["BTC-USD"]) as venue:
        async with venue.client(account="ann") as exchange:
            await exchange.place("BTC-USD", "buy", "limit", quantity=1, price=100)
        venue.assert_book("BTC-USD", bids=[("100", "1")], asks=[])

All of it goes by trio's time, so under a MockClock an hour passes at once: orders expire, heartbeats
come, snapshots are taken. docs/testing.md tells more.
"""

from .books import BookDiffers
from .threads import ThreadVenue, exchange_in_thread
from .venue import Venue, instrument, running_exchange

__all__ = [
    "BookDiffers",
    "ThreadVenue",
    "Venue",
    "exchange_in_thread",
    "instrument",
    "running_exchange",
]
