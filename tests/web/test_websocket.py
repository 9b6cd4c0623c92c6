"""What every WebSocket route may rely on, and every client."""

import json
from collections.abc import Mapping

import pytest
import trio
from msgspec import Struct
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked
from wsproto.frame_protocol import CloseReason

from goquant.web.application import Application
from goquant.web.errors import ApiError
from goquant.web.http1 import text_frame
from goquant.web.origins import Origins
from goquant.web.requests import TradesQuery
from goquant.web.websocket import Goodbye, Session, WebSockets
from streaming import Closed, Rejected, Socket, payload_of, websocket

RATE = 5


class Echo(Struct):
    """A message, back."""

    id: str | int | None
    op: str
    fields: Mapping[str, object]


class Site:
    """Routes that tell what becomes of them."""

    def __init__(self) -> None:
        self.app = Application("site")
        sockets = WebSockets(self.app, Origins(["https://desk.example"]))
        sockets.add("/echo", self.echo, messages_per_s=RATE)
        sockets.add("/broken", self.broken)
        sockets.add("/broken-child", self.broken_child)
        sockets.add("/refuses", self.refuses)
        sockets.add("/parts", self.parts)
        sockets.add("/query", self.query)
        self.left = trio.Event()

    async def echo(self, session: Session) -> None:
        await session.accept()
        async for message in session:
            await session.send(Echo(*message))
        self.left.set()

    async def broken(self, session: Session) -> None:
        if "early" in session.headers(b"x-when"):
            raise ValueError("a defect")
        await session.accept()
        async for _ in session:
            raise ValueError("a defect")

    async def broken_child(self, session: Session) -> None:
        await session.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._break, session)
            await trio.sleep_forever()

    async def _break(self, session: Session) -> None:
        async for _ in session:
            raise ValueError("a defect")

    async def refuses(self, session: Session) -> None:
        if "late" in session.headers(b"x-when"):
            await session.accept()
        raise ApiError("busy", symbol="BTC-USD")

    async def parts(self, session: Session) -> None:
        await session.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._say_goodbye)
            await trio.sleep_forever()

    async def _say_goodbye(self) -> None:
        raise Goodbye(CloseReason.TRY_AGAIN_LATER, "too much to do")

    async def query(self, session: Session) -> None:
        wanted = session.query(TradesQuery)
        await session.accept()
        await session.send(Echo(wanted.limit, session.path, {}))


@pytest.fixture
def site() -> Site:
    return Site()


async def closing(socket: Socket) -> int:
    """The close code that comes next."""
    with pytest.raises(Closed) as closed:
        await socket.receive()
    return closed.value.code


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
def test_a_frame_is_one_whole_text_message(size: int) -> None:
    assert payload_of(text_frame(b"x" * size)) == b"x" * size


@pytest.mark.parametrize("message_id", ["a", "x" * 64, 1, -(2**63) + 1, None])
async def test_a_message_arrives_with_its_id_its_op_and_its_fields(
    site: Site, message_id: object
) -> None:
    async with websocket(site.app, "/echo") as socket:
        await socket.send({"op": "do", "id": message_id, "price": "1"})
        assert await socket.receive() == {"id": message_id, "op": "do", "fields": {"price": "1"}}


async def test_bytes_are_read_as_text(site: Site) -> None:
    async with websocket(site.app, "/echo") as socket:
        await socket.send(json.dumps({"op": "do"}).encode())
        assert await socket.receive() == {"id": None, "op": "do", "fields": {}}


@pytest.mark.parametrize(
    ("message", "message_id", "field", "problem"),
    [
        ("", None, None, "no message"),
        ("{", None, None, "the message is not JSON: Input data was truncated"),
        (b"\xff", None, None, "the message is not JSON: JSON is malformed"),
        ("[" * 10_000, None, None, "the message is not JSON: maximum recursion depth"),
        ([], None, None, "the message must be a JSON object"),
        ({"id": 7}, 7, "op", "op must say what to do"),
        ({"id": "x", "op": 1}, "x", "op", "op must say what to do"),
        ({"id": 1.5, "op": "do"}, None, "id", "id must be a string of at most 64 characters"),
        ({"id": True, "op": "do"}, None, "id", "id must be a string of at most 64 characters"),
        ({"id": "x" * 65, "op": "do"}, None, "id", "id must be a string of at most 64 characters"),
        ({"id": 2**63, "op": "do"}, None, "id", "id must be a string of at most 64 characters"),
    ],
)
async def test_what_is_no_message_is_answered_with_an_error_and_costs_nothing_else(
    site: Site, message: object, message_id: object, field: str | None, problem: str
) -> None:
    async with websocket(site.app, "/echo") as socket:
        await socket.send(message)
        answer = await socket.receive()
        assert set(answer) == {"id", "error"}
        assert answer["id"] == message_id
        error = answer["error"]
        assert (error["code"], error["field"]) == ("malformed", field)
        assert error["message"].startswith(problem)
        assert len(error["request_id"]) == 16
        await socket.send({"op": "go on"})
        assert (await socket.receive())["op"] == "go on"


async def test_a_path_that_is_no_route_is_not_found(site: Site) -> None:
    with pytest.RaisesGroup(Rejected, flatten_subgroups=True) as caught:
        async with websocket(site.app, "/nowhere"):
            pytest.fail("it was accepted")
    rejected = caught.value.exceptions[0]
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.code) == (404, "not_found")
    assert rejected.headers["content-type"] == "application/json"


async def rejection(site: Site, path: str, headers: Mapping[str, str] | None = None) -> Rejected:
    """How a handshake was refused."""
    with pytest.RaisesGroup(Rejected, flatten_subgroups=True) as caught:
        async with websocket(site.app, path, headers):
            pytest.fail("it was accepted")
    rejected = caught.value.exceptions[0]
    assert isinstance(rejected, Rejected)
    return rejected


async def test_a_route_may_refuse_the_handshake(site: Site) -> None:
    assert (await rejection(site, "/refuses")).code == "busy"


async def test_a_route_that_refuses_too_late_says_why_and_parts(site: Site) -> None:
    async with websocket(site.app, "/refuses", {"x-when": "late"}) as socket:
        assert (await socket.receive())["error"]["code"] == "busy"
        assert await closing(socket) == 1008


async def test_a_defect_before_the_handshake_is_a_500(site: Site) -> None:
    with capture_logs() as logs:
        assert (await rejection(site, "/broken", {"x-when": "early"})).code == "internal"
    assert [(log["event"], log["path"]) for log in logs] == [("websocket failed", "/broken")]


@pytest.mark.parametrize("path", ["/broken", "/broken-child"])
async def test_a_defect_after_the_handshake_closes_with_1011(site: Site, path: str) -> None:
    with capture_logs() as logs:
        async with websocket(site.app, path) as socket:
            await socket.send({"op": "do"})
            assert (await socket.receive())["error"]["code"] == "internal"
            assert await closing(socket) == 1011
    assert [(log["event"], log["path"]) for log in logs] == [("websocket failed", path)]


async def test_a_route_may_part_with_a_code_of_its_own(site: Site) -> None:
    async with websocket(site.app, "/parts") as socket:
        assert await closing(socket) == 1013


async def test_a_query_is_checked_before_the_handshake(site: Site) -> None:
    async with websocket(site.app, "/query?limit=7") as socket:
        assert (await socket.receive())["id"] == 7
        assert await closing(socket) == 1000
    for query in ("limit=x", "limit=7&limit=8", "nothing=1", "limit="):
        rejected = await rejection(site, f"/query?{query}")
        assert (rejected.status, rejected.code) == (400, "malformed")


async def test_a_route_ends_when_its_client_leaves(site: Site) -> None:
    async with websocket(site.app, "/echo") as socket:
        await socket.leave()
        await site.left.wait()


@pytest.mark.parametrize("code", [1001, 1012])
async def test_when_the_server_stops_the_client_is_told_after_what_it_sent_before(
    site: Site, code: int
) -> None:
    async with websocket(site.app, "/echo") as socket:
        await socket.send({"op": "last"})
        await socket.leave(code)
        assert (await socket.receive())["op"] == "last"
        assert await closing(socket) == code
        assert site.left.is_set()


async def test_too_many_messages_are_refused_and_far_too_many_are_the_end(
    site: Site, mock_clock: MockClock
) -> None:
    async with websocket(site.app, "/echo") as socket:
        for number in range(2 * RATE):
            await socket.send({"op": "do", "id": number})
        answers = [await socket.receive() for _ in range(2 * RATE)]
        assert ["op" in answer for answer in answers] == [True] * RATE + [False] * RATE
        assert {answer["error"]["code"] for answer in answers[RATE:]} == {"too_many_messages"}
        await socket.send({"op": "do"})
        assert await closing(socket) == 1008


async def test_whoever_slows_down_is_heard_again(site: Site, mock_clock: MockClock) -> None:
    async with websocket(site.app, "/echo") as socket:
        for _ in range(RATE + 1):
            await socket.send({"op": "do"})
        for _ in range(RATE):
            await socket.receive()
        assert "error" in await socket.receive()
        mock_clock.jump(2 / RATE)
        await socket.send({"op": "do"})
        assert "op" in await socket.receive()
        mock_clock.jump(3)
        for _ in range(RATE + 1):
            await socket.send({"op": "do"})
        await wait_all_tasks_blocked()
        answers = ["op" in await socket.receive() for _ in range(RATE + 1)]
        assert answers == [True] * RATE + [False], "time does not add up"
