"""The examples, run in an exchange of a test's, over connections that break."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
import trio
from trio.testing import MockClock

from goquant.testing import running_exchange
from modules import module_at

EXAMPLES = Path(__file__).parents[2] / "examples"

LINES_MAX = 60


def example(name: str) -> ModuleType:
    """The module of an example."""
    return module_at(EXAMPLES / f"{name}.py")


@asynccontextmanager
async def beside(work: Callable[..., Awaitable[None]], *args: object) -> AsyncIterator[None]:
    """Something runs beside the block, which begins when it had the time to begin."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, *args)
        await trio.sleep(1)
        yield
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


def test_each_is_short() -> None:
    files = sorted(EXAMPLES.glob("*.py"))
    assert [file.stem for file in files] == ["book_watcher", "market_maker", "tape"]
    assert [file.name for file in files if len(file.read_text().splitlines()) >= LINES_MAX] == []


async def test_the_tape_prints_each_trade_once(
    autojump_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_exchange() as venue, venue.client() as client:
        await client.place("BTC-USD", "sell", "limit", quantity=10, price=100)
        await client.place("BTC-USD", "buy", "market", quantity=1)
        async with beside(example("tape").tape, client, ["BTC-USD"]):
            await client.place("BTC-USD", "buy", "market", quantity=2)
            await trio.sleep(1)
            venue.disconnect()
            await client.place("BTC-USD", "buy", "market", quantity=3)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[3] for line in lines if "BTC-USD buy" in line] == [
        "1.00000000",
        "2.00000000",
        "3.00000000",
    ]
    assert any("interrupted" in line for line in lines)


async def test_the_watcher_prints_the_top_and_when_it_is_not_known(
    autojump_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        running_exchange() as venue,
        venue.client() as client,
        beside(example("book_watcher").watch, client, "BTC-USD"),
    ):
        await client.place("BTC-USD", "sell", "limit", quantity=1, price=101)
        await client.place("BTC-USD", "sell", "limit", quantity=1, price=102)
        await trio.sleep(1)
        venue.disconnect()
    assert capsys.readouterr().out.splitlines() == [
        "BTC-USD nothing | nothing",
        "BTC-USD nothing | 1.00000000 @ 101.00",
        "BTC-USD ? the connection is being mended",
        "BTC-USD nothing | 1.00000000 @ 101.00",
    ]


async def test_the_maker_quotes_anew_after_trades_and_breaks_and_leaves_nothing_behind(
    autojump_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = (Decimal(100), Decimal(2), Decimal(1))
    async with running_exchange() as venue, venue.client() as client:
        async with beside(example("market_maker").make, client, "BTC-USD", *numbers):
            venue.assert_book("BTC-USD", bids=[(99, 1)], asks=[(101, 1)])
            await client.place("BTC-USD", "buy", "market", quantity=1)
            await trio.sleep(1)
            venue.assert_book("BTC-USD", bids=[(100, 1)], asks=[(102, 1)])
            venue.disconnect()
            await trio.sleep(5)
            venue.assert_book("BTC-USD", bids=[(100, 1)], asks=[(102, 1)])
        await trio.sleep(1)
        venue.assert_book("BTC-USD")
    assert "the connection broke" in capsys.readouterr().out
