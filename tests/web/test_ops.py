"""The routes for whoever runs the exchange, what all answers have in common, and the API's page."""

import pytest

from api import INSTRUMENTS, Api, Clock
from goquant import __version__
from goquant.actors.exchange import Exchange


async def test_an_exchange_that_runs_is_live_and_ready(api: Api) -> None:
    for path, expected in (("/livez", "live"), ("/readyz", "ready"), ("/healthz", "ready")):
        reply = await api.send("GET", path)
        assert (reply.status, reply.json["status"]) == (200, expected)
        assert reply.json["version"] == __version__


async def test_status_tells_how_every_symbol_is(api: Api) -> None:
    await api.placed()
    reply = await api.send("GET", "/status")
    assert (reply.status, reply.json["running"]) == (200, True)
    assert (reply.json["journal"], reply.json["history"]) == (None, None)
    first = reply.json["symbols"][0]
    assert (first["symbol"], first["state"], first["sequence"]) == ("BTC-USD", "running", 1)
    assert (first["inbox_depth"], first["restarts"], first["snapshot_age_s"]) == (0, 0, None)


async def test_an_exchange_that_does_not_run_is_live_but_not_ready() -> None:
    api = Api(Exchange(INSTRUMENTS), Clock())
    assert (await api.send("GET", "/livez")).status == 200
    for path in ("/readyz", "/healthz"):
        reply = await api.send("GET", path)
        assert (reply.status, reply.code) == (503, "halted")
        assert reply.headers["retry-after"] == "1"


async def test_there_is_a_page_for_people(api: Api) -> None:
    reply = await api.send("GET", "/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/livez"),
        ("HEAD", "/symbols"),
        ("OPTIONS", "/orders"),
        ("GET", "/orders"),
        ("GET", "/nothing"),
        ("GET", "/static/nothing"),
        ("PUT", "/orders"),
        ("POST", "/orders"),
    ],
)
async def test_every_answer_has_the_same_headers(api: Api, method: str, path: str) -> None:
    first, second = [(await api.send(method, path)).headers for _ in range(2)]
    assert first["cache-control"] == "no-store"
    assert first["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in first
    assert "server" not in first
    assert first["x-request-id"] != second["x-request-id"]
