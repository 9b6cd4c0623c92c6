"""`python -m bench.rivals NAME`: measure one engine with the interpreter that runs this.

Run from the root of the repository. Needs nothing but the standard library and the engine
(and goquant itself for NAME goquant, or to compare with it).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ..workload import COMMANDS_DEFAULT, SEED_DEFAULT, generate
from ..workload_file import load
from . import ADAPTERS
from .measure import Result, empty_ns, measure, measure_pair


def main() -> int:
    """Exit status 1 when an engine did not trade what a correct one must."""
    options = _parse()
    if options.workload:
        workload = load(options.workload)
    else:
        workload = generate(options.commands, options.seed)
    commands, tally = workload.commands, workload.tally
    if options.pair:
        pair = measure_pair(options.name, commands, options.check)
        results, found = [pair.ours, pair.theirs], asdict(pair)
    else:
        results = [measure(options.name, commands, options.check, options.latency)]
        found = asdict(results[0])
    print(json.dumps(found) if options.json else "\n".join(map(_describe, results)))
    expected = (tally.trades, tally.volume, tally.notional)
    traded = ((each.trades, each.volume, each.notional) for each in results)
    return int(options.check and any(each != expected for each in traded))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rivals", description=__doc__)
    parser.add_argument("name", choices=ADAPTERS)
    parser.add_argument("--commands", type=int, default=COMMANDS_DEFAULT)
    parser.add_argument("--seed", type=int, default=SEED_DEFAULT)
    parser.add_argument("--workload", type=Path, help="a saved workload instead of a new one")
    parser.add_argument("--pair", action="store_true", help="goquant in turn with it")
    parser.add_argument(
        "--check", action="store_true", help="count the trades too; of a pair, clock each call too"
    )
    parser.add_argument("--latency", action="store_true", help="clock each call in a third pass")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    return parser.parse_args()


def _describe(result: Result) -> str:
    by_clock, by_cpu = (result.commands / s for s in (result.seconds, result.cpu_seconds))
    lines = [
        f"{result.name} {result.version} on Python {result.python}: {result.commands:,} commands",
        f"  {by_clock:,.0f}/s by the clock, {by_cpu:,.0f}/s of processor time",
        f"  an empty call costs {empty_ns():.0f} ns of each",
    ]
    if result.trades is not None:
        lines.append(f"  {result.trades:,} trades, {result.volume:,} lots")
    if result.latency is not None:
        lines += [f"  us {result.latency.HEADING}", f"     {result.latency.row()}"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
