"""`python -m bench.load PORT KIND SECONDS`: so many connections, each with one request at a time.

One thread and plain sockets: a small part of the processor time of any server it is pointed at.
Prints one line of JSON. Whatever is not acknowledged in full ends it with an error.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from random import Random
from time import perf_counter_ns

from .figures import Spread
from .rivals.ours import INSTRUMENT

BATCH = 100
DIFFERENT = 50
MID = 100_000
DEPTH_TICKS = 50
RECEIVE_BYTES_MAX = 1 << 18

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """What the clients ask for, and how many they are."""

    path: str
    orders: int = 1
    """How many one request carries."""
    accepted: bytes = b""
    """What an answer says once for each order that was accepted."""
    connections: int = 16


# Sixteen batches at once would be more orders than a symbol's inbox holds, and some be refused.
KINDS = {
    "echo": Kind("/echo"),
    "order": Kind("/orders", accepted=b'"status":"new"'),
    "batch": Kind("/orders/batch", BATCH, b'"status":"new"', connections=8),
    "gateway": Kind(f"/markets/{INSTRUMENT.symbol}/orders", accepted=b'"status":"resting"'),
}


@dataclass
class Load:
    """What the clients saw."""

    requests: int
    seconds: float
    latency: Spread


class Orders:
    """Bodies of orders that rest: bids below a mid, asks above it."""

    def __init__(self, kind: str, seed: int) -> None:
        self._kind = kind
        self._seed = seed
        self._random = Random(seed)

    def body(self) -> bytes:
        """One request's."""
        orders = [self._order() for _ in range(KINDS[self._kind].orders)]
        return json.dumps({"orders": orders} if self._kind == "batch" else orders[0]).encode()

    def _order(self) -> dict[str, object]:
        side = self._random.choice((1, -1))
        ticks = MID - side * self._random.randint(1, DEPTH_TICKS)
        order: dict[str, object] = {
            "side": "buy" if side > 0 else "sell",
            "type": "limit",
            "price": str(ticks * INSTRUMENT.tick_size),
            "quantity": f"0.{self._random.randint(1000, 9999)}",
        }
        if self._kind == "gateway":
            # It has the symbol in its path, and wants to know whose order it is.
            return order | {"account": self._seed + 1}
        return order | {"symbol": INSTRUMENT.symbol}


class Connection:
    """A socket, the request on its way, and the part of the answer that is there."""

    def __init__(self, connected: socket.socket, kind: Kind, requests: Iterator[bytes]) -> None:
        self.socket = connected
        self._kind = kind
        self._requests = requests
        self._received = b""
        self._sent_ns = 0

    def send(self) -> None:
        request = next(self._requests)
        self._received = b""
        self._sent_ns = perf_counter_ns()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """Nanoseconds since the request when its answer is complete. Raises on a refusal."""
        part = self.socket.recv(RECEIVE_BYTES_MAX)
        self._received += part
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if part and (not found or length is None or len(body) < int(length[1])):
            return None
        spent_ns = perf_counter_ns() - self._sent_ns
        accepted = self._kind.accepted
        if head[9:10] != b"2" or (accepted and body.count(accepted) != self._kind.orders):
            raise ConnectionError(f"the server said {self._received[:500]!r}")
        return spent_ns


def framed(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def requests_of(kind: str, seed: int) -> Iterator[bytes]:
    """Requests of a kind, for ever. Made in advance: the client shares the server's machine."""
    orders = Orders(kind, seed)
    return cycle([framed("POST", KINDS[kind].path, orders.body()) for _ in range(DIFFERENT)])


def drive(port: int, kind: str, seconds: float) -> Load:
    """Keep every connection busy for so long."""
    spent = array("q")
    with selectors.DefaultSelector() as selector:
        for seed in range(KINDS[kind].connections):
            connected = socket.create_connection(("127.0.0.1", port))
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(connected, KINDS[kind], requests_of(kind, seed))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        start = perf_counter_ns()
        end, now = start + int(seconds * 1e9), start
        while now < end:
            for key, _ in selector.select():
                connection = key.data
                took = connection.receive()
                if took is not None:
                    spent.append(took)
                    connection.send()
            now = perf_counter_ns()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return Load(len(spent), (now - start) / 1e9, Spread.of(spent))


def main() -> None:
    port, kind, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    print(json.dumps(asdict(drive(port, kind, seconds))))


if __name__ == "__main__":
    main()
