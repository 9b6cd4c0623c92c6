"""The commands: `python -m bench` from the root of the repository."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from .environments import ROOT
from .workload import COMMANDS_DEFAULT, SEED_DEFAULT

REPORT = ROOT / "docs" / "benchmarks.md"

# tox and git leave this folder alone; what is in it is reused.
RIVALS_FOLDER = ROOT / ".tox" / "bench-rivals"

INTRODUCTION = """\
# Benchmarks

What follows is what `python -m bench report` printed on {day}: one machine, one run, nothing left
out and nothing retouched. [bench/README.md](../bench/README.md) says what each command does.

On a machine with neighbours compare figures within a table, not between two runs: what stands
beside each other was measured in turn, slice by slice or round by round, and ratios of such figures
move by a few per cent where the rates themselves move by half. The load is in the first line of
each section. A maximum says as much about the machine as about the engine, hence the control loop.
"""

COMMANDS = (
    "book",
    "latency",
    "size",
    "exchange",
    "rest",
    "trading",
    "fanout",
    "durable",
    "snapshot",
    "recovery",
    "history",
)

HAVE_RIVALS = {"book", "rest"}

_in_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    help="On the disk to measure; the working directory if not given.",
)

_in_rivals = click.option(
    "--rivals",
    type=click.Path(path_type=Path),
    default=RIVALS_FOLDER,
    help="Where the environments of the rivals are, or are to be made.",
)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Measure goquant.

    Without a command: half a minute of checks, exit status 1 if one has become much worse.
    """
    if context.invoked_subcommand is None:
        from .short import bench_short

        well = True
        for line, fine in bench_short():
            click.echo(line)
            well = well and fine
        sys.exit(0 if well else 1)


@cli.command()
@click.option("--commands", default=COMMANDS_DEFAULT, show_default=True)
@click.option("--seed", default=SEED_DEFAULT, show_default=True)
@click.option("--rounds", default=5, show_default=True, help="Processes of goquant alone.")
@_in_rivals
def book(commands: int, seed: int, rounds: int, rivals: Path) -> None:
    """Commands per second, alone and beside the published engines."""
    from .book import bench_book

    for section in bench_book(rivals, rounds, commands, seed, _progress):
        click.echo(section + "\n")


@cli.command()
@click.option("--commands", default=COMMANDS_DEFAULT, show_default=True)
@click.option("--seed", default=SEED_DEFAULT, show_default=True)
def latency(commands: int, seed: int) -> None:
    """The tail of single commands, in-process, and what the garbage collector adds."""
    from . import latency, machine
    from .workload import generate

    workload = generate(commands, seed)
    click.echo(f"{machine.describe()}\n{workload.describe()}\n")
    click.echo(latency.bench_latency(workload.commands) + "\n")
    click.echo(latency.NOT_MEASURED)


@cli.command()
@click.option("--orders", default=1_000_000, show_default=True, help="The largest book.")
def size(orders: int) -> None:
    """Memory of a resting order, and cost per command from small books to large ones."""
    from .size import bench_size

    for section in bench_size(orders):
        click.echo(section + "\n")


@cli.command()
@click.option("--commands", default=50_000, show_default=True, help="For each round in-process.")
@click.option("--large", default=500_000, show_default=True, help="To watch the collector with.")
@click.option("--rounds", default=5, show_default=True)
def exchange(commands: int, large: int, rounds: int) -> None:
    """Commands through the actor and back, in one process."""
    from . import actor, machine
    from .workload import generate

    click.echo(f"{machine.describe()}\n{generate(commands).describe()}\n")
    for part, lines in (
        (actor.HOW, actor.bench_actor(commands, rounds)),
        ("", actor.bench_collector(large)),
    ):
        click.echo("\n".join(filter(None, [part, *lines])) + "\n")
    click.echo(actor.NOT_MEASURED)


@cli.command()
@_in_folder
@_in_rivals
@click.option("--rounds", default=7, show_default=True)
def rest(folder: Path, rivals: Path, rounds: int) -> None:
    """Durable orders over HTTP, beside a bare echo and another engine's own gateway."""
    from . import machine, rest

    click.echo(f"{machine.describe()}\n{rest.HOW}\n")
    for section in rest.bench_rest(folder, rivals, rounds):
        click.echo(section + "\n")
    click.echo(rest.NOT_MEASURED)


@cli.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=3.0, show_default=True, help="Of trades in each round.")
def fanout(rounds: int, seconds: float) -> None:
    """Events delivered to 1, 100 and 1,000 WebSocket subscribers, and how late."""
    from . import fanout, machine

    click.echo(f"{machine.describe()}\n{fanout.HOW}")
    for line in fanout.bench_fanout(rounds, seconds):
        click.echo(line)
    click.echo("\n" + fanout.NOT_MEASURED)


@cli.command()
@_in_folder
@click.option("--rounds", default=7, show_default=True)
def trading(folder: Path, rounds: int) -> None:
    """Orders over WebSocket, beside a bare echo: how many a second, and how long one waits."""
    from . import machine, trading

    click.echo(f"{machine.describe()}\n\n{trading.HOW}\n")
    for section in trading.bench_trading(folder, rounds):
        click.echo(section + "\n")
    click.echo(trading.NOT_MEASURED)


@cli.command()
@_in_folder
@click.option("--rounds", default=5, show_default=True)
def durable(folder: Path, rounds: int) -> None:
    """Commands acknowledged from the disk: how many a second, and how long one waits."""
    from . import durable, machine, open_loop
    from .workload import generate

    count = max(count for _, count in durable.CELLS)
    click.echo(f"{machine.describe()}\n{generate(count).describe()}\n")
    for how, lines in (
        (durable.HOW, durable.bench_durable(folder, rounds)),
        (open_loop.HOW, open_loop.bench_open_loop(folder)),
    ):
        click.echo("\n".join([how, *lines]) + "\n")
    click.echo(durable.NOT_MEASURED)


@cli.command()
@_in_folder
def snapshot(folder: Path) -> None:
    """What a snapshot costs, and how long it holds the matching loop up."""
    from . import machine, snapshots

    click.echo(f"{machine.describe()}\n{snapshots.HOW}")
    for line in snapshots.bench_snapshots(folder):
        click.echo(line)
    click.echo("\n" + snapshots.NOT_MEASURED)


@cli.command()
@_in_folder
def recovery(folder: Path) -> None:
    """From a folder as a crash leaves it to an exchange that takes commands."""
    from . import machine, recovery
    from .workload import generate

    mix = generate(recovery.COMMANDS_AFTER).describe()
    click.echo(f"{machine.describe()}\nA, after its snapshot: {mix}\n\n{recovery.HOW}")
    for line in recovery.bench_recovery(folder):
        click.echo(line)
    click.echo("\n" + recovery.NOT_MEASURED)


@cli.command()
@_in_folder
def history(folder: Path) -> None:
    """How fast the history follows the journal, how large it is, and what a question takes."""
    from . import history, machine
    from .workload import generate

    mix = generate(history.COMMANDS).describe()
    click.echo(f"{machine.describe()}\n{mix}\n\n{history.HOW}")
    for line in history.bench_history(folder):
        click.echo(line)
    click.echo("\n" + history.NOT_MEASURED)


@cli.command()
@click.option("--minutes", default=10.0, show_default=True, help="Of the page under load.")
@click.option("--rate", default=1_500, show_default=True, help="Orders a second.")
def screen(minutes: float, rate: int) -> None:
    """The trading screen in a browser: sizes, the first book, and a page under load."""
    from . import machine, screen

    click.echo(f"{machine.describe()}\n{screen.HOW}\n")
    try:
        for line in screen.bench_screen(minutes, rate):
            click.echo(line)
    except FileNotFoundError as missing:
        raise click.ClickException(str(missing)) from None
    click.echo("\n" + screen.NOT_MEASURED)


@cli.command()
@click.option("--hours", default=2.0, show_default=True, help="Of virtual time.")
@click.option("--seed", default=1, show_default=True)
@click.option("--docs", is_flag=True, help="Write the picture and the figures into docs/.")
def market(hours: float, seed: int, docs: bool) -> None:
    """The simulated traders on a virtual clock: whether what they make looks like a market."""
    from . import market, market_plot

    session, rows = market.bench_market(hours, seed)
    for name, value in rows:
        click.echo(f"{name:60}{value:>20}")
    if docs:
        title = f"The simulated traders on {market.SYMBOL}, {hours:g} h from seed {seed}"
        (ROOT / "docs" / "images" / "market.svg").write_text(market_plot.draw(session, title))
        market.write_into(ROOT / "docs" / "demo.md", rows)


@cli.command()
@_in_folder
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=5.0, show_default=True, help="Of orders in each round.")
@click.option("--short", is_flag=True, help="One round of a few attacks: half a minute.")
def attacks(folder: Path, rounds: int, seconds: float, short: bool) -> None:
    """How long orders wait while somebody attacks; not in the report."""
    from . import attacks, machine

    click.echo(f"{machine.describe()}\n{attacks.HOW}\n")
    names, rounds = (attacks.SHORT, 1) if short else (attacks.names(), rounds)
    for line in attacks.bench_attacks(folder, names, rounds, seconds):
        click.echo(line)
    click.echo("\n" + attacks.NOT_MEASURED)


@cli.command()
@click.option("--output", type=click.Path(path_type=Path), default=REPORT)
@_in_rivals
def report(output: Path, rivals: Path) -> None:
    """Run everything, about a quarter of an hour, and write the report."""
    sections = [INTRODUCTION.format(day=datetime.now(UTC).date())]
    for name in COMMANDS:
        _progress(name)
        # A process each: memory and caches are as a fresh one finds them.
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench",
                name,
                *(["--rivals", str(rivals)] * (name in HAVE_RIVALS)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise click.ClickException(f"`bench {name}` failed: nothing was written")
        sections.append(f"## bench {name}\n\n```text\n{done.stdout.strip()}\n```\n")
    output.write_text("\n".join(sections))
    _progress(f"written: {output.name}")


def _progress(told: str) -> None:
    click.echo(told, err=True)


if __name__ == "__main__":
    cli(prog_name="python -m bench")
