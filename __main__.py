"""The commands: `goquant serve`, `goquant config`, and what else there is."""

import math
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click
from attrs import evolve

from . import __version__, logs
from .config import (
    CONFIG,
    FILE,
    RULES,
    BadConfiguration,
    Configuration,
    Settings,
    flag_of,
    help_of,
    load,
    variable_of,
)

# A process that SIGINT ends is reported by the shell as this.
EXIT_INTERRUPTED = 128 + signal.SIGINT


class Refused(click.ClickException):
    """The configuration is bad: exit code 2, like other mistakes on the command line."""

    exit_code = 2

    def __init__(self, error: BadConfiguration) -> None:
        super().__init__(f"bad configuration\n{error}")


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for every setting. Their rules are checked later, all at once."""
    for name in reversed(RULES):
        default = getattr(Settings(), name)
        help = f"{help_of(name)}  [default: {default}; {variable_of(name)}]"
        command = click.option(flag_of(name), name, metavar="VALUE", help=help)(command)
    help = f"Read this TOML file.  [default: {FILE}, if it exists; {variable_of(CONFIG)}]"
    return click.option(flag_of(CONFIG), CONFIG, metavar="FILE", help=help)(command)


def _load(flags: dict[str, str | None]) -> Configuration:
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return load(given, os.environ)
    except BadConfiguration as error:
        raise Refused(error) from error


def _rate(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise click.BadParameter(f"{value} is not above 0 and finite.")
    return value


def _crowd(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags that say who trades, and how."""
    for option in (
        click.option(
            "--large/--no-large", default=True, help="Whether a large one comes at times."
        ),
        click.option(
            "--momentum",
            type=click.IntRange(0, 100),
            default=2,
            show_default=True,
            help="Traders of each symbol who follow its price.",
        ),
        click.option(
            "--noise",
            type=click.IntRange(0, 100),
            default=3,
            show_default=True,
            help="Traders of each symbol who come at random.",
        ),
        click.option(
            "--rate",
            type=float,
            callback=_rate,
            default=1.0,
            show_default=True,
            help="Let all of them live so many times as fast.",
        ),
        click.option(
            "--seed",
            type=int,
            default=1,
            show_default=True,
            help="What all that is random is drawn from.",
        ),
    ):
        command = option(command)
    return command


class Commands(click.Group):
    """The commands. Some come when they are asked for: they bring much along to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "history", "recover", "replay", "verify"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "replay":
            from .replay.cli import replay

            return replay
        if cmd_name in ("recover", "verify"):
            from . import data_cli

            return data_cli.recover if cmd_name == "recover" else data_cli.verify
        if cmd_name == "history":
            from .history_cli import history

            return history
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="goquant", message="%(prog)s %(version)s")
def cli() -> None:
    """GoQuant is an exchange in a box."""


@cli.command()
@_settings
def serve(**flags: str | None) -> None:
    """Run the exchange until SIGTERM or SIGINT.

    Once clients can connect, `ready http://HOST:PORT` is printed, and nothing else is; the log
    goes to standard error. Flags beat variables, those beat the file, that beats the defaults.
    """
    sys.exit(_serve(_load(flags).settings))


@cli.command()
@_crowd
@_settings
def demo(
    seed: int, rate: float, noise: int, momentum: int, large: bool, **flags: str | None
) -> None:
    """Run the exchange, and simulated traders on it: a market that moves.

    It takes all that `serve` takes. Unless a data directory is given it has one of its own, which
    is removed at the end.
    """
    from .traders import Crowd, trade

    configuration = _load(flags)
    settings = configuration.settings
    crowd = Crowd(seed=seed, rate=rate, noise=noise, momentum=momentum, large=large)

    async def traders(url: str) -> None:
        click.echo(f"screen {url}/\ndocs {url}/docs\ndata {settings.data_dir}\nseed {seed}")
        await trade(url, crowd)

    with ExitStack() as stack:
        if "data_dir" not in configuration.sources:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="goquant-demo-"))
            settings = evolve(settings, data_dir=Path(folder))
        code = _serve(settings, traders)
    sys.exit(code)


@cli.command()
@click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="A running exchange."
)
@_crowd
def bots(url: str, seed: int, rate: float, noise: int, momentum: int, large: bool) -> None:
    """Run the traders of `demo` on a running exchange until SIGTERM or SIGINT. Their orders go with them."""
    import trio

    from .traders import Crowd, trade, until_told

    logs.configure("info", "auto")
    click.echo(f"trading at {url}\nseed {seed}")
    crowd = Crowd(seed=seed, rate=rate, noise=noise, momentum=momentum, large=large)
    try:
        trio.run(until_told, partial(trade, url, crowd))
    except* KeyboardInterrupt:
        # It came before the signals had their receiver, or it was the second one.
        sys.exit(EXIT_INTERRUPTED)


def _serve(settings: Settings, beside: Callable[[str], Awaitable[None]] | None = None) -> int:
    """Run the exchange, and what runs beside it. Returns the exit code."""
    logs.configure(settings.log_level, settings.log_format)
    # The web stack takes half a second to import, which the other commands can do without.
    from .serving import run

    try:
        return run(settings, beside)
    except BadConfiguration as error:
        raise Refused(error) from error


@cli.command()
@_settings
def config(**flags: str | None) -> None:
    """Print the configuration in force, as TOML.

    Comments tell where each value comes from. Saved as a file it loads as the same.
    """
    click.echo(_load(flags).to_toml(), nl=False)


def main() -> None:
    """The entry point of `goquant` and of `python -m goquant`."""
    cli(prog_name="goquant")


if __name__ == "__main__":
    main()
