"""The process that writes the history, as the exchange runs it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_folder import FILE
from goquant.persistence.history_rebuild import rebuild
from histories import FOLLOW, PATIENCE_S, compare, dump_of, traded_in
from small_exchange import SmallExchange

# So many kills leave time for all of its writes.
STARTS_MAX = 20

Process = subprocess.Popen[bytes]


@contextmanager
def process(folder: Path) -> Iterator[Process]:
    """The process; killed at the end of the block if it is still there."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*FOLLOW, str(folder)], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def tell(started: Process, *positions: int) -> None:
    """Say how far the journal is committed."""
    assert started.stdin is not None
    started.stdin.write(b"".join(b"%d\n" % position for position in positions))
    started.stdin.flush()


def line_of(started: Process) -> str:
    """The next line that it says."""
    assert started.stdout is not None
    return started.stdout.readline().decode().rstrip("\n")


def end_of(started: Process) -> tuple[int, list[str]]:
    """How it ends when it is told nothing more, and what it says until then."""
    said, _ = started.communicate(timeout=PATIENCE_S)
    return started.returncode, said.decode().splitlines()


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    """An exchange with some orders, and without a history."""
    return traded_in(tmp_path, 60)


def test_it_goes_to_the_newest_position_and_says_so(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    with process(tmp_path) as started:
        tell(started, 12, 42)
        assert [line_of(started), line_of(started)] == ["0", "42"]
        tell(started, exchange.acknowledged)
        assert line_of(started) == str(exchange.acknowledged)
        assert end_of(started) == (0, [])
    compare(tmp_path, exchange)


def test_a_line_without_an_end_does_not_count(exchange: SmallExchange, tmp_path: Path) -> None:
    with process(tmp_path) as started:
        assert started.stdin is not None
        started.stdin.write(b"42\n6")
        assert end_of(started) == (0, ["0", "42"])


def test_it_writes_to_the_end_although_its_parent_is_gone(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    with process(tmp_path) as started:
        assert started.stdout is not None
        assert started.stdin is not None
        started.stdout.close()
        tell(started, exchange.acknowledged)
        started.stdin.close()
        assert started.wait(PATIENCE_S) == 0
    compare(tmp_path, exchange)


def test_sigterm_ends_it(exchange: SmallExchange, tmp_path: Path) -> None:
    with process(tmp_path) as started:
        tell(started, 42)
        assert [line_of(started), line_of(started)] == ["0", "42"]
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE_S) == 128 + signal.SIGTERM
        assert end_of(started) == (128 + signal.SIGTERM, [])


def test_it_says_that_a_file_is_made_anew(exchange: SmallExchange, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database at all, and longer than the head of one " * 9)
    with process(tmp_path) as started:
        tell(started, 42)
        note = line_of(started)
        assert [line_of(started), line_of(started)] == ["0", "42"]
    assert note.startswith("history.sqlite3 is put into quarantine and made anew: it is no")


def test_it_waits_until_the_one_before_it_has_gone(exchange: SmallExchange, tmp_path: Path) -> None:
    with process(tmp_path) as second:
        with closing(HistoryWriter(RealDisk(tmp_path))) as writer:
            writer.advance(42)
            tell(second, exchange.acknowledged)
            assert writer.advance(44) == 44
        assert line_of(second) in ("0", "42", "44")
        assert end_of(second) == (0, [str(exchange.acknowledged)])
    compare(tmp_path, exchange)


def test_it_says_why_it_cannot_go_on(exchange: SmallExchange, tmp_path: Path) -> None:
    with process(tmp_path) as started:
        tell(started, exchange.acknowledged + 1)
        code, said = end_of(started)
    assert (code, said[-1]) == (1, "Error: the journal ends at 62, and not at 63")
    with process(tmp_path / "nowhere") as started:
        code, said = end_of(started)
    assert (code, len(said)) == (1, 1)
    assert "No such file or directory" in said[0]


def test_it_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    """It is killed as soon as it says where it stands, or after one more write."""
    exchange = traded_in(tmp_path, 8_000, size=100)
    for symbol in exchange.markets:
        exchange.take_snapshot(symbol)
    reached = -1
    for start in range(STARTS_MAX):
        if reached == exchange.acknowledged:
            break
        with process(tmp_path) as started:
            tell(started, exchange.acknowledged)
            assert int(line_of(started)) >= max(reached, 0)
            if start % 2:
                reached = int(line_of(started))
    assert reached == exchange.acknowledged
    found = dump_of(tmp_path)
    counts = rebuild(tmp_path)
    assert counts.position == exchange.acknowledged
    assert dump_of(tmp_path) == found
    compare(tmp_path, exchange)
