"""The routes, and that it makes no difference through which door a request comes to them."""

import json
import re

import pytest
import trio

from api import INSTRUMENTS, Clock, order
from goquant.actors.exchange import Exchange
from goquant.web.app import create_app
from goquant.web.routes import Reply, Request, Routes
from sockets import Client, connected, serving


async def handler(request: Request, *arguments: str) -> Reply:
    return Reply(200, b"".join(each.encode() for each in arguments))


def routes() -> Routes:
    routes = Routes()
    routes.add("GET", "/orders", handler)
    routes.add("GET", "/orders/<order_id>", handler)
    routes.add("POST", "/orders/batch", handler)
    routes.add("POST", "/symbols/<symbol>/resume", handler)
    return routes


@pytest.mark.parametrize(
    ("method", "path", "arguments"),
    [
        ("GET", "/orders", ()),
        ("GET", "/orders/A-1", ("A-1",)),
        ("GET", "/orders/batch", ("batch",)),
        ("GET", "/orders/<order_id>", ("<order_id>",)),
        ("POST", "/orders/batch", ()),
        ("POST", "/orders", None),
        ("POST", "/orders/A-1", None),
        ("GET", "/orders/", None),
        ("GET", "/orders/A/1", None),
        ("GET", "//orders", None),
        ("GET", "/", None),
        ("GET", "", None),
        ("HEAD", "/orders", None),
        # Left to Quart, which has it too.
        ("POST", "/symbols/A/resume", None),
    ],
)
def test_a_route_is_found_by_method_and_path(
    method: str, path: str, arguments: tuple[str, ...] | None
) -> None:
    route = routes().find(method, path)
    assert (None if route is None else route.arguments) == arguments


async def told_alone(method: str, path: str, body: bytes, *headers: str) -> object:
    """What an exchange answers that has one order."""
    exchange = Exchange(INSTRUMENTS, clock=Clock())
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        async with serving(create_app(exchange)) as address, connected(address) as client:
            await told(client, "POST", "/orders", ORDER, JSON)
            answer = await told(client, method, path, body, *headers)
        nursery.cancel_scope.cancel()
    return answer


async def told(client: Client, method: str, path: str, body: bytes, *headers: str) -> object:
    """All that is answered, but for the moment and the request id."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(body)}",
        *headers,
        "",
        "",
    ]
    await client.send("\r\n".join(lines).encode() + body)
    status, sent = await client.head()
    answer = (await client.exactly(int(sent.pop("content-length")))).decode()
    request_id, date = sent.pop("x-request-id"), sent.pop("date")
    assert re.fullmatch("[0-9a-f]{16}", request_id)
    assert date.endswith("gmt")
    return status, sent, answer.replace(request_id, "the request id")


JSON = "Content-Type: application/json"
ORDER = json.dumps(order(client_order_id="mine")).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/orders", ORDER, [JSON]),
        ("POST", "/orders", ORDER, ["content-type:application/JSON ; charset=utf-8"]),
        ("POST", "/orders", ORDER, ["Content-Type: text/plain"]),
        ("POST", "/orders", ORDER, []),
        ("POST", "/orders", b"", [JSON]),
        ("POST", "/orders", b"{", [JSON]),
        ("POST", "/orders?a=b", ORDER, [JSON]),
        ("POST", "/orders", json.dumps(order(price="100.005")).encode(), [JSON]),
        ("POST", "/orders/batch", b'{"orders":[{"op":"cancel","order_id":"BTC-USD-9"}]}', [JSON]),
        ("POST", "/orders", b"x" * 70_000, [JSON]),
        ("PATCH", "/orders/BTC-USD-1", b'{"price":"99"}', [JSON]),
        ("DELETE", "/orders/BTC-USD-9", b"", []),
        ("DELETE", "/orders/BTC-USD-9", b"{}", [JSON]),
        ("GET", "/orders/BTC-USD-1", b"", []),
        ("GET", "/orders?symbol=BTC%2DUSD&account=", b"", []),
        ("GET", "/orders?symbol=%ff&symbol=+", b"", []),
        ("GET", "/orderbook/BTC-USD?depth=1", b"", []),
        ("GET", "/orderbook/NO-NO", b"", []),
        ("GET", "/orderbook/", b"", []),
        ("PUT", "/orders/BTC-USD-1", b"", []),
        ("GET", "/livez", b"", []),
    ],
)
async def test_both_doors_lead_to_the_same(
    method: str, path: str, body: bytes, headers: list[str]
) -> None:
    plain = await told_alone(method, path, body, *headers)
    escaped = f"/%{ord(path[1]):x}{path[2:]}"
    assert await told_alone(method, escaped, body, *headers) == plain
