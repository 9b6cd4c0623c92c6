"""Requests that nobody should send, to the real server over real sockets.

Whatever comes, there is an answer, it is no 5xx, an error has our shape, and a refused request
leaves every book as it was. A failure prints its example and how to run it again; another set of
requests is tried with `pytest --hypothesis-seed=N`.
"""

import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api import order
from threaded import SOON_S, Server

BODY_BYTES_MAX = 64 * 1024

FUZZ = settings(max_examples=300, deadline=None, print_blob=True)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """Sends bytes, reads answers, and connects anew when the server has closed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._socket: socket.socket | None = None

    def send(
        self, method: str, target: str, body: bytes = b"", content_type: str = "application/json"
    ) -> Answer:
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body
        if self._socket is None:
            self._socket = socket.create_connection(self.server.address, SOON_S)
        try:
            self._socket.sendall(request)
        except OSError:
            pass  # Refused and closed before it has read all; the answer is there.
        answer = self._read(method)
        if answer.headers.get("connection") == "close" or len(body) > BODY_BYTES_MAX:
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, method: str) -> Answer:
        assert self._socket is not None
        with self._socket.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers: dict[str, str] = {}
            while line := stream.readline().strip():
                name, _, value = line.decode("latin-1").partition(": ")
                headers[name.lower()] = value
            size = 0 if method == "HEAD" else int(headers["content-length"])
            return Answer(status, headers, stream.read(size))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a server that lives as long as this module's tests."""
    server = Server()
    client = Client(server)
    yield client
    client.close()
    server.stop()


def check(client: Client, method: str, target: str, body: bytes = b"", **more: str) -> Answer:
    """Send a request and check all that any answer must hold."""
    before = client.server.hashes()
    answer = client.send(method, target, body, **more)
    assert answer.status < 500
    assert answer.headers["x-request-id"]
    if answer.status >= 400:
        assert client.server.hashes() == before
        if method != "HEAD":
            check_error(json.loads(answer.body)["error"])
    return answer


def check_error(error: dict[str, Any]) -> None:
    assert set(error) == {"code", "message", "field", "request_id"}
    assert len(error["message"]) < 500


# Numbers as text of JSON, most of which are none.
STRANGE_NUMBERS = """
    NaN Infinity -Infinity 1e1000000 1E400 1e-400 -1e5 1_000 0x10 01 -0 -0.0 0 0.0 -1 .5 1. +1 1e 1.5
    100.005 0.001 100.0000000000001 1e2 0.123456789012345678901234567890 999999999999999
    1000000000000000 10000000.01 9223372036854775807 9223372036854775808 99999999999999999999
"""
NUMBERS = st.sampled_from(STRANGE_NUMBERS.split()) | st.integers().map(str)
# Words that mean something somewhere, and characters that look like others or like nothing.
STRANGE_TEXTS = """
    null BTC-USD ETH-USD XRP-USD BTC-USD-1 ETH-USD-99 buy sell ioc fok gtc gtd market stop stop_limit
    take_profit cancel replace none open 2026-05-02T10:00:00Z 9999-12-31T23:59:59Z
    0001-01-01T00:00:00Z <img/src=x> %s%n -- ../..
"""
UNSEEN_TEXTS = ("", " 1", "1\n", "\0", "\u202e", "\u0661", "\uff11\uff10\uff10", "1" * 5000)
TEXTS = st.text(max_size=80) | st.sampled_from(
    [*STRANGE_NUMBERS.split(), *STRANGE_TEXTS.split(), *UNSEEN_TEXTS]
)
LEAVES = NUMBERS | TEXTS.map(json.dumps) | st.sampled_from(["null", "true", "false", "{}", "[]"])
VALUES = LEAVES | st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.tuples(TEXTS.map(json.dumps), inner).map(lambda item: f"{{{item[0]}:{item[1]}}}")
    ),
    max_leaves=5,
)
# Text of JSON that is well-formed as a number or string where one is wanted, to get past the first checks.
DECIMALS = st.decimals(0, 10**6, places=3).map(lambda number: f'"{number:f}"') | NUMBERS
FIELDS = {
    "symbol": st.sampled_from(['"BTC-USD"', '"ETH-USD"', '"BTC-JPY"']),
    "side": st.sampled_from(['"buy"', '"sell"']),
    "type": st.sampled_from(["limit", "market", "ioc", "fok", "stop", "stop_limit"]).map(
        json.dumps
    ),
    "quantity": DECIMALS,
    "price": DECIMALS,
    "trigger_price": DECIMALS,
    "time_in_force": st.sampled_from(["gtc", "ioc", "fok", "gtd"]).map(json.dumps),
    "expires_at": st.datetimes().map(lambda time: f'"{time.isoformat()}Z"'),
    "post_only": st.sampled_from(["true", "false"]),
    "self_trade_prevention": st.sampled_from(["cancel_taker", "cancel_both", "x"]).map(json.dumps),
    "account": TEXTS.map(json.dumps),
    "client_order_id": TEXTS.map(json.dumps),
}
VALID = {name: json.dumps(value) for name, value in order().items()}


@st.composite
def objects(draw: st.DrawFn) -> str:
    """The text of an order of which up to three fields are other, strange, gone, or one too many."""
    fields = dict(VALID)
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(list(FIELDS)))
        match draw(st.sampled_from(["other", "other", "strange", "gone", "extra"])):
            case "other":
                fields[name] = draw(FIELDS[name])
            case "strange":
                fields[name] = draw(VALUES)
            case "gone":
                fields.pop(name, None)
            case "extra":
                fields[draw(TEXTS)] = "1"
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields.items()) + "}"


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The bytes of an order, of which some were lost, doubled or replaced."""
    data = bytearray(draw(objects()).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 10)))
        data[start:end] = draw(st.binary(max_size=4) | st.just(bytes(data[start:end] * 2)))
    return bytes(data)


@FUZZ
@given(body=objects())
def test_orders_with_strange_fields(client: Client, body: str) -> None:
    answer = check(client, "POST", "/orders", body.encode("utf-8", "surrogatepass"))
    assert answer.status in {200, 201, 400, 404, 409, 422}


@FUZZ
@given(body=damaged() | st.binary(max_size=200))
@example(body=b"")
@example(body=b"\xef\xbb\xbf{}")
@example(body=b'{"symbol":"\xff"}')
@example(body=b'{"symbol":"\\ud800"}')
@example(body=b"[" * BODY_BYTES_MAX)
@example(body=b'{"a":' * (BODY_BYTES_MAX // 5))
@example(body=b'{"price":' + b"9" * 60_000 + b"}")
@example(body=b" " * (BODY_BYTES_MAX + 1))
@example(body=b"x" * (20 * BODY_BYTES_MAX))
def test_bodies_that_are_hardly_json(client: Client, body: bytes) -> None:
    assert check(client, "POST", "/orders", body).status in {200, 201, 400, 404, 409, 413, 422}
    assert check(client, "PATCH", "/orders/BTC-USD-1", body).status in {
        200,
        400,
        404,
        409,
        413,
        422,
    }


OTHERS = st.sampled_from(
    [
        {"op": "cancel", "order_id": "BTC-USD-1"},
        {"op": "replace", "order_id": "BTC-USD-1", "price": "0.01"},
        {"op": "cancel", "order_id": "x"},
        {"op": ["cancel"]},
        order(op="batch"),
        order(op="place"),
    ]
).map(json.dumps)


@FUZZ
@given(entries=st.lists(objects() | OTHERS | VALUES, min_size=1, max_size=5))
def test_batches_with_strange_entries(client: Client, entries: list[str]) -> None:
    body = f'{{"orders":[{",".join(entries)}]}}'.encode("utf-8", "surrogatepass")
    answer = check(client, "POST", "/orders/batch", body)
    if answer.status == 200:
        results = json.loads(answer.body)["results"]
        assert len(results) == len(entries)
        for result in results:
            [(kind, value)] = result.items()
            if kind == "error":
                check_error(value)
            else:
                assert kind == "order"
    else:
        assert answer.status == 400


METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X"]
)
SEGMENTS = TEXTS | st.sampled_from(
    ["orders", "batch", "orderbook", "trades", "symbols", "livez", "readyz", "healthz", "..", "."]
)
NAMES = st.sampled_from(
    ["symbol", "status", "account", "limit", "cursor", "depth", "level", "before"]
)


def percent(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


PATHS = st.lists(SEGMENTS.map(percent), max_size=3).map(lambda parts: "/" + "/".join(parts))
ROUTES = st.tuples(
    st.sampled_from(["/orders", "/orders/", "/orderbook/", "/trades/", "/orders/BTC-USD-"]),
    TEXTS.map(percent),
).map("".join)
QUERIES = st.lists(
    st.tuples(NAMES | TEXTS, TEXTS | st.integers().map(str)).map(
        lambda item: f"{percent(item[0])}={percent(item[1])}"
    ),
    max_size=3,
).map("&".join)
RAW = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=20
)


@FUZZ
@given(
    method=METHODS,
    path=PATHS | ROUTES | st.sampled_from(["/orders", "/orderbook/BTC-USD", "/trades/BTC-USD"]),
    query=QUERIES | RAW,
    body=st.sampled_from([b"", b"{}", b'{"orders":[]}', b"\xff"]),
    content_type=st.sampled_from(
        ["application/json", "text/plain", "", "application/json; charset=\xe9"]
    ),
)
@example("GET", "//orders", "", b"", "application/json")
@example("GET", "/orders", "cursor=%FF", b"", "application/json")
@example("GET", "/orders/%FF", "%FF=%FF", b"", "application/json")
@example("GET", "/orderbook/%00", "", b"", "application/json")
@example("DELETE", "/orders", "account=%C3", b"", "application/json")
def test_strange_methods_paths_and_queries(
    client: Client, method: str, path: str, query: str, body: bytes, content_type: str
) -> None:
    content_type = quote(content_type, safe=" /;=")
    check(client, method, f"{path}?{query}", body, content_type=content_type)
