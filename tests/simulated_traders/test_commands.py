"""`goquant demo` and `goquant bots` as processes: what they say, that the market moves, how they end."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from goquant import serving
from goquant.client import Client, LocalBook, TradeEvent
from goquant.testing import exchange_in_thread
from processes import GOQUANT, PATIENCE_S, environment


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed at the end, if it is still there."""
    command = [*GOQUANT, *arguments]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environment()
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


async def trades(url: str) -> None:
    """Wait for some."""
    with trio.fail_after(PATIENCE_S):
        async with Client(url) as client, client.tape(["BTC-USD"]) as events:
            seen = 0
            while seen < 3:
                seen += isinstance(await anext(events), TradeEvent)


async def silence(url: str) -> None:
    """Wait until the book is empty."""
    book = LocalBook("BTC-USD")
    with trio.fail_after(PATIENCE_S):
        async with Client(url) as client, client.marketdata(["BTC-USD"]) as events:
            while not book.is_live or book.best_bid or book.best_ask:
                book.apply(await anext(events))


def test_the_demo_says_where_it_is_moves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running("demo", "--port=0", "--seed=9", "--rate=20", folder=tmp_path) as process:
        ready, screen, docs, data, seed = (line_of(process) for _ in range(5))
        url = ready.removeprefix("ready ")
        assert (screen, docs, seed) == (f"screen {url}/", f"docs {url}/docs", "seed 9")
        folder = Path(data.removeprefix("data "))
        assert (folder / "journal").is_dir()
        trio.run(trades, url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert not folder.exists()
    assert '"level": "error"' not in (tmp_path / "log").read_text()


def test_a_data_folder_that_was_named_stays(tmp_path: Path) -> None:
    with running("demo", "--port=0", "--data-dir=kept", folder=tmp_path) as process:
        assert [line_of(process) for _ in range(4)][3] == "data kept"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert (tmp_path / "kept" / "journal").is_dir()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_bots_trade_on_a_running_exchange_and_take_their_orders_along(
    tmp_path: Path, number: signal.Signals
) -> None:
    with exchange_in_thread(["BTC-USD"]) as venue:
        with running("bots", "--url", venue.url, "--rate=20", folder=tmp_path) as process:
            assert [line_of(process), line_of(process)] == [f"trading at {venue.url}", "seed 1"]
            trio.run(trades, venue.url)
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == 0
        trio.run(silence, venue.url)
    assert "Traceback" not in (tmp_path / "log").read_text()


async def test_what_fails_beside_the_exchange_is_told_and_no_more() -> None:
    async def fail(url: str) -> None:
        await trio.lowlevel.checkpoint()
        raise RuntimeError(url)

    await serving.run_beside(fail, "http://exchange.test")
