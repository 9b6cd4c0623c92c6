"""The fault table in README.md names tests that there are, and they name their row."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = [
    line.strip("|").split("|")
    for line in (HERE / "README.md").read_text().splitlines()
    if "::" in line
]
NAMED = [
    (row[0].strip(), path, name)
    for row in ROWS
    for path, name in re.findall(r"`([\w/]+\.py)::(\w+)`", row[2])
]


def source(path: str) -> str:
    """A file of the tests, in this folder or by its path from the folder of all tests."""
    here = HERE / path
    return (here if here.exists() else HERE.parent / path).read_text()


def test_every_row_has_tests() -> None:
    assert len(ROWS) > 10
    assert all("::" in row[2] for row in ROWS)


@pytest.mark.parametrize(("row", "path", "name"), NAMED)
def test_each_test_exists_and_its_file_names_the_row(row: str, path: str, name: str) -> None:
    text = source(path)
    assert f"def {name}(" in text
    told = [part.split('"""')[0] for part in re.split("[Ff]ault table: ", text)[1:]]
    assert any(row in part for part in told)


def test_no_file_of_this_folder_that_names_a_row_is_left_out() -> None:
    files = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    naming = {path.name for path in files if "ault table: " in path.read_text()}
    assert naming <= {path for _, path, _ in NAMED}
