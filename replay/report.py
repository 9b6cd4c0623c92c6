"""What a replay did, as tables to read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from attrs import frozen
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .flow import Action, RealTrade
from .ghosts import STANDING_MS
from .tally import PERCENTILES, Kind, Tally, percentile
from .venue import VenueTrade

MILLISECONDS = 1000

Word = TypeVar("Word", bound=str)


@frozen
class Comparison:
    """How many of the real trades came out exactly: maker, taker, price and quantity."""

    exact: int
    real: int


def compare(
    trades: Iterable[VenueTrade], file_ids: Mapping[str, str], real: Sequence[RealTrade]
) -> Comparison:
    """Hold the trades of the exchange against those of the recording.

    `file_ids` are the ids in the file by the exchange's; a trade with any other order counts
    for nothing. Each real trade is found once at most.
    """
    ours = Counter(
        RealTrade(
            file_ids[trade.maker_order_id],
            file_ids[trade.taker_order_id],
            trade.price,
            trade.quantity,
        )
        for trade in trades
        if trade.maker_order_id in file_ids and trade.taker_order_id in file_ids
    )
    return Comparison(exact=(ours & Counter(real)).total(), real=len(real))


def show(tally: Tally, comparison: Comparison | None) -> None:
    """Print the report on standard output."""
    console = Console()
    console.print(_counts(tally))
    if tally.refused:
        console.print(_reasons("refused by the exchange", tally.refused))
    if tally.left_out:
        console.print(_reasons("rows that asked for no command", tally.left_out))
    if tally.batches:
        console.print(_latencies(tally))
    for line in _lines(tally, comparison):
        console.print(line, highlight=False, soft_wrap=True)


def _lines(tally: Tally, comparison: Comparison | None) -> list[str]:
    rate = f"{tally.commands_per_second:,.0f} commands/s"
    speed = f"{tally.commands:,} commands in {tally.seconds:,.2f} s with reading the file: {rate}"
    lines = [speed, f"CPU time of this process meanwhile: {tally.cpu_seconds:,.2f} s"]
    if tally.offered_again:
        again = f"offered again after {STANDING_MS / MILLISECONDS:g} s: {tally.offered_again:,}"
        lines.append(f"refused orders {again}; ghosts canceled for them: {tally.ghosts:,}")
    if comparison is not None:
        found = f"{comparison.exact:,} of {comparison.real:,}"
        lines.append(f"real trades reproduced exactly: {found}")
    return lines


def _counts(tally: Tally) -> Table:
    table = _table("", "rows", "sent", "done", "refused")
    for kind, action in zip(Kind, (Action.CREATED, Action.DELETED, Action.CHANGED), strict=True):
        refused = sum(count for (each, _), count in tally.refused.items() if each is kind)
        counts = (tally.rows[action], tally.sent[kind], tally.done[kind], refused)
        table.add_row(f"{kind}s", *(f"{count:,}" for count in counts))
    table.add_row("trades", "", "", f"{tally.trades:,}", "")
    return table


def _reasons(title: str, counts: Mapping[tuple[Word, str], int]) -> Table:
    table = _table(title, "reason", "count", texts=2)
    for (kind, reason), count in sorted(counts.items(), key=lambda item: -item[1]):
        # A reason may come from a foreign server: no part of it is markup.
        table.add_row(kind, Text(reason), f"{count:,}")
    return table


def _latencies(tally: Tally) -> Table:
    """Milliseconds from sending a batch to its answer, by batch and by command."""
    heads = [f"p{percent:g}" for percent in PERCENTILES]
    table = _table("round trip, ms", "count", *heads, "max")
    for name, seconds in (
        ("batch", tally.batch_seconds()),
        ("command", tally.command_seconds()),
    ):
        values = [*(percentile(seconds, percent) for percent in PERCENTILES), seconds[-1]]
        cells = (f"{value * MILLISECONDS:,.3f}" for value in values)
        table.add_row(name, f"{len(seconds):,}", *cells)
    return table


def _table(first: str, *others: str, texts: int = 1) -> Table:
    """A table whose first columns are text and whose others are numbers."""
    table = Table(box=box.SIMPLE_HEAD)
    for index, head in enumerate((first, *others)):
        table.add_column(head, justify="left" if index < texts else "right")
    return table
