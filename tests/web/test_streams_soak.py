"""A thousand readers for a minute, and a hundred thousand that come and go. Minutes; see tox -e long."""

import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from api import order
from processes import Caller, Server

SYMBOL = "BTC-USD"
SUBSCRIBERS = 1_000
MINUTE_S = 60.0

# Each with half as many trades, so that a hundred are told to each of a thousand in a second.
BATCH = 100
BATCHES_PER_S = 2

# Readers are left alone for an hour, and given up two seconds after they have stopped to read.
PATIENT = ("--websocket-silence-ms", "3600000", "--send-timeout-ms", "2000")

VISITS = 100_000
AT_ONCE = 50
RECEIVE_BYTES_MAX = 1 << 18

TRADE_ID = re.compile(rb'"type":"trade","trade_id":([0-9]+),')
LONGEST_MARK = 60

pytestmark = pytest.mark.long


def handshake(port: int, *, buffer_bytes: int | None = None) -> socket.socket:
    """A client that has asked for a WebSocket, perhaps with little room for what it does not read."""
    client = socket.socket()
    if buffer_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    client.connect(("127.0.0.1", port))
    lines = [
        f"GET /ws/trades?symbols={SYMBOL} HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    return client


class Reader:
    """Expects every trade, in order. It answers no ping."""

    def __init__(self, port: int) -> None:
        self.socket = handshake(port)
        self.last = 0
        self._rest = b""

    def read(self) -> None:
        part = self.socket.recv(RECEIVE_BYTES_MAX)
        assert part, "the server has closed"
        data = self._rest + part
        end = 0
        for match in TRADE_ID.finditer(data):
            assert int(match[1]) == self.last + 1
            self.last += 1
            end = match.end()
        self._rest = data[max(end, len(data) - LONGEST_MARK) :]
        assert b'"type":"reset"' not in data


class Flow(threading.Thread):
    """Trades at a steady rate, over HTTP."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.trades = 0
        self.waits_s: list[float] = []
        self.stop = threading.Event()

    def run(self) -> None:
        orders = [order(side=side) for side in ("sell", "buy")] * (BATCH // 2)
        with Caller(self.port) as caller:
            while not self.stop.wait(1 / BATCHES_PER_S):
                began_at = time.monotonic()
                assert caller.send("POST", "/orders/batch", {"orders": orders}).status == 200
                self.waits_s.append(time.monotonic() - began_at)
                self.trades += BATCH // 2


def test_a_thousand_readers_miss_nothing_for_a_minute_whoever_does_not_read(
    tmp_path: Path,
) -> None:
    with (
        Server(tmp_path / "data", *PATIENT) as server,
        ExitStack() as stack,
        selectors.DefaultSelector() as selector,
    ):
        port = server.ready()
        deaf = [stack.enter_context(handshake(port, buffer_bytes=4_096)) for _ in range(20)]
        readers = [Reader(port) for _ in range(SUBSCRIBERS)]
        for reader in readers:
            stack.enter_context(reader.socket)
            selector.register(reader.socket, selectors.EVENT_READ, reader)
        with flowing(port) as flow:
            end = time.monotonic() + MINUTE_S
            while time.monotonic() < end:
                drain(selector)
        deadline = time.monotonic() + MINUTE_S
        while any(reader.last < flow.trades for reader in readers):
            assert time.monotonic() < deadline, "some have not got everything"
            drain(selector)
        assert [is_cut_off(client) for client in deaf] == [True] * len(deaf)
    print(f"{flow.trades:,} trades to each, batches answered within {max(flow.waits_s):.2f} s")
    assert flow.trades


def is_cut_off(client: socket.socket) -> bool:
    """Whether the server has given a client up, whatever the client finds in its buffer still."""
    client.setblocking(False)
    try:
        while client.recv(RECEIVE_BYTES_MAX):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return True


def drain(selector: selectors.BaseSelector) -> None:
    """Read what there is."""
    for key, _ in selector.select(timeout=0.5):
        key.data.read()


@contextmanager
def flowing(port: int) -> Iterator[Flow]:
    """Trades, until the end of the block."""
    flow = Flow(port)
    flow.start()
    try:
        yield flow
    finally:
        flow.stop.set()
        flow.join()


def test_a_hundred_thousand_visits_leave_nothing_behind(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        port = server.ready()
        visit(port, VISITS // 10)
        before = sizes(server)
        visit(port, VISITS)
        after = sizes(server)
    print(f"descriptors and KiB: {before} before, {after} after {VISITS:,} visits")
    assert after[0] <= before[0]
    # An allocator keeps a little here and there; a hundred bytes for each visit would be 10 MiB.
    assert after[1] - before[1] < 8 * 1024


def visit(port: int, count: int) -> None:
    """Clients that come, hear the first words, and leave, each in one of two ways."""
    for start in range(0, count, AT_ONCE):
        clients = [handshake(port) for _ in range(AT_ONCE)]
        for place, client in enumerate(clients):
            assert client.recv(RECEIVE_BYTES_MAX).startswith(b"HTTP/1.1 101")
            if (start + place) % 2:
                client.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
            client.close()


def sizes(server: Server) -> tuple[int, int]:
    """How many descriptors the server has, and how many KiB of memory, once it is quiet."""
    process = Path(f"/proc/{server.process.pid}")
    fewest = None
    while fewest != (fewest := len(list((process / "fd").iterdir()))):
        time.sleep(2)
    pages = int((process / "statm").read_text().split()[1])
    return fewest, pages * 4
