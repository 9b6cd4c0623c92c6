"""The process that writes the history: `goquant history follow`, from its start to its end."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import trio

# How often the process is told how far the journal is committed.
TELL_S = 0.1

# What the process gets to finish its write at a stop, and again after each louder word.
STOP_S = 0.5

# Of what a process says to standard error only the end is kept: the last line names the problem.
COMPLAINT_BYTES_MAX = 4_096


class HistoryProcess:
    """Starts a process and talks with it. It may be slow, fall silent, end or never start."""

    def __init__(
        self, folder: Path, committed: Callable[[], int], command: Sequence[str] | None = None
    ) -> None:
        """`committed` gives the journal sequence that is committed; nothing after it is read."""
        self._committed = committed
        self._command = command or [
            *(sys.executable, "-m", "goquant", "history", "follow"),
            str(folder.absolute()),
        ]

    async def follow(self, reached: Callable[[int], None], note: Callable[[str], None]) -> str:
        """Run a process to its end, and return why it ended.

        `reached` is told each journal sequence that the history has reached, `note` whatever else
        it has to say. A cancellation ends the process, in `STOP_S` if it wants to.
        """
        pipe = subprocess.PIPE
        try:
            # In a session of its own: the ctrl-C of a terminal is for the exchange, which stops
            # this process when its turn comes.
            process = await trio.lowlevel.open_process(
                self._command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as error:
            return f"it does not start: {error}"
        try:
            complaint = await self._talk(process, reached, note)
            return complaint or f"it ended with {await process.wait()}"
        finally:
            with trio.CancelScope(shield=True):
                await _end(process)

    async def _talk(
        self, process: trio.Process, reached: Callable[[int], None], note: Callable[[str], None]
    ) -> str:
        """Tell and listen until it says no more. Returns its complaint."""
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        async with trio.open_nursery() as telling:
            telling.start_soon(self._tell, process.stdin)
            async with trio.open_nursery() as listening:
                listening.start_soon(_listen, process.stdout, reached, note)
                complaint = await _complaint(process.stderr)
            telling.cancel_scope.cancel()
        return complaint

    async def _tell(self, stdin: trio.abc.SendStream) -> None:
        told = 0
        with suppress(trio.BrokenResourceError):
            while True:
                committed = self._committed()
                if committed != told:
                    await stdin.send_all(b"%d\n" % committed)
                    told = committed
                await trio.sleep(TELL_S)


async def _listen(
    stdout: trio.abc.ReceiveStream, reached: Callable[[int], None], note: Callable[[str], None]
) -> None:
    rest = b""
    async for data in stdout:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.isdigit():
                reached(int(line))
            else:
                note(line.decode(errors="replace"))


async def _complaint(stderr: trio.abc.ReceiveStream) -> str:
    said = b""
    async for data in stderr:
        said = (said + data)[-COMPLAINT_BYTES_MAX:]
    return said.decode(errors="replace").strip()


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
