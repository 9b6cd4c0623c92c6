"""Which pages may use the exchange from a browser."""

from collections.abc import Mapping

import pytest
import trio
from quart_trio.testing import TrioClient

from api import INSTRUMENTS, order
from goquant.actors.exchange import Exchange
from goquant.web.app import create_app
from goquant.web.errors import ApiError
from goquant.web.origins import Origins
from streaming import Rejected, websocket

DESK = "https://desk.example"
HOST = "127.0.0.1:8000"

# Somebody owns this name, and may let it stand for any machine.
NAME = "exchange.example:8000"


class Site:
    """The application, with another page that may use it."""

    def __init__(self) -> None:
        self.app = create_app(Exchange(INSTRUMENTS), allowed_origins=[DESK, "http://b.example"])

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str]]:
        response = await TrioClient(self.app).open(path, method=method, headers=dict(headers))
        await response.get_data()
        return response.status_code, {name.lower(): text for name, text in response.headers.items()}


@pytest.fixture
async def site(nursery: trio.Nursery) -> Site:
    return Site()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": f"http://{HOST}", "host": HOST},
        {"origin": f"https://{HOST}", "host": HOST},
        {"origin": "http://LocalHost:8000", "host": "LOCALHOST:8000"},
        {"origin": "http://a.localhost", "host": "a.localhost"},
        {"origin": "http://[::1]:8000", "host": "[::1]:8000"},
        {"origin": "https://192.0.2.7", "host": "192.0.2.7"},
        {"origin": DESK},
        {"origin": "http://b.example"},
    ],
)
async def test_programs_our_own_page_and_allowed_pages_get_a_websocket(
    site: Site, headers: dict[str, str]
) -> None:
    async with websocket(site.app, "/ws/trades?symbols=BTC-USD", headers) as socket:
        assert await socket.events()


@pytest.mark.parametrize("path", ["/ws/trades", "/ws/marketdata", "/nowhere"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        f"{DESK}.evil.example",
        DESK.upper(),
        f"{DESK}:444",
        f"ftp://{HOST}",
        f"http://{HOST}/",
        "http://127.0.0.1",
        "http://localhost:8000",
        f"{DESK}, https://evil.example",
    ],
)
async def test_no_other_page_gets_a_websocket(site: Site, origin: str, path: str) -> None:
    with pytest.RaisesGroup(Rejected, flatten_subgroups=True) as caught:
        async with websocket(site.app, path, {"origin": origin, "host": HOST}):
            pytest.fail("it was accepted")
    rejected = caught.value.exceptions[0]
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.code) == (403, "origin_not_allowed")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/symbols", 200), ("/nowhere", 404), ("/poll/BTC-USD", 200), ("/orders/x", 404)],
)
async def test_an_allowed_page_may_read_every_answer(site: Site, path: str, status: int) -> None:
    found, headers = await site.ask("GET", path, {"origin": DESK})
    assert found == status
    assert headers["access-control-allow-origin"] == DESK
    assert headers["vary"] == "Origin"
    assert "X-Request-Id" in headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, f"http://{HOST}"])
async def test_other_pages_get_no_leave_to_read(site: Site, origin: str | None) -> None:
    status, headers = await site.ask("GET", "/symbols", {"origin": origin} if origin else {})
    assert status == 200
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/orders", "/orders/BTC-USD-1", "/stream/trades", "/nowhere"])
async def test_a_browser_is_told_that_an_allowed_page_may_ask(site: Site, path: str) -> None:
    asked = {"origin": DESK, "access-control-request-method": "PATCH"}
    status, headers = await site.ask("OPTIONS", path, asked)
    assert status == 204
    assert headers["access-control-allow-origin"] == DESK
    assert "PATCH" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "content-type, last-event-id"
    assert headers["access-control-max-age"] == "600"


@pytest.mark.parametrize("origin", ["https://evil.example", None])
async def test_a_browser_is_told_that_another_page_may_not(site: Site, origin: str | None) -> None:
    asked = {"access-control-request-method": "POST"} | ({"origin": origin} if origin else {})
    status, headers = await site.ask("OPTIONS", "/orders", asked)
    assert status == 403
    assert not [name for name in headers if name.startswith("access-control")]


async def test_what_asks_for_options_only_is_told_the_methods(site: Site) -> None:
    status, headers = await site.ask("OPTIONS", "/orders", {"origin": DESK})
    assert status == 200
    assert "POST" in headers["allow"]


async def test_a_page_cannot_place_an_order_without_asking_first(site: Site) -> None:
    """A form may send this without a preflight request; only what is JSON is ever read."""
    headers = {"origin": DESK, "content-type": "text/plain"}
    response = await TrioClient(site.app).post("/orders", data=str(order()), headers=headers)
    assert response.status_code == 400


@pytest.mark.parametrize("host", [NAME, "localhost.example", "", "127.0.0.1.example:8000"])
async def test_a_page_at_a_name_is_not_ours_although_it_asks_its_own_host(
    site: Site, host: str
) -> None:
    headers = {"origin": f"http://{host}", "host": host}
    with pytest.RaisesGroup(Rejected, flatten_subgroups=True):
        async with websocket(site.app, "/ws/trades?symbols=BTC-USD", headers):
            pytest.fail("it was accepted")
    assert (await site.ask("POST", "/orders", headers))[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/admin/symbols/BTC-USD/resume"),
        ("POST", "/orders"),
        ("DELETE", "/orders"),
        ("PATCH", "/orders/BTC-USD-1"),
        ("POST", "/nowhere"),
    ],
)
async def test_another_page_changes_nothing(site: Site, method: str, path: str) -> None:
    async def code(origin: Mapping[str, str]) -> object:
        headers = {"host": HOST} | dict(origin)
        response = await TrioClient(site.app).open(path, method=method, headers=headers)
        return (await response.get_json()).get("error", {}).get("code")

    assert await code({"origin": "https://evil.example"}) == "origin_not_allowed"
    for allowed in ({"origin": DESK}, {"origin": f"http://{HOST}"}, {}):
        assert await code(allowed) not in ("origin_not_allowed", "internal")


def test_a_host_that_is_none_has_no_page() -> None:
    with pytest.raises(ApiError):
        Origins().check(["http://[::1"], "[::1")
