"""The commands that the documents show are run, and have to print what is shown.

They run one after the other in an empty folder that holds a copy of the golden data as `data`. The
events of the log and the exit codes that the documents name have to be those of the code.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from goquant import data_cli, serving
from goquant.actors.journal_writer import Fsync

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
JOURNAL = (DOCS / "journal.md").read_text()
OPERATIONS = (DOCS / "operations.md").read_text()
GOLDEN = ROOT / "tests" / "golden" / "format-1"

# The command as it is called where the package is installed.
GOQUANT = f'goquant() {{ "{sys.executable}" -m goquant "$@"; }}; '


class Shown(NamedTuple):
    command: str
    output: str


def shown(text: str) -> list[Shown]:
    """What is behind each `$ ` of the consoles of a document, and the lines up to the next one."""
    consoles = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    steps = [
        step for console in consoles for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]
    ]
    return [Shown(*step.split("\n", 1)) for step in steps]


def test_what_is_shown_is_what_is_printed(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "data")
    steps = shown(JOURNAL)
    assert len(steps) > 8
    for command, output in steps:
        ended = subprocess.run(
            ["bash", "-c", GOQUANT + command],
            check=False,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (command, ended.stdout) == (command, output)


def test_every_mode_of_fsync_has_a_row() -> None:
    rows = re.findall(
        r"^\| `(\w+)`", JOURNAL.split("| `--fsync` |")[1].split("\n\n")[0], re.MULTILINE
    )
    assert rows == [*Fsync]


def test_every_exit_code_has_a_row() -> None:
    cells = re.findall(r"^\| ([0-9, ]+) \|", OPERATIONS, re.MULTILINE)
    rows = {int(code) for cell in cells for code in cell.split(", ")}
    codes = {serving.EXIT_FAILURE, serving.EXIT_DATA, serving.EXIT_STORAGE, data_cli.EXIT_DATA}
    assert rows == codes | {0, 2, serving.EXIT_SIGNAL + 2, serving.EXIT_SIGNAL + 15}


def test_the_log_has_the_events_that_are_named() -> None:
    sources = [Path(serving.__file__), *(ROOT / "actors").glob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    cells = re.findall(r"^\| (?:critical|error|warning|info) \| (.*?) \|", OPERATIONS, re.MULTILINE)
    events = [event for cell in cells for event in re.findall(r"`(.*?)`", cell)]
    assert len(events) > 10
    assert [event for event in events if f'"{event}' not in code] == []


def test_the_unit_does_not_start_again_what_needs_somebody() -> None:
    assert f"RestartPreventExitStatus=2 {serving.EXIT_DATA}\n" in OPERATIONS
