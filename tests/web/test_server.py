"""The server's promises, each over a real socket; the letters D1 to D6 are those of its docstring."""

import os
import resource
import socket
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from goquant.web import server
from goquant.web.http1 import Http1
from goquant.web.limits import RESERVED_FDS, Limits
from sockets import BIG, SOON_S, Client, Site, connected, eventually, serving

EITHER_WAY = pytest.mark.parametrize("prefix", ["", "/route"])


async def assert_good(address: server.Address) -> None:
    async with connected(address) as client:
        await client.get("/hello")
        assert await client.answer() == (200, b"hello")


@pytest.mark.parametrize(
    "probe",
    [
        pytest.param(["Sec-WebSocket-Protocol: \xff"], id="not-ascii"),
        pytest.param(["", "x"], id="speaks-before-101"),
    ],
)
async def test_d1_a_malformed_handshake_is_refused_and_the_server_lives(probe: list[str]) -> None:
    async with serving(Site().app) as address:
        async with connected(address) as client:
            lines = ["GET /ws/echo HTTP/1.1", "Host: x", "Upgrade: websocket"]
            lines += ["Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
            lines += ["Sec-WebSocket-Version: 13", *probe, "", ""]
            await client.send("\r\n".join(lines).encode("latin-1"))
            assert (await client.answer())[0] == 400
        await assert_good(address)


async def test_d1_an_exception_in_a_connection_is_logged_once_and_costs_only_that_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(self: Http1, event: object) -> None:
        raise ValueError("a bug")

    async with serving(Site().app) as address:
        with capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr(Http1, "handle", broken)
            async with connected(address) as client:
                await client.get("/hello")
                assert await client.to_the_end() == b""
        assert [(entry["event"], entry["peer"]) for entry in logs] == [
            ("connection failed", "127.0.0.1")
        ]
        await assert_good(address)


@EITHER_WAY
async def test_d2_an_idle_connection_is_closed_after_an_answer(prefix: str) -> None:
    limits = Limits(keep_alive_s=0.1)
    async with serving(Site().app, limits) as address, connected(address) as client:
        await client.get(f"{prefix}/hello")
        assert (await client.answer())[0] == 200
        assert await client.to_the_end() == b""


@EITHER_WAY
async def test_d2_connection_close_is_honoured(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.get(f"{prefix}/hello", "Connection: close")
        status, headers = await client.head()
        assert (status, headers["connection"]) == (200, "close")
        assert await client.to_the_end() == b"hello"


@EITHER_WAY
async def test_d2_http_1_0_is_answered_and_closed(prefix: str) -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.send(f"GET {prefix}/hello HTTP/1.0\r\n\r\n".encode())
        assert (await client.to_the_end()).endswith(b"hello")


@EITHER_WAY
async def test_d3_a_client_that_stops_reading_is_cut_off(prefix: str) -> None:
    site = Site()
    async with serving(site.app, Limits(stall_s=0.1)) as address, connected(address) as client:
        await client.get(f"{prefix}/big")
        await client.head()
        await trio.sleep(0.2)
        assert len(await client.to_the_end()) < len(BIG)
    assert site.app.traffic.stalled == 1


async def test_d3_the_handler_of_a_stalled_websocket_ends() -> None:
    site = Site()
    async with serving(site.app, Limits(stall_s=0.1)) as address, connected(address) as client:
        await client.upgrade("/ws/push")
        await site.left.wait()


async def test_d4_a_crash_in_the_applications_nursery_ends_the_server() -> None:
    site = Site()

    async def crash() -> None:
        await site.go_on.wait()
        raise ValueError("a bug")

    @site.app.before_serving
    async def start() -> None:
        site.app.nursery.start_soon(crash)

    with trio.fail_after(SOON_S), pytest.RaisesGroup(RuntimeError, flatten_subgroups=True):
        async with serving(site.app) as address:
            await assert_good(address)
            site.go_on.set()
            await trio.sleep_forever()


async def test_d5_a_push_only_websocket_ends_although_the_client_spoke_before_it_left() -> None:
    site = Site()
    async with serving(site.app) as address:
        async with connected(address) as client:
            await client.upgrade("/ws/push")
            await client.head()
            await client.send(b"\x81\x81\0\0\0\0x" * 100)
            await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(SOON_S):
            await site.left.wait()


async def test_d6_sending_to_a_closed_websocket_lets_the_others_run() -> None:
    site = Site()
    async with serving(site.app) as address:
        async with connected(address) as client:
            await client.upgrade("/ws/push")
            await client.head()
            await client.send(b"\x88\x82\0\0\0\0\x03\xe8")
            await client.to_the_end()
            await site.left.wait()
        await assert_good(address)


async def test_permessage_deflate_is_declined() -> None:
    async with serving(Site().app) as address, connected(address) as client:
        await client.upgrade("/ws/echo", "Sec-WebSocket-Extensions: permessage-deflate")
        status, headers = await client.head()
        assert status == 101
        assert "sec-websocket-extensions" not in headers


@pytest.mark.parametrize(
    "limits", [Limits(connections_max=2), Limits(connections_per_address_max=2)]
)
async def test_a_connection_over_the_cap_gets_503_until_one_leaves(limits: Limits) -> None:
    async with (
        serving(Site().app, limits) as address,
        connected(address) as first,
        connected(address) as second,
    ):
        for client in (first, second):
            await be_idle(client, Site())
        async with connected(address) as third:
            status, headers = await third.head()
            assert (status, headers["retry-after"]) == (503, "1")
            assert b'"service_unavailable"' in await third.to_the_end()
        await second.stream.send_eof()
        await second.to_the_end()
        await trio.testing.wait_all_tasks_blocked()
        await assert_good(address)


@pytest.mark.parametrize(
    ("open_files", "connections_max"),
    [(100_000, 5_000), (resource.RLIM_INFINITY, 5_000), (1024, 1024 - RESERVED_FDS), (100, 50)],
)
def test_the_cap_leaves_file_descriptors_for_the_rest(
    open_files: int, connections_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (open_files, open_files))
    with capture_logs() as logs:
        assert server.affordable_connections(5_000) == connections_max
    assert bool(logs) is (connections_max < 5_000)


async def test_an_address_in_use_is_named_in_the_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.CannotListen, match=f"127.0.0.1:{port}: Address already in use"):
            await server.serve(Site().app, port=port)


async def test_an_unknown_hypercorn_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "version", lambda _: "0.19.0")
    with pytest.raises(RuntimeError, match=r"needs hypercorn 0\.18\.0"):
        await server.serve(Site().app, port=0)


async def test_an_application_that_fails_to_start_gets_no_clients() -> None:
    site = Site()

    @site.app.before_serving
    async def start() -> None:
        raise ValueError("no disk")

    with pytest.RaisesGroup(pytest.RaisesExc(Exception, match="no disk"), flatten_subgroups=True):
        async with serving(site.app):
            pytest.fail("it was served")


def test_the_listening_socket_gives_up_on_dead_peers() -> None:
    with server.bind("127.0.0.1", 0) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000


async def be_new(client: Client, site: Site) -> None:
    """Connect and say nothing."""


async def be_idle(client: Client, site: Site) -> None:
    await client.get("/hello")
    await client.answer()


async def be_in_a_head(client: Client, site: Site) -> None:
    await client.send(b"GET / HT")


async def be_waiting(client: Client, site: Site) -> None:
    await client.get("/route/wait")
    await site.entered.wait()


async def be_in_a_stream(client: Client, site: Site) -> None:
    await client.get("/sse")
    await client.head()


async def be_in_a_websocket(client: Client, site: Site) -> None:
    await client.upgrade("/ws/idle")
    assert (await client.head())[0] == 101


async def be_stalled(client: Client, site: Site) -> None:
    await client.get("/big")
    await client.head()


async def be_a_stalled_websocket(client: Client, site: Site) -> None:
    await client.upgrade("/ws/push")
    await client.head()
    await client.send(b"\x81\x81\0\0\0\0x" * 100)
    await trio.sleep(0.1)


# Who has asked for nothing does not use up the grace of those who have.
@pytest.mark.parametrize(
    ("state", "limits"),
    [
        (be_new, Limits(grace_s=60)),
        (be_idle, Limits(grace_s=60)),
        (be_in_a_head, Limits(grace_s=60)),
        (be_waiting, Limits()),
        (be_in_a_stream, Limits()),
        (be_in_a_websocket, Limits()),
        (be_stalled, Limits()),
        (be_a_stalled_websocket, Limits()),
    ],
)
async def test_the_server_stops_within_two_seconds_of_its_trigger(
    state: Callable[[Client, Site], Awaitable[None]], limits: Limits
) -> None:
    site = Site()
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        address = await nursery.start(
            partial(server.serve, site.app, port=0, limits=limits, shutdown_trigger=stop.wait)
        )
        async with connected(address) as client:
            await state(client, site)
            stop.set()
            await eventually(lambda: not nursery.child_tasks)


async def test_a_request_in_progress_is_answered_before_the_server_stops() -> None:
    site = Site()
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        address = await nursery.start(
            partial(server.serve, site.app, port=0, shutdown_trigger=stop.wait)
        )
        async with connected(address) as client:
            await be_waiting(client, site)
            stop.set()
            await trio.testing.wait_all_tasks_blocked()
            site.go_on.set()
            assert await client.answer() == (200, b"waited")
            assert await client.to_the_end() == b""


async def test_no_file_descriptor_stays_behind_after_200_connections() -> None:
    async with serving(Site().app) as address:
        await assert_good(address)
        await trio.testing.wait_all_tasks_blocked()
        before = len(os.listdir("/proc/self/fd"))
        for number in range(200):
            async with connected(address) as client:
                if number % 2:
                    await client.get("/hello", "Connection: close")
                    await client.to_the_end()
                else:
                    await be_idle(client, Site())
        await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
