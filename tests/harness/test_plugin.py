"""The fixture that comes with an installed goquant, in a suite of somebody else's."""

import subprocess
import sys
from pathlib import Path

SUITE = """
import pytest, trio

@pytest.fixture
def exchange_symbols():
    return ["SOL-USD"]

@pytest.mark.trio
async def test_with_a_clock_that_jumps(exchange, autojump_clock):
    async with exchange.client() as client:
        await client.place("SOL-USD", "buy", "limit", quantity=1, price=100)
        await trio.sleep(3600)
    exchange.assert_book("SOL-USD", bids=[(100, 1)])
"""

LAZY = """
import sys
def test_nothing_was_imported():
    assert [name for name in sys.modules if name.startswith(("goquant.web", "quart"))] == []
"""


def run_suite(folder: Path, text: str) -> str:
    """What pytest says of a test file, in a process and a folder without our settings."""
    (folder / "test_theirs.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(folder)], cwd=folder, check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_the_fixture_serves_a_suite_that_has_only_installed_us(tmp_path: Path) -> None:
    assert "1 passed" in run_suite(tmp_path, SUITE)


def test_the_plugin_imports_no_exchange_for_those_who_want_none(tmp_path: Path) -> None:
    assert "1 passed" in run_suite(tmp_path, LAZY)
