"""`bench market`: whether the simulated traders look like a market, on a virtual clock.

They trade in an exchange of `goquant.testing`, so hours pass in a minute and a seed gives one session.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import fmean, median

import trio
from trio.testing import MockClock

from goquant.client import Client, Level, LocalBook, TradeEvent
from goquant.testing import running_exchange
from goquant.traders import Crowd, run
from goquant.traders.model import BASIS_POINT, FairValue

SYMBOL = "BTC-USD"
HOURS = 2.0
SEED = 1

# The book is looked at once a second, and what is said of returns and volume is said of so many.
BUCKET_S = 5

# Until the first quotes of the maker stand.
OPENING_S = 5

# Depth is what rests so near to the mid price, on one side.
NEAR = 5 * BASIS_POINT

LAGS = range(1, 61)


@dataclass
class Session:
    """What somebody saw who watched the market second by second."""

    mids: list[float] = field(default_factory=list)
    """That of the second before where a side of the book was empty, and so are the others."""
    spreads_bps: list[float] = field(default_factory=list)
    depths: list[tuple[float, float]] = field(default_factory=list)
    """Of bids and of asks, in the quote currency."""
    volumes: list[float] = field(default_factory=list)
    """Of the trades of each second, in the quote currency."""
    trades: int = 0
    empty: int = 0
    """How often a side of the book was empty."""

    def look(self, book: LocalBook) -> None:
        """Note what the book is now."""
        bids, asks = book.bids(), book.asks()
        self.volumes.append(0.0)
        if not (bids and asks):
            self.empty += 1
            self.mids.append(self.mids[-1])
            self.spreads_bps.append(self.spreads_bps[-1])
            self.depths.append(self.depths[-1])
            return
        bid, ask = (float(side[0].price) for side in (bids, asks))
        mid = (bid + ask) / 2
        self.mids.append(mid)
        self.spreads_bps.append((ask - bid) / mid / BASIS_POINT)
        self.depths.append((near(bids, mid), near(asks, mid)))

    def returns(self) -> list[float]:
        """Of the logarithm of the mid price, bucket by bucket."""
        mids = self.mids[::BUCKET_S]
        return [log(after / before) for before, after in pairwise(mids)]

    def volume(self) -> list[float]:
        """Bucket by bucket."""
        whole = len(self.volumes) // BUCKET_S * BUCKET_S
        return [sum(self.volumes[at : at + BUCKET_S]) for at in range(0, whole, BUCKET_S)]


def near(levels: Sequence[Level], mid: float) -> float:
    """What the levels near to the mid price are worth."""
    return sum(
        float(level.price) * float(level.quantity)
        for level in levels
        if abs(float(level.price) / mid - 1) <= NEAR
    )


def watch(seconds: float, seed: int = SEED) -> Session:
    """Let the traders trade for so long, in virtual time."""
    return trio.run(_watch, seconds, seed, clock=MockClock(autojump_threshold=0))


async def _watch(seconds: float, seed: int) -> Session:
    session = Session()
    book = LocalBook(SYMBOL)
    async with (
        running_exchange([SYMBOL]) as venue,
        venue.client() as client,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(run, client, Crowd(seed=seed))
        nursery.start_soon(_follow, client, book)
        await trio.sleep(OPENING_S)
        session.look(book)
        nursery.start_soon(_count, client, session)
        for _ in range(round(seconds)):
            await trio.sleep(1)
            session.look(book)
        nursery.cancel_scope.cancel()
    return session


async def _follow(client: Client, book: LocalBook) -> None:
    async with client.marketdata([SYMBOL]) as events:
        async for event in events:
            book.apply(event)


async def _count(client: Client, session: Session) -> None:
    async with client.tape([SYMBOL]) as events:
        async for event in events:
            if isinstance(event, TradeEvent):
                session.trades += 1
                session.volumes[-1] += float(event.price) * float(event.quantity)


def kurtosis(values: Sequence[float]) -> float:
    """3 for a normal distribution; more means that the extremes are more frequent than there."""
    mean = fmean(values)
    squares = [(value - mean) ** 2 for value in values]
    return fmean(square**2 for square in squares) / fmean(squares) ** 2


def autocorrelation(values: Sequence[float], lag: int) -> float:
    """How much a value says about the one `lag` later: between -1 and 1, near 0 for nothing."""
    mean = fmean(values)
    apart = [value - mean for value in values]
    shifted = sum(a * b for a, b in zip(apart, apart[lag:], strict=False))
    return shifted / sum(value**2 for value in apart)


@contextmanager
def without_jumps() -> Iterator[None]:
    """In a market without news. The same draws are made."""
    sigma, FairValue.JUMP_SIGMA = FairValue.JUMP_SIGMA, 0.0
    try:
        yield
    finally:
        FairValue.JUMP_SIGMA = sigma


Row = tuple[str, str]


def figures(session: Session, calm: Session) -> list[Row]:
    """What the session was like, and what of it is not owed to jumps, which `calm` does without."""
    returns, volume = session.returns(), session.volume()
    sizes = [abs(value) for value in returns]
    spreads = sorted(session.spreads_bps)
    depth = median(side for sides in session.depths for side in sides)
    beyond = sum(size > 4 * fmean(value**2 for value in returns) ** 0.5 for size in sizes)
    return [
        ("trades", f"{session.trades:,}"),
        ("volume", f"{sum(session.volumes):,.0f} USD"),
        ("seconds with an empty side of the book", f"{session.empty}"),
        ("spread, median", f"{median(spreads):.2f} bps"),
        ("spread, 99th percentile", f"{spreads[len(spreads) * 99 // 100]:.2f} bps"),
        ("depth of one side within 5 bps, median", f"{depth:,.0f} USD"),
        ("kurtosis of returns; normal is 3", f"{kurtosis(returns):.1f}"),
        ("the same without the jumps of the fair value", f"{kurtosis(calm.returns()):.1f}"),
        (
            f"returns beyond 4 deviations; normal is {len(returns) * 6.3e-5:.1f}",
            f"{beyond} of {len(returns):,}",
        ),
        ("autocorrelation of returns, lag 1", f"{autocorrelation(returns, 1):+.2f}"),
        ("of their sizes", f"{autocorrelation(sizes, 1):+.2f}"),
        ("of volume", f"{autocorrelation(volume, 1):+.2f}"),
        ("of volume, a minute later", f"{autocorrelation(volume, 60 // BUCKET_S):+.2f}"),
    ]


def bench_market(hours: float = HOURS, seed: int = SEED) -> tuple[Session, list[Row]]:
    """A session and its figures. Takes about a minute for an hour."""
    session = watch(hours * 3600, seed)
    with without_jumps():
        calm = watch(hours * 3600, seed)
    return session, figures(session, calm)


BEGIN, END = "<!-- bench market -->", "<!-- end of bench market -->"


def write_into(page: Path, rows: Sequence[Row]) -> None:
    """Put the figures between the markers of a page. Raises ValueError: it has no markers."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"{page.name} lacks {BEGIN} or {END}")
    table = "\n".join(["| | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")
