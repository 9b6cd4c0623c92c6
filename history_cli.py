"""The commands `goquant history …`."""

import os
import signal
import sys
from pathlib import Path

import click

from .config import BadConfiguration, load
from .persistence.errors import DataRefused
from .persistence.history_errors import HistoryFailed

# What the shell reports of a process that SIGTERM ended.
EXIT_TERMINATED = 128 + signal.SIGTERM


@click.group()
def history() -> None:
    """All trades, orders and candles ever, kept beside the journal for queries."""


@history.command()
@click.option(
    "--data-dir",
    metavar="DIR",
    help="Directory of the exchange.  [default: as for `goquant serve`]",
)
def rebuild(data_dir: str | None) -> None:
    """Make the history of a stopped exchange anew, from its journal.

    A running exchange does that by itself when the file is missing.
    """
    from .persistence.history_rebuild import rebuild

    folder = _data_dir(data_dir)
    on_terminal = sys.stderr.isatty()

    def report(position: int) -> None:
        if on_terminal:
            click.echo(f"\r{position:,} commands", err=True, nl=False)

    try:
        counts = rebuild(folder, report)
    except (DataRefused, HistoryFailed, OSError) as error:
        raise click.ClickException(str(error)) from error
    if on_terminal:
        click.echo("\r", err=True, nl=False)
    click.echo(
        f"{counts.orders:,} orders, {counts.trades:,} trades and {counts.candles:,} candles "
        f"up to journal sequence {counts.position:,}"
    )


@history.command(hidden=True)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def follow(folder: Path) -> None:
    """Write the history beside a running exchange, which says on standard input how far it is."""
    # By way of an exception a write that is under way is undone, and not left for the next start.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(EXIT_TERMINATED))
    from .persistence.history_follow import follow

    try:
        follow(folder)
    except (DataRefused, HistoryFailed, OSError) as error:
        raise click.ClickException(str(error)) from error


def _data_dir(given: str | None) -> Path:
    try:
        return load({} if given is None else {"data_dir": given}, os.environ).settings.data_dir
    except BadConfiguration as error:
        raise click.UsageError(f"bad configuration\n{error}") from error
