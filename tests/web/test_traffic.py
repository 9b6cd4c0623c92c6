"""The access log: a sample of what is asked, and all that failed."""

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from api import INSTRUMENTS, Api, Clock
from goquant.actors.exchange import Exchange
from goquant.web.app import create_app
from goquant.web.catalog import ROUTES
from goquant.web.limits import Limits
from goquant.web.traffic import CLIENT_LEFT, Traffic


def logged(sample: int, statuses: list[int]) -> list[int]:
    """The statuses that a sample lets through."""
    traffic = Traffic(sample)
    with capture_logs() as logs:
        for status in statuses:
            traffic.answered("GET", "/orders", status, 0.001, "id", "127.0.0.1")
    assert sum(traffic.requests.values()) == len(statuses), "all are counted"
    return [entry["status"] for entry in logs]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (0, []),
        (1, list(range(200, 212))),
        (2, [201, 203, 205, 207, 209, 211]),
        (12, [211]),
        (13, []),
    ],
)
def test_one_of_so_many_is_logged(sample: int, expected: list[int]) -> None:
    assert logged(sample, list(range(200, 212))) == expected


def test_every_failure_is_logged() -> None:
    assert logged(100, [200, 503, 404, 500, 429]) == [503, 500]
    assert logged(0, [500]) == []


async def test_an_entry_says_what_was_asked_and_by_whom() -> None:
    api = Api(Exchange(INSTRUMENTS), Clock())
    api.use(create_app(api.exchange, limits=Limits(access_log_sample=1)))
    with capture_logs() as logs:
        reply = await api.send("GET", "/orders/BTC-USD-1?secret=1")
    (entry,) = logs
    assert entry.pop("ms") >= 0
    assert entry == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/orders/{id}",
        "status": reply.status,
        "request_id": reply.headers["x-request-id"],
        "peer": "<local>",
    }


def test_what_clients_make_up_takes_no_room() -> None:
    traffic = Traffic()
    for number in range(100):
        traffic.answered(f"M{number}", None, 404, 0.0, "", "")
    assert traffic.requests == {("other", "other", 404): 100}
    assert list(traffic.durations) == ["other"]


@pytest.mark.parametrize("rule", ["/orders/<id>", "/static/<path:file>", "/orders"])
def test_a_route_has_the_name_that_its_description_has(rule: str) -> None:
    traffic = Traffic()
    traffic.answered("GET", rule, 200, 0.0, "", "")
    ((_, route, _),) = traffic.requests
    assert route in {each.path for each in ROUTES}


async def test_a_client_that_leaves_is_counted_as_that(api: Api, autojump_clock: MockClock) -> None:
    app = api.app
    app.add_url_rule("/wait", view_func=trio.sleep_forever)
    with trio.move_on_after(0.01):
        await api.send("GET", "/wait")
    assert app.traffic.requests == {("GET", "/wait", CLIENT_LEFT): 1}
