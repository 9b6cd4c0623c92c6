"""A workload on disk, so that many processes run one list without drawing it again.

One line of JSON (seed, mix and what a correct engine trades), then the commands as
native 64-bit integers, six to a command.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from .model import Tally
from .workload import Mix, Workload

FIELDS = 6


def save(workload: Workload, path: Path) -> None:
    head = {
        "seed": workload.seed,
        "mix": asdict(workload.mix),
        "tally": asdict(workload.tally),
    }
    with path.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        array("q", chain.from_iterable(workload.commands)).tofile(file)


def load(path: Path) -> Workload:
    with path.open("rb") as file:
        head = json.loads(file.readline())
        numbers = array("q", file.read())
    fields = iter(numbers)
    commands = list(zip(*[fields] * FIELDS, strict=True))
    return Workload(commands, head["seed"], Mix(**head["mix"]), Tally(**head["tally"]))
