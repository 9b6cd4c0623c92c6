"""The commands: `goquant serve`, `goquant config`, and what else there is."""

import os
import sys
from collections.abc import Callable

import click

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
    settings = _load(flags).settings
    logs.configure(settings.log_level, settings.log_format)
    # The web stack takes half a second to import, which the other commands can do without.
    from .serving import run

    try:
        code = run(settings)
    except BadConfiguration as error:
        raise Refused(error) from error
    sys.exit(code)


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
