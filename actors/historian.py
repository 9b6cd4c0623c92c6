"""Keeps the process alive that writes the history, and asks the history without holding others up.

The history is of no concern to the exchange: whatever happens here is logged, and nothing else.
"""

import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog
import trio

from ..persistence.history_errors import HistoryUnavailable
from ..persistence.history_reader import HistoryReader
from ..persistence.history_schema import FILE

T = TypeVar("T")

log = structlog.get_logger()

# The history follows that far behind, and as long as it takes to write.
POLL_S = 0.1

# The pause before the process is started again doubles until it has written something.
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 5.0

# The process may take so long to write the rest when the exchange stops; and, once it was told to
# end, to undo what it is writing. The next start would do either.
STOP_S = 1.0
TERMINATE_S = 0.5

# Questions that are answered at the same time, each in a thread; others wait.
READERS_MAX = 2

# A question takes no longer, the wait for its turn included.
READ_S = 2.5

# What the process said is logged once. It remembers so many lines.
SAID_MAX = 100
LINE_BYTES_MAX = 4_096


def follower_command(folder: Path) -> list[str]:
    """The command line of the process that writes the history of a data folder."""
    return [sys.executable, "-m", "goquant", "history", "follow", str(folder)]


class Historian:
    """The history of an exchange that runs."""

    def __init__(
        self,
        folder: Path,
        committed: Callable[[], int],
        *,
        command: Sequence[str] | None = None,
        reader: HistoryReader | None = None,
    ) -> None:
        """`committed` gives the journal sequence that is committed; it never goes back."""
        self.position = 0
        """The journal sequence up to which the history is on disk, as far as is known."""
        self.restarts = 0
        """How often the process was started again."""
        self._committed = committed
        self._command = follower_command(folder) if command is None else list(command)
        self._reader = reader or HistoryReader(folder / FILE)
        self._limiter = trio.CapacityLimiter(READERS_MAX)
        self._said: deque[str] = deque(maxlen=SAID_MAX)
        self._told = -1

    async def read(self, look: Callable[[HistoryReader], T]) -> T:
        """What a function asks of the history, in a thread.

        Raises:
            HistoryUnavailable: the history cannot be asked now, or it took too long.
        """
        try:
            with trio.fail_after(READ_S):
                # A thread that nobody waits for any more changes nothing, and soon ends by itself:
                # no question takes longer than its own bound.
                return await trio.to_thread.run_sync(
                    look, self._reader, limiter=self._limiter, abandon_on_cancel=True
                )
        except trio.TooSlowError:
            raise HistoryUnavailable("no history: too many questions at once") from None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Have the history written until cancelled; then have what is committed written.

        Raises nothing else.
        """
        task_status.started()
        pause_s = BACKOFF_FIRST_S
        while True:
            before = self.position
            await self._run_once()
            if self.position > before:
                pause_s = BACKOFF_FIRST_S
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, BACKOFF_MAX_S)
            self.restarts += 1

    async def _run_once(self) -> None:
        """From the start of the process to its end. The first cause of its end is logged."""
        try:
            process = await trio.lowlevel.open_process(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # The ctrl-C of a terminal shall not reach it, not even before it can ignore that.
                start_new_session=True,
            )
        except OSError as error:
            self._note(f"it cannot be started: {error}")
            return
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        self._told = -1
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_telling, process.stdin)
                await self._listen(process.stdout)
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await self._stop(process, process.stdin)
        self._note(f"it ended with {process.returncode}")

    async def _keep_telling(self, stdin: trio.abc.SendStream) -> None:
        while True:
            await self._tell(stdin)
            await trio.sleep(POLL_S)

    async def _tell(self, stdin: trio.abc.SendStream) -> None:
        """Tell the process what is committed, if that is news. Its end is noticed elsewhere."""
        committed = self._committed()
        if committed != self._told:
            self._told = committed
            try:
                await stdin.send_all(b"%d\n" % committed)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass

    async def _listen(self, stdout: AsyncIterable[bytes | bytearray]) -> None:
        """Take in its lines until it ends: a number for each write, and words if all is not well."""
        rest = b""
        async for data in stdout:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.isdigit():
                    self.position = int(line)
                else:
                    self._note(line.decode(errors="replace"))
            rest = rest[:LINE_BYTES_MAX]

    async def _stop(self, process: trio.Process, stdin: trio.abc.SendStream) -> None:
        """Let it write what is committed and end; or make it."""
        with trio.move_on_after(STOP_S):
            await self._tell(stdin)
        await stdin.aclose()
        for act, patience_s in ((_nothing, STOP_S), (process.terminate, TERMINATE_S)):
            act()
            with trio.move_on_after(patience_s):
                await process.wait()
                return
        process.kill()
        await process.wait()

    def _note(self, said: str) -> None:
        """Log what is new."""
        if said not in self._said:
            self._said.append(said)
            log.warning("history", said=said)


def _nothing() -> None:
    """Only wait."""
