"""The command `goquant replay`."""

import math
from pathlib import Path

import click

from .flow import FlowError, OrderFlow, read_trades
from .venue import VenueError

SAMPLE = Path(__file__).parents[1] / "samples" / "sample_orders.csv.gz"

# What the API takes at a time.
BATCH_MAX = 100


def _speed(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise click.BadParameter(f"{value} is not above 0 and finite.")
    return value


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--url", help="A running exchange; without it one runs in this process, in memory.")
@click.option("--symbol", default="BTC-USD", show_default=True, help="Trade this.")
@click.option(
    "--speed",
    type=float,
    callback=_speed,
    help="Keep to the file's times, at so many times real time; without it there is no waiting.",
)
@click.option(
    "--takers",
    type=_FILE,
    help="A file of the real trades: only the orders that took in them may take here, all others "
    "are post-only. Says how many of the real trades came out exactly.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, BATCH_MAX),
    default=BATCH_MAX,
    show_default=True,
    help="Send no more commands at a time.",
)
def replay(
    file: Path | None,
    url: str | None,
    symbol: str,
    speed: float | None,
    takers: Path | None,
    batch: int,
) -> None:
    """Play recorded order flow into an exchange, and report what came of it.

    FILE has the columns id,timestamp,exchange_timestamp,price,volume,action,direction and may be
    compressed (.gz). Without it a small made-up sample is played.
    """
    # The rest takes a quarter of a second to import, which other commands can do without.
    from .report import show
    from .session import Plan, run

    try:
        real_trades = None if takers is None else read_trades(takers)
        plan = Plan(OrderFlow(file or SAMPLE), symbol, url, speed, batch, real_trades)
        tally, comparison = run(plan)
    except (FlowError, VenueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    show(tally, comparison)
