"""Tools of the system that do to a process what a disk may do: strace, mounts of their own.

Only tests of the long environment use them, and fail where one is missing.
"""

import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

# strace ends that soon after what it watches.
TRACER_ENDS_S = 0.5


def tool(name: str) -> str:
    """Where a program is. Its absence is a failure, not a reason to leave a test out."""
    found = shutil.which(name)
    assert found is not None, f"{name} is missing: on Debian, apt install strace util-linux"
    return found


class Mount:
    """A tmpfs that only processes see which are started in it, gone at the end of a `with` block."""

    def __init__(self, path: Path, size: str) -> None:
        self.path = path
        path.mkdir()
        mount = f"mount -t tmpfs -o size={size} none {path} && echo mounted && exec cat"
        # Who holds the namespace ends when nobody holds the other end of its standard input.
        self._holder = subprocess.Popen(
            [tool("unshare"), "--mount", "--propagation", "private", "sh", "-c", mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"mounted\n", "a mount takes root"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.communicate()

    def command(self, *command: str) -> Sequence[str]:
        """A command that is run where the mount is seen."""
        return [tool("nsenter"), "--mount", "--target", str(self._holder.pid), *command]

    def remount(self, option: str) -> None:
        """Change how it is mounted: `ro`, `rw`, `size=8m`."""
        self._run("mount", "-o", f"remount,{option}", str(self.path))

    def fill(self, name: str) -> None:
        """Take all room that is left, in a file of its own."""
        subprocess.run(
            self.command("sh", "-c", f"cat /dev/zero > {self.path / name} 2> /dev/null"),
            check=False,
        )

    def _run(self, *command: str) -> None:
        subprocess.run(self.command(*command), check=True)


def under_strace(call: str, what: str, log: Path) -> list[str]:
    """What to put before a command, so that something is done to a call of it, or it is only seen.

    Of its main thread alone. The log has all such calls, with the paths of their files.
    """
    # As the grandchild, so that the process is the command.
    return [*_strace(call, what, log), "-D"]


def _strace(call: str, what: str, log: Path, paths: Sequence[Path] = ()) -> list[str]:
    only = [word for path in paths for word in ("-P", str(path))]
    injection = [f"inject={call}:{what}"] if what else []
    expressions = [word for each in (f"trace={call}", *injection) for word in ("-e", each)]
    return [tool("strace"), "-y", "-o", str(log), *only, *expressions]


class Strace:
    """Does something to the calls of a process that runs already, until the end of a `with` block."""

    def __init__(
        self,
        pid: int,
        log: Path,
        call: str,
        what: str,
        *,
        paths: Sequence[Path] = (),
        worker: int | None = None,
    ) -> None:
        """As `under_strace`, but of all threads, or of one of those beside the main one.

        Of some files, if any are named. Calls are counted from here on, for each thread.
        """
        self._log = log
        threads = ["-f", "-p", str(pid)] if worker is None else ["-p", _workers(pid)[worker]]
        self._process = subprocess.Popen(
            [*_strace(call, what, log, paths), *threads], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        assert "attached" in line, f"strace: {line}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # It ends with the process, but now and then waits for a thread that is gone.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(TRACER_ENDS_S)
        self._process.kill()
        self._process.communicate()

    def calls(self) -> list[str]:
        """The calls that it has seen, in their order."""
        return calls(self._log)


def _workers(pid: int) -> list[str]:
    """The threads of a process without the main one, the oldest first."""
    threads = {path.name for path in Path(f"/proc/{pid}/task").iterdir()}
    return sorted(threads - {str(pid)}, key=int)


def calls(log: Path) -> list[str]:
    """The calls in a log of strace, those that never returned included."""
    return [line for line in log.read_text().splitlines() if "(" in line and "---" not in line]
