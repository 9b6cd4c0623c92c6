"""The process beside an exchange: real ones, which say what the test tells them to."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from goquant.actors.history_process import COMPLAINT_BYTES_MAX, HistoryProcess
from histories import PATIENCE_S, compare, traded_in


class Talk:
    """What was heard of a process, and how it ended."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.notes: list[str] = []
        self.ended: str | None = None
        self._news = trio.Event()

    def reached(self, position: int) -> None:
        self.positions.append(position)
        self._news.set()

    def note(self, said: str) -> None:
        self.notes.append(said)
        self._news.set()

    async def news(self) -> None:
        """Wait until something is heard."""
        await self._news.wait()
        self._news = trio.Event()

    async def run(self, process: HistoryProcess) -> None:
        self.ended = await process.follow(self.reached, self.note)


def python(script: str, committed: int = 0) -> HistoryProcess:
    """A process that runs a script."""
    return HistoryProcess(Path(), lambda: committed, [sys.executable, "-u", "-c", script])


async def heard_of(process: HistoryProcess) -> Talk:
    """All that a process has to say that ends by itself."""
    talk = Talk()
    with trio.fail_after(PATIENCE_S):
        await talk.run(process)
    return talk


@asynccontextmanager
async def running(process: HistoryProcess) -> AsyncIterator[Talk]:
    """A process that is ended with the block."""
    talk = Talk()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk.run, process)
            yield talk
            nursery.cancel_scope.cancel()


async def test_positions_and_notes_are_told_apart() -> None:
    talk = await heard_of(python("print(7); print('it is made anew'); print(12)"))
    assert (talk.positions, talk.notes) == ([7, 12], ["it is made anew"])
    assert talk.ended == "it ended with 0"


async def test_what_it_complains_of_is_why_it_ended() -> None:
    script = "import sys; print('x' * 9_000, file=sys.stderr); sys.exit('the disk is full')"
    talk = await heard_of(python(script))
    assert talk.ended is not None
    assert talk.ended.splitlines()[-1] == "the disk is full"
    assert len(talk.ended) < COMPLAINT_BYTES_MAX + 1
    silent = await heard_of(python("raise SystemExit(3)"))
    assert silent.ended == "it ended with 3"


async def test_one_that_does_not_start_is_a_problem_like_any_other() -> None:
    talk = await heard_of(HistoryProcess(Path(), lambda: 0, ["/nowhere/at/all"]))
    assert talk.ended is not None
    assert talk.ended.startswith("it does not start: ")


async def test_it_is_told_how_far_the_journal_is_committed() -> None:
    committed = [7]
    script = "import sys\nfor line in sys.stdin: print(line.strip())"
    process = HistoryProcess(Path(), lambda: committed[0], [sys.executable, "-u", "-c", script])
    async with running(process) as talk:
        await talk.news()
        assert talk.positions == [7]
        committed[0] = 9
        await talk.news()
        assert talk.positions == [7, 9]


async def test_a_process_that_does_not_listen_is_no_reason_to_fail() -> None:
    script = "import os; os.close(0); print(1); os.write(2, b'deaf')"
    talk = await heard_of(python(script, committed=5))
    assert (talk.positions, talk.ended) == ([1], "deaf")


async def test_the_ctrl_c_of_a_terminal_does_not_reach_it() -> None:
    script = "import os, sys; print(f'{os.getsid(0)} {os.getpid()}'); sys.stdin.read()"
    async with running(python(script)) as talk:
        await talk.news()
    session, process = talk.notes[0].split()
    assert session == process, "it leads a session of its own, without a terminal"


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(f"process {os.getpid()}")
while True:
    time.sleep(60)
"""


async def test_one_that_does_not_want_to_stop_is_killed() -> None:
    async with running(python(STUBBORN)) as talk:
        await talk.news()
    with pytest.raises(ProcessLookupError):
        os.kill(int(talk.notes[0].split()[1]), 0)


async def test_one_that_wants_to_finish_first_may(tmp_path: Path) -> None:
    finished = tmp_path / "finished"
    script = f"import sys; print('here'); sys.stdin.read(); open({str(finished)!r}, 'w').close()"
    async with running(python(script)) as talk:
        await talk.news()
    assert finished.exists()


async def test_the_process_itself_writes_the_history(tmp_path: Path) -> None:
    exchange = traded_in(tmp_path, 60)
    async with running(HistoryProcess(tmp_path, lambda: exchange.acknowledged)) as talk:
        while exchange.acknowledged not in talk.positions:
            await talk.news()
    assert talk.notes == []
    compare(tmp_path, exchange)
