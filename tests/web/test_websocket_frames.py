"""WebSocket frames and messages that nobody should send, to every route over real sockets.

Whatever comes, what the server says is well-formed and described, it closes with a code that is
documented, nothing of it fails, and no task of the connection is left. A failure prints how to run it
again; other frames are tried with `pytest --hypothesis-seed=N`.
"""

import json
import socket
from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from api import order
from described import check_told
from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, told
from threaded import SOON_S, Server

PATHS = (
    "/ws/marketdata?symbols=BTC-USD,ETH-USD&depth=5",
    "/ws/trades?symbols=BTC-USD",
    "/ws/orders?account=alice&cancel_on_disconnect=true",
    "/ws/orders",
)

# As docs/streams.md has them, and those by which RFC 6455 calls what breaks its rules.
CODES = {1000, 1001, 1002, 1007, 1008, 1009}
# With these clients may close, and our server does not.
OWN_CODES = {3000, 4999}

SUBSCRIPTIONS = (
    {"op": "subscribe", "symbols": ["BTC-USD"]},
    {"op": "subscribe", "symbols": ["BTC-USD", "ETH-USD", "BTC-USD"], "since": 1, "id": 1},
    {"op": "subscribe", "symbols": [], "since": {}},
    {"op": "unsubscribe", "symbols": ["BTC-USD", "DOGE-USD"], "id": "x"},
)
TRADING = (
    order(op="place", id=1),
    order(op="place", side="sell", client_order_id="a"),
    {"op": "cancel", "order_id": "BTC-USD-1", "id": "c"},
    {"op": "replace", "order_id": "BTC-USD-2", "price": "101"},
    {"op": "batch", "orders": [order(op="place"), {"op": "cancel", "order_id": "x"}, 1]},
    {"op": "cancel_all", "symbol": "BTC-USD"},
    {"op": "cancel_after", "seconds": 60},
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """The text of a message that means something, or would but for one of its fields."""
    fields: dict[str, object] = {**draw(st.sampled_from([*SUBSCRIPTIONS, *TRADING]))}
    if draw(st.booleans()):
        names = st.sampled_from([*fields, "id", "op"]) | st.text(max_size=8)
        fields[draw(names)] = draw(JSONS)
    return json.dumps(fields).encode("utf-8", "surrogatepass")


PAYLOADS = st.one_of(
    messages(),
    messages(),
    JSONS.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    st.binary(max_size=200),
    st.sampled_from([b"", b"[" * 60_000, b"\xed\xa0\x80", b"x" * 66_000, b'{"op":"place"' * 5_000]),
)
WHOLE = st.builds(Frame, st.sampled_from([TEXT, BINARY]), PAYLOADS)
GOOD = WHOLE | WHOLE.flatmap(
    lambda frame: st.lists(st.integers(0, len(frame.payload)), max_size=5).map(
        lambda cuts: b"".join(fragments(frame, sorted(cuts)))
    )
)
PINGS = st.builds(Frame, st.sampled_from([PING, PONG]), st.binary(max_size=125))
CLOSES = st.builds(
    Frame,
    st.just(CLOSE),
    st.sampled_from([0, 999, 1000, 1001, 1004, 1005, 1006, 2999, *OWN_CODES, 5000]).map(
        lambda code: code.to_bytes(2) + b"bye"
    )
    | st.binary(max_size=1),
)
STRANGE = st.builds(
    Frame,
    st.integers(0, 15),
    st.binary(max_size=130),
    fin=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 0, 1, 4]),
    masked=st.sampled_from([True, True, True, False]),
    length=st.none() | st.sampled_from([0, 1, 125, 126, 70_000, 1 << 31, (1 << 63) - 1, 1 << 63]),
)
# Any number of frames that are well-formed, and at the end one that need not be.
BYTES = st.tuples(
    st.lists(GOOD | GOOD | PINGS, max_size=8), st.just(b"") | CLOSES | STRANGE | st.binary()
).map(lambda parts: b"".join(map(bytes, [*parts[0], parts[1]])))


def fragments(frame: Frame, cuts: list[int]) -> Iterator[bytes]:
    """The same message as several frames."""
    starts, ends = [0, *cuts], [*cuts, len(frame.payload)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        opcode = CONTINUATION if number else frame.opcode
        yield bytes(Frame(opcode, frame.payload[start:end], fin=number == len(cuts)))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def converse(server: Server, path: str, data: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    """Send the bytes in pieces, then no more, and read what the server says until it closes."""
    with socket.create_connection(server.address, SOON_S) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"GET {path} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "",
            "",
        ]
        client.sendall("\r\n".join(lines).encode())
        said = b""
        while b"\r\n\r\n" not in said:
            said += client.recv(1)
        assert said.startswith(b"HTTP/1.1 101")
        try:
            for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
                client.sendall(data[start:end])
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has closed before it had all; what it said first is there.
        return list(told(to_the_end(client)))


def to_the_end(client: socket.socket) -> bytes:
    parts = []
    try:
        while part := client.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def check(path: str, frames: list[tuple[int, bytes]]) -> None:
    """Fail unless a server may say this."""
    for opcode, payload in frames:
        match opcode:
            case 1:
                message = json.loads(payload)
                check_told(path.partition("?")[0], message)
                assert message.get("error", {}).get("code") != "internal"
            case 8:
                # A client that closes first gets its own code back, or none for none.
                code = int.from_bytes(payload[:2])
                assert not payload or code in CODES or code in OWN_CODES
            case _:
                assert opcode in {PING, PONG}
    assert CLOSE not in [opcode for opcode, _ in frames[:-1]], "nothing follows a close"


def wait_for_the_end(server: Server) -> None:
    """Until no task of any connection is left. All tasks of one are within the one that counts it."""
    patience = monotonic() + SOON_S
    while server.ask(lambda: server.app.traffic.connections):
        assert monotonic() < patience, "a connection does not end"
        sleep(0.001)


def check_conversation(server: Server, path: str, data: bytes, cuts: list[int]) -> None:
    """All that must hold of a conversation, and of what is left of it."""
    with capture_logs() as logs:
        check(path, converse(server, path, data, sorted(min(cut, len(data)) for cut in cuts)))
        wait_for_the_end(server)
    assert logs == []


CONVERSATIONS = given(
    path=st.sampled_from(PATHS), data=BYTES, cuts=st.lists(st.integers(0, 300), max_size=4)
)


@settings(max_examples=300)
@CONVERSATIONS
@example(PATHS[0], bytes(Frame(PING)) * 5_000, [])
@example(
    PATHS[2], bytes(Frame(TEXT, fin=False)) + bytes(Frame(CONTINUATION, fin=False)) * 5_000, []
)
@example(PATHS[3], bytes(Frame(TEXT, json.dumps(TRADING[0]).encode())) * 600, [3, 30])
@example(PATHS[1], bytes(Frame(TEXT, b"{}")) * 500, [])
@example(PATHS[1], bytes(Frame(CLOSE)) * 500, [])
def test_whatever_comes_the_server_stays_well(
    server: Server, path: str, data: bytes, cuts: list[int]
) -> None:
    check_conversation(server, path, data, cuts)


@pytest.mark.long
@settings(max_examples=20_000)
@CONVERSATIONS
def test_whatever_comes_for_a_long_time(
    server: Server, path: str, data: bytes, cuts: list[int]
) -> None:
    check_conversation(server, path, data, cuts)


def test_the_check_notices() -> None:
    wrong: list[list[tuple[int, bytes]]] = [
        [(TEXT, b'{"channel": 1}')],
        [(CLOSE, (1011).to_bytes(2))],
        [(BINARY, b"")],
        [(CLOSE, b""), (PING, b"")],
    ]
    for frames in wrong:
        with pytest.raises((AssertionError, ValueError)):
            check("/ws/trades", frames)
