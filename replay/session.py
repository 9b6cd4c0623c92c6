"""One replay from beginning to end: the exchange, the player, the progress bar, the comparison."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import trio
from attrs import frozen
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ..actors.exchange import Exchange
from ..actors.groups import leaf
from ..listing import DEFAULT_INSTRUMENTS
from .flow import OrderFlow, RealTrade, Row
from .http_venue import TIMEOUT_S, HttpVenue
from .local_venue import LocalVenue
from .player import Player
from .report import Comparison, compare
from .tally import Tally
from .venue import Venue, VenueError

# The progress bar is drawn by the task that plays, between two rows: a thread of its own would
# hold the interpreter while a batch waits for its answer, and be measured with it.
PROGRESS_INTERVAL_S = 0.1


@frozen
class Plan:
    """What is to be replayed, and how."""

    flow: OrderFlow
    symbol: str
    url: str | None
    speed: float | None
    batch_max: int
    real_trades: list[RealTrade] | None


def run(plan: Plan) -> tuple[Tally, Comparison | None]:
    """Replay, from outside of trio.

    Raises:
        FlowError: the file is not as it should be; what came before has been played.
        VenueError: the exchange cannot be used.
    """
    try:
        return trio.run(_replay_at if plan.url is not None else _replay_here, plan)
    except BaseExceptionGroup as group:
        # Nurseries wrap what ends them, and here it is always one thing.
        raise leaf(group) from None


async def _replay_here(plan: Plan) -> tuple[Tally, Comparison | None]:
    exchange = Exchange(DEFAULT_INSTRUMENTS)
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        outcome = await _replay(plan, LocalVenue(exchange, plan.symbol))
        nursery.cancel_scope.cancel()
    return outcome


async def _replay_at(plan: Plan) -> tuple[Tally, Comparison | None]:
    assert plan.url is not None, "without a URL there is nobody to connect to"
    # The proxies of the environment are for the world outside, not for an exchange next door.
    try:
        client = httpx.AsyncClient(base_url=plan.url, timeout=TIMEOUT_S, trust_env=False)
    except httpx.InvalidURL as error:
        raise VenueError(f"{plan.url}: {error}") from error
    async with client:
        return await _replay(plan, await HttpVenue.connect(client, plan.symbol))


async def _replay(plan: Plan, venue: Venue) -> tuple[Tally, Comparison | None]:
    real = plan.real_trades
    takers = None if real is None else frozenset(trade.taker for trade in real)
    player = Player(venue, takers=takers, speed=plan.speed, batch_max=plan.batch_max)
    with _progress(plan.flow, player.tally) as rows:
        await player.play(rows)
    if real is None:
        return player.tally, None
    first = player.first_trade_id
    trades = [] if first is None else await venue.trades_since(first)
    return player.tally, compare(trades, player.file_ids, real)


@contextmanager
def _progress(flow: OrderFlow, tally: Tally) -> Iterator[Iterator[Row]]:
    """The rows of a flow, with a bar on standard error that moves as they are read."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[commands]:,} commands, {task.fields[trades]:,} trades"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )

    def rows() -> Iterator[Row]:
        due = trio.current_time()
        for row in flow:
            if trio.current_time() >= due:
                due = trio.current_time() + PROGRESS_INTERVAL_S
                bar.update(
                    task,
                    completed=flow.bytes_read,
                    commands=tally.commands,
                    trades=tally.trades,
                    refresh=True,
                )
            yield row

    with bar:
        task = bar.add_task(flow.path.name, total=flow.bytes_total, commands=0, trades=0)
        yield rows()
