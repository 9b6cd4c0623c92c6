"""The sample and the real file, played from end to end, and the command around it."""

import gzip
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import trio
from click.testing import CliRunner, Result

import goquant
import make_sample
from goquant.actors.exchange import Exchange
from goquant.book.enums import Side
from goquant.listing import DEFAULT_INSTRUMENTS
from goquant.replay.cli import SAMPLE, replay
from goquant.replay.flow import Action, OrderFlow, read_trades
from goquant.replay.http_venue import HttpVenue
from goquant.replay.local_venue import LocalVenue
from goquant.replay.player import Player
from goquant.replay.report import compare
from goquant.replay.tally import Kind
from goquant.replay.venue import Cancel, OrderState, Place, Refused, Replace, Venue, VenueError
from goquant.web.app import create_app
from sockets import serving

SAMPLE_TRADES = Path(goquant.__file__).parent / "samples" / "sample_trades.csv"
REPOSITORY = Path(__file__).resolve().parents[2]
REAL = REPOSITORY.parent / "shared" / "data" / "bitstamp-btcusd-2026-05-02"

MakeVenue = Callable[[], AbstractAsyncContextManager[Venue]]


@asynccontextmanager
async def local() -> AsyncIterator[Venue]:
    exchange = Exchange(DEFAULT_INSTRUMENTS)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        yield LocalVenue(exchange, "BTC-USD")
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def over_http() -> AsyncIterator[Venue]:
    exchange = Exchange(DEFAULT_INSTRUMENTS)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        async with serving(create_app(exchange)) as (host, port):
            url = f"http://{host}:{port}"
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                yield await HttpVenue.connect(client, "BTC-USD")
        nursery.cancel_scope.cancel()


BOTH = pytest.mark.parametrize("make_venue", [local, over_http])


def test_the_sample_is_what_its_generator_makes() -> None:
    texts = make_sample.files()
    assert gzip.decompress(SAMPLE.read_bytes()).decode() == texts["sample_orders.csv"]
    assert SAMPLE_TRADES.read_text() == texts["sample_trades.csv"]


@BOTH
async def test_the_sample_comes_out_exactly(make_venue: MakeVenue) -> None:
    trades = read_trades(SAMPLE_TRADES)
    async with make_venue() as venue:
        player = Player(venue, takers={trade.taker for trade in trades})
        await player.play(OrderFlow(SAMPLE))
        assert player.first_trade_id is not None
        ours = await venue.trades_since(player.first_trade_id)
    tally = player.tally
    assert tally.rows == {Action.CREATED: 1476, Action.DELETED: 1291, Action.CHANGED: 448}
    assert tally.sent == {Kind.ORDER: 1476, Kind.CANCEL: 1188}
    assert tally.done == {Kind.ORDER: 1476, Kind.CANCEL: 843}
    assert tally.refused == {(Kind.CANCEL, "order_final"): 345}
    assert tally.left_out == {
        (Action.CHANGED, "not open here"): 307,
        (Action.CHANGED, "no more left here either"): 141,
        (Action.DELETED, "not open here"): 103,
    }
    assert tally.trades == len(trades) == compare(ours, player.file_ids, trades).exact == 448
    assert sum(batch.commands for batch in tally.batches) == tally.commands


@BOTH
async def test_venues_answer_alike(make_venue: MakeVenue) -> None:
    def order(price: str, quantity: str, *, post_only: bool = False) -> Place:
        return Place(Side.SELL, Decimal(price), Decimal(quantity), post_only)

    async with make_venue() as venue:
        assert venue.tick_size == Decimal("0.01")
        placed = await venue.submit([order("100", "2")])
        assert len(placed) == 1
        assert not isinstance(placed[0], Refused)
        order_id = getattr(placed[0], "order_id", "")
        results = await venue.submit(
            [
                order("100.001", "1"),
                order("100", "0.000000001"),
                Replace(order_id, Decimal(1)),
                Cancel(order_id),
                Cancel(order_id),
            ]
        )
        reasons = [each.reason if isinstance(each, Refused) else None for each in results]
        assert reasons == ["invalid_price", "invalid_quantity", None, None, "order_final"]
        state = await venue.order(order_id)
        assert state == OrderState(is_open=False, filled=Decimal(0), remaining=Decimal(1))
        missing = order_id.replace("1", "999")
        assert not (await venue.order(missing)).is_open


async def test_a_symbol_that_is_not_traded_is_told() -> None:
    with pytest.raises(VenueError, match="unknown symbol 'XYZ'"):
        LocalVenue(Exchange(DEFAULT_INSTRUMENTS), "XYZ")


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (httpx.Response(503, text="halted"), "answered 503: halted"),
        (httpx.Response(200, text="<html>"), "answered as no exchange does"),
        (httpx.Response(200, json={"symbols": []}), "does not trade 'BTC-USD'"),
    ],
)
async def test_what_is_no_exchange_is_told(response: httpx.Response, message: str) -> None:
    transport = httpx.MockTransport(lambda _: response)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        with pytest.raises(VenueError, match=message):
            await HttpVenue.connect(client, "BTC-USD")


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(replay, [str(argument) for argument in arguments])


def test_the_command_plays_the_sample() -> None:
    result = invoke("--takers", SAMPLE_TRADES)
    assert result.exit_code == 0, result.output
    assert "real trades reproduced exactly: 448 of 448" in result.stdout


def test_a_bad_file_ends_the_command(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("id\n")
    result = invoke(bad)
    assert result.exit_code == 1
    assert f"{bad}:1: the columns must be" in result.stderr


def test_a_bad_row_ends_the_command_after_what_came_before(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()[:10]
    bad.write_text("\n".join([*lines, "1,2,3,4,5,6,7"]))
    result = invoke(bad)
    assert result.exit_code == 1
    assert f"{bad}:11: action is '6'" in result.stderr


def test_no_exchange_ends_the_command() -> None:
    # Port 1 is reserved, and nobody listens there.
    result = invoke("--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "GET http://127.0.0.1:1/symbols: " in result.stderr


@pytest.mark.parametrize("url", ["", "nonsense", "http://[", "ftp://localhost", "http://a b"])
def test_a_url_that_is_none_ends_the_command(url: str) -> None:
    result = invoke("--url", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--speed", "0"],
        ["--speed", "nan"],
        ["--speed", "inf"],
        ["--batch", "0"],
        ["--batch", "101"],
        ["no-such-file.csv"],
        ["--takers", "no-such-file.csv"],
    ],
)
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


# The recording is no part of the project. Where it lies beside the checkout it is played; on the
# build machine it has to be there.
if REAL.exists() or os.environ.get("CI"):

    def test_the_real_half_hour() -> None:
        result = invoke(REAL / "orders.csv.gz", "--takers", REAL / "trades.csv")
        assert result.exit_code == 0, result.output
        assert "real trades reproduced exactly: 280 of 284" in result.stdout
