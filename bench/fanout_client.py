"""`python -m bench.fanout_client PORT KIND SUBSCRIBERS`: so many readers of one stream.

Plain sockets and one thread, so that the clients take as little of the machine as they can. It
prints a line when all have their snapshot, reads until a line of input, and then prints, as JSON,
what came: all of the events, and when those of the first few readers did.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
from dataclasses import asdict, dataclass, field
from time import perf_counter_ns

RECEIVE_BYTES_MAX = 1 << 20

# Readers whose events are looked at one by one, for the latency.
WATCHED = 5

EVENT = b'"type":"trade"'
RESET = b'"type":"reset"'
SEQUENCE = re.compile(rb'"sequence":([0-9]+)')


@dataclass
class Received:
    """What the readers got."""

    events: int = 0
    reads: int = 0
    resets: int = 0
    bytes: int = 0
    received_ns: list[tuple[int, int]] = field(default_factory=list)
    """Sequence and moment of the newest event of each read of a watched reader."""


class Reader:
    """One subscriber."""

    def __init__(self, port: int, kind: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        path = {"ws": "/ws/trades", "sse": "/stream/trades"}[kind]
        lines = [f"GET {path}?symbols=BTC-USD HTTP/1.1", "Host: bench"]
        if kind == "ws":
            lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
            lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._tail = b""

    def wait_for_snapshot(self) -> None:
        received = b""
        while b'"trades":[' not in received:
            part = self.socket.recv(RECEIVE_BYTES_MAX)
            if not part:
                raise ConnectionError(f"the server said {received[:500]!r}")
            received += part

    def read(self, found: Received, is_watched: bool) -> None:
        part = self.socket.recv(RECEIVE_BYTES_MAX)
        now = perf_counter_ns()
        if not part:
            raise ConnectionError("the server closed")
        data = self._tail + part
        found.events += data.count(EVENT)
        found.resets += data.count(RESET)
        found.reads += 1
        found.bytes += len(part)
        # An event may end in the next part; what may be half a mark is looked at again.
        self._tail = data[-len(EVENT) + 1 :]
        if is_watched and (sequences := SEQUENCE.findall(part[-600:])):
            found.received_ns.append((int(sequences[-1]), now))


def drive(port: int, kind: str, count: int) -> None:
    readers = [Reader(port, kind) for _ in range(count)]
    for reader in readers:
        reader.wait_for_snapshot()
    print("ready", flush=True)
    found = Received()
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        for place, reader in enumerate(readers):
            selector.register(reader.socket, selectors.EVENT_READ, (reader, place < WATCHED))
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    if not sys.stdin.readline():
                        return
                    print(json.dumps(asdict(found)), flush=True)
                    found = Received()
                else:
                    reader, is_watched = key.data
                    reader.read(found, is_watched)


if __name__ == "__main__":
    drive(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
