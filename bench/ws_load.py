"""`python -m bench.ws_load PORT KIND SECONDS RATE`: one WebSocket that sends orders, many at once.

With a rate of 0 it keeps as many messages on their way as its KIND says; else it sends so many a
second, whether they are answered or not, and waits are taken from the moment when a message was to
be sent. Plain sockets and one thread: a small part of any server's processor time. Prints one line
of JSON. Whatever is not acknowledged in full ends it with an error.
"""

from __future__ import annotations

import json
import select
import socket
import sys
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from random import Random
from time import perf_counter_ns

from .figures import Spread
from .rivals.ours import INSTRUMENT

BATCH = 50
DIFFERENT = 200
MID = 100_000
DEPTH_TICKS = 50
RECEIVE_BYTES_MAX = 1 << 18
NANOSECONDS = 1_000_000_000

TEXT = 0x81  # the first byte of a whole text message; others are pings
ACCEPTED = b'"status":"new"'
REPORT = b'{"channel"'


@dataclass(frozen=True)
class Kind:
    """What a client asks for, and how many messages it has on their way."""

    path: str
    window: int = 64
    orders: int = 1
    """How many one message carries; 0 if the answer is no order's."""


KINDS = {
    "echo": Kind("/echo", orders=0),
    "order": Kind("/ws/orders?reports=false"),
    "reported": Kind("/ws/orders"),
    "batch": Kind("/ws/orders?reports=false", window=8, orders=BATCH),
    "reported-batch": Kind("/ws/orders", window=8, orders=BATCH),
}


@dataclass
class Load:
    """What the client saw."""

    messages: int
    seconds: float
    latency: Spread


def messages(kind: Kind) -> Iterator[bytes]:
    """Frames of orders that rest, for ever: bids below a mid, asks above it. Made in advance."""
    random = Random(0)

    def order() -> dict[str, str]:
        side = random.choice((1, -1))
        ticks = MID - side * random.randint(1, DEPTH_TICKS)
        return {
            "symbol": INSTRUMENT.symbol,
            "side": "buy" if side > 0 else "sell",
            "type": "limit",
            "price": str(ticks * INSTRUMENT.tick_size),
            "quantity": f"0.{random.randint(1000, 9999)}",
        }

    def message(number: int) -> bytes:
        fields: dict[str, object] = {"op": "place", "id": number, **order()}
        if kind.orders > 1:
            fields = {"op": "batch", "id": number, "orders": [order() for _ in range(kind.orders)]}
        return frame(json.dumps(fields).encode(), random.randbytes(4))

    return cycle([message(number) for number in range(DIFFERENT)])


def frame(payload: bytes, mask: bytes) -> bytes:
    """A text message of a client, masked as it has to be."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    key = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + masked.to_bytes(size, "big")


def connect(port: int, path: str) -> socket.socket:
    """A WebSocket whose handshake is done."""
    connected = socket.create_connection(("127.0.0.1", port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = [f"GET {path} HTTP/1.1", "Host: bench", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    connected.sendall("\r\n".join(lines).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connected.recv(1)
    if b" 101 " not in head:
        raise ConnectionError(f"the server said {head!r}")
    return connected


class Answers:
    """What a server says, frame by frame."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._rest = b""

    def take(self, part: bytes) -> int:
        """How many messages are answered by what has come. Raises on a refusal."""
        if not part:
            raise ConnectionError("the server closed")
        data, place, found = self._rest + part, 0, 0
        while True:
            start, size = payload_at(data, place)
            if size < 0 or len(data) < start + size:
                break
            is_text, place = data[place] == TEXT, start + size
            if is_text and not data.startswith(REPORT, start):
                found += 1
                if data.count(ACCEPTED, start, place) != self._kind.orders:
                    raise ConnectionError(f"the server said {data[start:place][:500]!r}")
        self._rest = data[place:]
        return found


def payload_at(data: bytes, place: int) -> tuple[int, int]:
    """Where the payload of a frame begins, and its size; a size of -1 if that has not come yet."""
    size, start = (data[place + 1], place + 2) if len(data) >= place + 2 else (-1, place)
    if size == 126:
        size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
    elif size == 127:
        size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
    return (start, size) if len(data) >= start else (start, -1)


def drive(port: int, kind: Kind, seconds: float) -> Load:
    """Keep so many messages on their way for so long."""
    spent, sent_ns = array("q"), deque[int]()
    frames = messages(kind)
    client, answers = connect(port, kind.path), Answers(kind)
    start = now = perf_counter_ns()
    end = start + int(seconds * NANOSECONDS)
    due = kind.window
    while now < end or sent_ns:
        if now < end and due:
            client.sendall(b"".join([next(frames) for _ in range(due)]))
            sent_ns.extend([now] * due)
        due = answers.take(client.recv(RECEIVE_BYTES_MAX))
        now = perf_counter_ns()
        for _ in range(due):
            spent.append(now - sent_ns.popleft())
    client.close()
    return Load(len(spent), (now - start) / NANOSECONDS, Spread.of(spent))


def drive_at(port: int, kind: Kind, seconds: float, rate: float) -> Load:
    """Send so many a second for so long, at random gaps, and wait for the last answer."""
    random, spent, due_ns = Random(1), array("q"), deque[int]()
    frames = messages(kind)
    client, answers = connect(port, kind.path), Answers(kind)
    start = perf_counter_ns()
    end = start + int(seconds * NANOSECONDS)
    following: float = start
    while following < end or due_ns:
        now = perf_counter_ns()
        wait_s = (following - now) / NANOSECONDS if following < end else None
        if wait_s is not None and wait_s <= 0:
            client.sendall(next(frames))
            due_ns.append(int(following))
            following += random.expovariate(rate) * NANOSECONDS
            continue
        if select.select([client], [], [], wait_s)[0]:
            count = answers.take(client.recv(RECEIVE_BYTES_MAX))
            now = perf_counter_ns()
            for _ in range(count):
                spent.append(now - due_ns.popleft())
    client.close()
    return Load(len(spent), (perf_counter_ns() - start) / NANOSECONDS, Spread.of(spent))


def main() -> None:
    port, kind = int(sys.argv[1]), KINDS[sys.argv[2]]
    seconds, rate = float(sys.argv[3]), float(sys.argv[4])
    load = drive_at(port, kind, seconds, rate) if rate else drive(port, kind, seconds)
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
