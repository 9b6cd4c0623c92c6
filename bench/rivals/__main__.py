"""`python -m bench.rivals NAME`: measure one engine with the interpreter that runs this.

Run from the root of the repository. Needs nothing but the standard library and the engine
(and goquant itself for NAME goquant).
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
from .measure import Result, measure


def main() -> int:
    """Exit status 1 when the engine did not trade what a correct one must."""
    options = _parse()
    if options.workload:
        workload = load(options.workload)
    else:
        workload = generate(options.commands, options.seed)
    result = measure(options.name, workload.commands, options.check, options.latency)
    print(json.dumps(asdict(result)) if options.json else _describe(result))
    if not options.check:
        return 0
    tally = workload.tally
    found = (result.trades, result.volume, result.notional)
    return int(found != (tally.trades, tally.volume, tally.notional))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rivals", description=__doc__)
    parser.add_argument("name", choices=ADAPTERS)
    parser.add_argument("--commands", type=int, default=COMMANDS_DEFAULT)
    parser.add_argument("--seed", type=int, default=SEED_DEFAULT)
    parser.add_argument("--workload", type=Path, help="a saved workload instead of a new one")
    parser.add_argument("--check", action="store_true", help="count the trades in a second pass")
    parser.add_argument("--latency", action="store_true", help="clock each call in a third pass")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    return parser.parse_args()


def _describe(result: Result) -> str:
    by_clock, by_cpu = (result.commands / s for s in (result.seconds, result.cpu_seconds))
    lines = [
        f"{result.name} {result.version} on Python {result.python}: {result.commands:,} commands",
        f"  {by_clock:,.0f}/s by the clock, {by_cpu:,.0f}/s of processor time",
        f"  an empty call costs {result.empty_ns:.0f} ns of each",
    ]
    if result.trades is not None:
        lines.append(f"  {result.trades:,} trades, {result.volume:,} lots")
    if result.latency is not None:
        spent = result.latency
        lines.append(
            f"  p50 {spent.p50 / 1e3:.1f} us, p99 {spent.p99 / 1e3:.1f} us,"
            f" p99.9 {spent.p999 / 1e3:.1f} us, maximum {spent.maximum / 1e6:.2f} ms"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
