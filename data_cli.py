"""`goquant verify` and `goquant recover`: look into a data folder, and give up a part of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .persistence import repair
from .persistence.disk import RealDisk
from .persistence.errors import DataRefused
from .persistence.folder import at_rest, locked
from .persistence.history_folder import turn
from .persistence.history_verify import HistoryReport, verify_history

# The data is not what was written, or is of another version, or in use. `serve` ends so as well.
EXIT_DATA = 3

_folder = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


class Unusable(click.ClickException):
    """The data folder cannot be used as it is."""

    exit_code = EXIT_DATA


@click.command()
@_folder
def verify(folder: Path) -> None:
    """Replay the journal in DIR from its first record, and compare every snapshot and the history
    with that.

    Changes nothing. Exit status 3 if something is damaged, or a process has DIR.
    """
    with _problems_told(), at_rest(folder):
        disk = RealDisk(folder)
        report = repair.verify(disk)
        history = HistoryReport() if report.problems else verify_history(disk)
    click.echo(f"journal records replayed: {report.records}")
    for symbol in report.symbols:
        click.echo(f"{symbol.symbol}: sequence {symbol.sequence}, state hash {symbol.state_hash}")
        agree = ", ".join(map(str, symbol.snapshots)) or "none"
        click.echo(f"  snapshots that agree, by journal sequence: {agree}")
    if report.covered:
        first, last = report.covered[0], report.covered[-1]
        click.echo(f"no snapshot needs these, they may be archived: {first} to {last}")
    if history.compared:
        click.echo(f"orders, trades and candles of the history compared: {history.compared}")
    for note in [*report.notes, *history.notes]:
        click.echo(f"note: {note}")
    problems = [*report.problems, *history.problems]
    for problem in problems:
        click.echo(f"PROBLEM: {problem}")
    click.echo("damaged" if problems else "ok")
    sys.exit(EXIT_DATA if problems else 0)


@click.command()
@_folder
@click.option("--accept-loss", is_flag=True, help="Do it: cut off what cannot be read.")
def recover(folder: Path, accept_loss: bool) -> None:
    """Make DIR usable again when a start refuses it, at the price of what came after the damage.

    Without --accept-loss it only tells what would be lost. All that is cut off is kept in the
    folder `quarantine`, the history included: that is written anew from what is left.
    """
    alone = _alone if accept_loss else at_rest
    with _problems_told(), alone(folder):
        disk = RealDisk(folder)
        reader, damage = repair.find_damage(disk)
        if damage is None:
            click.echo("nothing is damaged that a start needs: there is nothing to give up")
            return
        if not accept_loss:
            raise Unusable(str(damage))
        loss = repair.accept_loss(disk, reader, damage)
    click.echo(f"given up: {damage.problem} ({damage.path}, byte {damage.offset})")
    click.echo(f"the journal now ends with journal sequence {loss.position}")
    for path in loss.kept:
        click.echo(f"kept: {path}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else has the folder, and nobody writes its history."""
    with locked(folder), turn(folder):
        yield


@contextmanager
def _problems_told() -> Iterator[None]:
    """Problems of the folder as messages, not as tracebacks."""
    try:
        yield
    except DataRefused as refused:
        raise Unusable(str(refused)) from refused
    except OSError as error:
        raise Unusable(f"{error.filename or 'the folder'}: {error.strerror}") from error
