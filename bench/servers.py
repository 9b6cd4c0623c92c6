"""Servers that are measured, each a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from .environments import ROOT
from .figures import Spread
from .load import framed
from .rivals.ours import INSTRUMENT

_PORT = re.compile(r"(?:^|://[^ ]*:)([0-9]+)\b")


def ours(data: str, history: str) -> list[str]:
    """How to start our exchange on a folder, with fsync always, as it is by default."""
    options = ["--port", "0", "--data-dir", data, "--history", history]
    return [sys.executable, "-m", "goquant", "serve", *options]


def empty(port: int) -> None:
    """Cancel all orders of our exchange."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(framed("DELETE", f"/orders?symbol={INSTRUMENT.symbol}"))
        client.shutdown(socket.SHUT_WR)
        head = client.recv(64)
        while client.recv(1 << 20):
            pass
    if b" 200 " not in head:
        raise RuntimeError(f"the book could not be emptied: {head!r}")


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str] | None = None, *, log: bool = False
) -> Iterator[tuple[int, int]]:
    """A server's port, which is in the first line that tells an address or a number, and its pid.

    The line is looked for on standard output, or else in the log on standard error.
    """
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if log else subprocess.PIPE,
        stderr=subprocess.PIPE if log else subprocess.DEVNULL,
        text=True,
    )
    try:
        output = server.stderr if log else server.stdout
        assert output is not None, "it was asked for"
        yield _port(output), server.pid
    finally:
        server.terminate()
        server.communicate()


def _port(output: IO[str]) -> int:
    for line in output:
        match = _PORT.search(line)
        if match is not None:
            return int(match[1])
    raise RuntimeError("a server ended before it served")


@dataclass
class Contestant:
    """A process that serves, and what was measured of it in its turns."""

    name: str
    port: int
    pid: int
    kind: str
    rates: list[float] = field(default_factory=list)
    cost_us: list[float] = field(default_factory=list)
    latency: list[Spread] = field(default_factory=list)
