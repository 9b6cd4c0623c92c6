"""What hostile clients do, in one table, for the tests and for `bench attacks`.

As a script, `python attacks.py PORT NAME CLIENTS SECONDS`: so many of them at a time, each of which
comes again when the server has parted from it. Without arguments it lists them.
"""

import json
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import trio

from frames import BINARY, CLOSE, CONTINUATION, MASK, PING, TEXT, Frame, told

Address = tuple[str, int]

SYMBOL = "BTC-USD"
TRICKLE_S = 0.01
RECEIVE_BYTES_MAX = 1 << 16
SMALL_BUFFER_BYTES = 4_096

CUT = "cut"
"""The server has closed without a word, or has reset the connection."""

GARBAGE = b"\0" + Random(0).randbytes(1 << 14)
HOST = b"Host: x\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
CHUNKED = b"POST /orders HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
MARKET = f"/ws/marketdata?symbols={SYMBOL}&depth=1000"


def get(path: str) -> bytes:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def post(body: bytes, size: int | None = None) -> bytes:
    """A request to place an order, with a body that may be shorter than it says."""
    head = f"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: {size or len(body)}\r\n"
    return f"{head}Content-Type: application/json\r\n\r\n".encode() + body


def upgrade(path: str, more: bytes = b"") -> bytes:
    """A handshake, with more headers."""
    return b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + UPGRADE + KEY + more + b"\r\n"


class Attacker:
    """One hostile connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.said = b""
        self._heard = trio.Event()

    async def listen(self) -> None:
        """Read until the server has closed."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while data := await self.stream.receive_some(RECEIVE_BYTES_MAX):
                self.said += data[: 1 << 16]
                self._heard.set()

    async def send(self, data: bytes) -> None:
        """Send at once."""
        await self.stream.send_all(data)

    async def flood(self, data: bytes) -> None:
        """Send the same again and again."""
        while True:
            await self.send(data)

    async def trickle(self, data: bytes) -> None:
        """Send byte after byte, again and again."""
        while True:
            for byte in data:
                await self.send(bytes([byte]))
                await trio.sleep(TRICKLE_S)

    async def open(self, path: str) -> None:
        """Become a WebSocket that is accepted."""
        await self.send(upgrade(path))
        await self._heard.wait()

    def verdict(self) -> str:
        """What became of it: the status of the first answer, the code of the close, or `CUT`."""
        head, _, rest = self.said.partition(b"\r\n\r\n")
        status = head[9:12].decode("latin-1")
        if status != "101":
            return status or CUT
        closes = [payload for opcode, payload in told(rest) if opcode == CLOSE]
        return str(int.from_bytes(closes[0][:2])) if closes else CUT


Doing = Callable[[Attacker], Awaitable[None]]


@dataclass(frozen=True)
class Attack:
    """What is done over a connection, and what has to become of it."""

    do: Doing
    ends: str
    listens: bool = True
    """Whether the client reads; if not, it has little room for what it does not read."""

    async def run(self, address: Address) -> str:
        """Attack once. Returns the verdict."""
        attacker = Attacker(await connected(address, small=not self.listens))
        try:
            async with trio.open_nursery() as nursery:
                if self.listens:
                    nursery.start_soon(self._hear, attacker, nursery.cancel_scope)
                with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await self.do(attacker)
        finally:
            await trio.aclose_forcefully(attacker.stream)
        return attacker.verdict()

    async def _hear(self, attacker: Attacker, scope: trio.CancelScope) -> None:
        await attacker.listen()
        scope.cancel()


async def connected(address: Address, *, small: bool) -> trio.SocketStream:
    """A connection, perhaps with little room for what is not read."""
    client = trio.socket.socket()
    if small:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
    await client.connect(address)
    return trio.SocketStream(client)


def says(data: bytes, *, then_eof: bool = False) -> Doing:
    """Say this, and wait."""

    async def do(attacker: Attacker) -> None:
        await attacker.send(data)
        if then_eof:
            await attacker.stream.send_eof()

    return do


def floods(data: bytes, path: str | None = None) -> Doing:
    """Say this without end, perhaps over a WebSocket."""

    async def do(attacker: Attacker) -> None:
        if path is not None:
            await attacker.open(path)
        await attacker.flood(data)

    return do


def trickles(data: bytes, begin: bytes = b"", path: str | None = None) -> Doing:
    """Begin well, and go on byte by byte."""

    async def do(attacker: Attacker) -> None:
        if path is not None:
            await attacker.open(path)
        await attacker.send(begin)
        await attacker.trickle(data)

    return do


def over(path: str, data: bytes, *, then_eof: bool = False) -> Doing:
    """Say this over a WebSocket, and wait."""

    async def do(attacker: Attacker) -> None:
        await attacker.open(path)
        await attacker.send(data)
        if then_eof:
            await attacker.stream.send_eof()

    return do


async def subscribes_and_never_reads(attacker: Attacker) -> None:
    """Ask for one snapshot after the other."""
    await attacker.send(upgrade(MARKET))
    message = bytes(Frame(TEXT, json.dumps({"op": "subscribe", "symbols": [SYMBOL]}).encode()))
    while True:
        await attacker.send(message)
        await trio.sleep(TRICKLE_S / 10)


async def leaves(attacker: Attacker) -> None:
    """Reset the connection in the middle of a request."""
    await attacker.send(post(b"{", 100))
    attacker.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await trio.aclose_forcefully(attacker.stream)


PINGS = bytes(Frame(PING)) * 1_000
FRAGMENT = bytes(Frame(CONTINUATION, fin=False))
BIG_FRAGMENT = bytes(Frame(CONTINUATION, b"x" * 32_768, fin=False))
BEGIN = bytes(Frame(BINARY, b"x", fin=False))
FORTY_MIB = 40 << 20
FAR_TOO_MUCH = BEGIN + BIG_FRAGMENT * (FORTY_MIB // len(BIG_FRAGMENT))
LONG_TEXT = bytes([0x80 | TEXT, 0xFE]) + (60_000).to_bytes(2) + MASK

ATTACKS = {
    "bytes that are no HTTP": Attack(says(GARBAGE), "400"),
    "malformed handshakes": Attack(
        says(upgrade(MARKET, b"Sec-WebSocket-Protocol: \xff\r\n")), "400"
    ),
    "speaking before the 101": Attack(says(upgrade(MARKET) + PINGS), "400"),
    "foreign origins": Attack(says(upgrade(MARKET, b"Origin: https://evil.example\r\n")), "403"),
    "malformed frames": Attack(over(MARKET, bytes(Frame(3))), "1002"),
    "text that is no UTF-8": Attack(over("/ws/orders", bytes(Frame(TEXT, b"\xff"))), "1007"),
    "slow headers": Attack(trickles(b"a", b"GET / HTTP/1.1\r\n"), CUT),
    "slow bodies": Attack(trickles(b" ", post(b"{", 60_000)), "408"),
    "slow chunks": Attack(trickles(b"1\r\n \r\n", CHUNKED), "408"),
    "slow frames": Attack(trickles(b"x", LONG_TEXT, MARKET), "1008"),
    "slow fragments": Attack(trickles(FRAGMENT, BEGIN, "/ws/orders"), "1008"),
    "bodies of one byte a chunk": Attack(floods(CHUNKED + b"1\r\n \r\n" * 60_000), "413"),
    "40 MiB of fragments": Attack(over(MARKET, FAR_TOO_MUCH), "1009"),
    "empty fragments": Attack(floods(FRAGMENT * 1_000, MARKET), "1002"),
    "endless fragments": Attack(over("/ws/orders", BEGIN + FRAGMENT * 10_000), "1008"),
    "pings": Attack(floods(PINGS, "/ws/orders"), "1008"),
    "messages": Attack(floods(bytes(Frame(TEXT, b"{}")) * 100, MARKET), "1008"),
    "closes": Attack(over(MARKET, bytes(Frame(CLOSE, (1000).to_bytes(2))) * 1_000), "1000"),
    "half-closed requests": Attack(says(get("/symbols"), then_eof=True), "200"),
    "half-closed bodies": Attack(says(post(b"{", 100), then_eof=True), "400"),
    "half-closed WebSockets": Attack(over(MARKET, b"", then_eof=True), CUT),
    "resets": Attack(leaves, CUT),
    "answers that nobody reads": Attack(
        floods(get(f"/orderbook/{SYMBOL}?depth=1000") * 10), CUT, listens=False
    ),
    "snapshots that nobody reads": Attack(subscribes_and_never_reads, CUT, listens=False),
}


async def keep_on(attack: Attack, address: Address, clients: int, seconds: float) -> None:
    """So many attackers for so long."""

    async def again_and_again() -> None:
        while True:
            with suppress(OSError, EOFError):
                await attack.run(address)
            await trio.sleep(TRICKLE_S)

    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for _ in range(clients):
                nursery.start_soon(again_and_again)


def main() -> None:
    """Attack as the command says, or without one list the attacks."""
    if len(sys.argv) == 1:
        print("\n".join(ATTACKS))
        return
    _, port, name, clients, seconds = sys.argv
    trio.run(keep_on, ATTACKS[name], ("127.0.0.1", int(port)), int(clients), float(seconds))


if __name__ == "__main__":
    main()
