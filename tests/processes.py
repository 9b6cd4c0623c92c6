"""Real exchanges, each a process on a folder, and clients that talk HTTP to them.

For claims about processes, files and sockets; nothing here is about time, and nothing waits longer
than it has to.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple, Self

from api import order

GOQUANT = (sys.executable, "-m", "goquant")
HEADERS = {"Content-Type": "application/json"}

Json = dict[str, object]

# A process on a busy machine may need this long for anything.
PATIENCE_S = 60.0


def altered(*changes: str) -> tuple[str, ...]:
    """The command of an exchange with something changed in it, see `altered.py`."""
    return (sys.executable, "-m", "altered", *changes)


def environment() -> dict[str, str]:
    """Ours, without settings of an exchange, and with the helpers of the tests to import."""
    ours = {key: text for key, text in os.environ.items() if not key.startswith("GOQUANT_")}
    return ours | {"PYTHONPATH": str(Path(__file__).parent)}


class Server:
    """An exchange on a folder. At the end of a `with` block it is killed, if it is still there."""

    def __init__(self, folder: Path, *flags: str, command: Sequence[str] = GOQUANT) -> None:
        """`command` is what comes before `serve`; the log of all exchanges lies beside the folder."""
        self._log = folder.parent / "log"
        self.port = 0
        arguments = [*command, "serve", "--port", "0", "--data-dir", str(folder), *flags]
        with self._log.open("ab") as log:
            self._log_begins = log.tell()
            self.process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=log, env=environment()
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def ready(self) -> int:
        """Wait until it takes orders. Returns its port."""
        line = self.first_line()
        assert line.startswith("ready "), self.log_text()[-2000:]
        self.port = int(line.rsplit(":", 1)[1])
        return self.port

    def first_line(self) -> str:
        """Wait until it says something, or has ended and never will."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode()

    def ended(self) -> int:
        """Wait until it has ended by itself. Returns its exit code, negative for a signal."""
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it as nothing can see to."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def log_text(self) -> str:
        """What it has logged."""
        with self._log.open("rb") as log:
            log.seek(self._log_begins)
            return log.read().decode()

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The entries of its log that tell of an event."""
        lines = [line for line in self.log_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]


class Reply(NamedTuple):
    """What came back."""

    status: int
    json: Any

    @property
    def code(self) -> str:
        """The code of the error that it has to be."""
        return str(self.json["error"]["code"])

    @property
    def message(self) -> str:
        """The error in words."""
        return str(self.json["error"]["message"])


class Caller:
    """A client: one connection, one request after the other. Closed at the end of a `with` block."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, method: str, path: str, body: object = None) -> Reply:
        """Send a request. Raises OSError, HTTPException: there is no answer."""
        self._connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
        response = self._connection.getresponse()
        return Reply(response.status, json.loads(response.read()))

    def place(self, **changes: object) -> Reply:
        """POST /orders with `api.order(**changes)`."""
        return self.send("POST", "/orders", order(**changes))


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """One of the other commands, to its end."""
    return subprocess.run(
        [*GOQUANT, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_S,
    )
