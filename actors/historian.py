"""The history beside a running exchange: a process that writes it, and threads that read it.

The process follows the journal, see docs/decisions/0007. It may be slow, end or never start: the
exchange does not wait for it, and tells whoever asks that the history is behind.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import structlog
import trio

from ..persistence.history_folder import FILE
from ..persistence.history_reader import HistoryReader, Moment

T = TypeVar("T")

log = structlog.get_logger()

# How often the process is told how far the journal is committed.
TELL_S = 0.1

# The pause before a process that has ended is started again doubles from the first to the last.
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 5.0

# What the process gets to finish its write at a stop.
STOP_S = 0.5

# Questions that are answered at the same time; more wait.
READERS_MAX = 2


class Historian:
    """Keeps the history of a data folder written, and asks it."""

    def __init__(
        self,
        folder: Path,
        committed: Callable[[], int],
        command: Sequence[str] | None = None,
    ) -> None:
        """`committed` gives the journal sequence that is committed; nothing after it is read."""
        self.position = 0
        self.restarts = 0
        self._command = command or [
            *(sys.executable, "-m", "goquant", "history", "follow"),
            str(folder.absolute()),
        ]
        self._committed = committed
        self._reader = HistoryReader(folder / FILE)
        self._limiter = trio.CapacityLimiter(READERS_MAX)

    async def read(self, question: Callable[[Moment], T]) -> T:
        """What the history says, all of it at one moment. Raises HistoryUnavailable."""
        return await trio.to_thread.run_sync(self._answer, question, limiter=self._limiter)

    def _answer(self, question: Callable[[Moment], T]) -> T:
        """In a worker thread."""
        with self._reader.moment() as moment:
            return question(moment)

    async def run(self) -> None:
        """Keep the process going until cancelled. Raises nothing else."""
        backoff_s = BACKOFF_FIRST_S
        while True:
            began_at = trio.current_time()
            try:
                ended = f"it ended with {await self._follow()}"
            except OSError as error:
                ended = f"it does not start: {error}"
            if trio.current_time() - began_at > BACKOFF_MAX_S:
                backoff_s = BACKOFF_FIRST_S
            log.warning("the history is not written", problem=ended, again_in_s=backoff_s)
            await trio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
            self.restarts += 1

    async def _follow(self) -> int:
        """Run the process to its end. Returns its exit code."""
        process = await trio.lowlevel.open_process(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._tell, process.stdin)
                await self._listen(process.stdout)
                nursery.cancel_scope.cancel()
            return await process.wait()
        finally:
            with trio.CancelScope(shield=True):
                await _end(process)

    async def _tell(self, stdin: trio.abc.SendStream) -> None:
        told = 0
        with suppress(trio.BrokenResourceError):
            while True:
                committed = self._committed()
                if committed != told:
                    await stdin.send_all(b"%d\n" % committed)
                    told = committed
                await trio.sleep(TELL_S)

    async def _listen(self, stdout: trio.abc.ReceiveStream) -> None:
        rest = b""
        async for data in stdout:
            *lines, rest = (rest + data).split(b"\n")
            if lines and lines[-1].isdigit():
                self.position = int(lines[-1])


async def _end(process: trio.Process) -> None:
    """Let a process end by itself, or else end it."""
    assert process.stdin is not None
    await process.stdin.aclose()
    for stop in (None, process.terminate, process.kill):
        if stop is not None and process.returncode is None:
            stop()
        with trio.move_on_after(STOP_S):
            await process.wait()
            return
    await process.wait()
