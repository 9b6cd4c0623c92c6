"""Serves the application on one socket: hypercorn's protocols, with our own hands on the wheel.

hypercorn 0.18 under quart-trio 0.12 has defects that an exchange cannot have: one malformed request
ends the process (D1), connections are neither reused in time nor closed (D2), a client that stops
reading holds up the shutdown (D3), and a crashed application leaves a server that serves nothing
(D4). This module and its three neighbours keep hypercorn's protocols and replace what lies between
them and trio; nothing of hypercorn is patched. They use its inner parts, hence the pinned version.

    server.py      listen, accept, stop          connection.py   one client's socket and deadlines
    http1.py       what is said on it            plain.py        the short way to the routes
"""

import logging
import resource
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from functools import partial
from importlib.metadata import version
from math import inf

import structlog
import trio
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.utils import wrap_app
from wsproto.frame_protocol import CloseReason

from .application import Application
from .connection import Connection
from .http1 import Service, error_answer
from .limits import APP_QUEUE_MAX, BACKLOG, KEEP_ALIVE_REQUESTS_MAX, RESERVED_FDS, Limits

log = structlog.get_logger()

Address = tuple[str, int]

HYPERCORN_VERSION = "0.18.0"

# What a WebSocket client is told at a stop: that is it, or that whoever runs us starts us again.
GOING_AWAY, RESTART = CloseReason.GOING_AWAY, CloseReason.SERVICE_RESTART

# A connected client from which the kernel hears nothing is probed after this silence, and given up
# on when probes or data stay without acknowledgement for the second number.
KEEPALIVE_IDLE_S = 60
UNACKNOWLEDGED_MS = 20_000

# What a refused client is asked to wait: connections come free by the second, not the minute.
RETRY_AFTER_S = 1


class CannotListen(OSError):
    """The address is taken, not ours, or not allowed; the message says which and where."""


async def serve(
    app: Application,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    limits: Limits | None = None,
    shutdown_trigger: Callable[[], Awaitable[object]] = trio.sleep_forever,
    task_status: trio.TaskStatus[Address] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve `app` until `shutdown_trigger` returns; then stop within two seconds, whoever is connected.

    Without `limits` those of the application hold. What the trigger returns is the close code for
    WebSockets, if it is one; else that is 1001.
    Port 0 takes a free one; `task_status.started` gets the (host, port) once clients can connect.
    Raises CannotListen, RuntimeError if hypercorn is not the version this is written for, and, in a
    group, whatever the application's start or its own nursery failed with.
    """
    if version("hypercorn") != HYPERCORN_VERSION:
        raise RuntimeError(
            f"this server needs hypercorn {HYPERCORN_VERSION}, whose inner parts it uses, "
            f"but {version('hypercorn')} is installed"
        )
    with bind(host, port) as sock:
        await Server(app, limits or app.limits).serve(sock, shutdown_trigger, task_status)


def bind(host: str, port: int) -> socket.socket:
    """A socket that owns the address but does not listen yet. Raises CannotListen."""
    with ExitStack() as stack:
        try:
            family, kind, proto, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            sock = stack.enter_context(socket.socket(family, kind, proto))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
        except (OSError, UnicodeError) as error:
            # A name that cannot be one, such as a label of 64 letters, is a UnicodeError.
            why = error.strerror if isinstance(error, OSError) else "this is no host name"
            raise CannotListen(f"cannot listen on {host}:{port}: {why}") from error
        # Accepted sockets inherit these.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        stack.pop_all()
        return sock


def affordable_connections(wanted: int) -> int:
    """`wanted`, or as many as the process may have file descriptors for; says so if it is fewer."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = inf if soft == resource.RLIM_INFINITY else soft
    affordable = max(limit - RESERVED_FDS, limit // 2)
    if wanted <= affordable:
        return wanted
    log.warning(
        "fewer connections than configured: raise the limit of open files",
        connections_max=int(affordable),
        configured=wanted,
        open_files=soft,
    )
    return int(affordable)


class Server:
    """All connections of one application."""

    def __init__(self, app: Application, limits: Limits) -> None:
        self._limits = limits
        self._traffic = app.traffic
        self._connections_max = affordable_connections(limits.connections_max)
        wrapped, config = wrap_app(app, 0, "asgi"), hypercorn_config(limits)
        self._context = WorkerContext(max_requests=None)
        self._service = Service(wrapped, config, self._context, app.routes, limits, app.traffic)
        self._live: set[Connection] = set()
        self._per_address: Counter[str] = Counter()
        self._stopping = False
        self._on_stop = app.on_stop
        self.lifespan = Lifespan(wrapped, config, {})

    async def serve(
        self,
        sock: socket.socket,
        shutdown_trigger: Callable[[], Awaitable[object]] = trio.sleep_forever,
        task_status: trio.TaskStatus[Address] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """As the function `serve`, on a socket that has its address, which is closed at the end."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.live)
            await self.lifespan.wait_for_startup()
            if self.lifespan.shutdown.is_set():
                # It failed to start, and its reason is about to cancel us.
                await trio.sleep_forever()
            # Only an application that has started gets clients.
            sock.listen(BACKLOG)
            await self.run(sock, shutdown_trigger, task_status)
            await self.lifespan.wait_for_shutdown()
            nursery.cancel_scope.cancel()

    def disconnect(self) -> None:
        """Cut off all clients, without a word."""
        for connection in tuple(self._live):
            connection.abort()

    async def live(self) -> None:
        """Run the application's hooks and background tasks, for as long as there is a server."""
        await self.lifespan.handle_lifespan()
        if not self._stopping:
            raise RuntimeError("the application ended while it was being served")

    async def run(
        self,
        sock: socket.socket,
        shutdown_trigger: Callable[[], Awaitable[object]],
        task_status: trio.TaskStatus[Address],
    ) -> None:
        """Accept clients on `sock` until the trigger, then part from them."""
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
        async with trio.open_nursery() as cutting:
            async with trio.open_nursery() as connections:
                async with trio.open_nursery() as accepting:
                    accepting.start_soon(
                        partial(
                            trio.serve_listeners,
                            self._accept,
                            [listener],
                            handler_nursery=connections,
                        )
                    )
                    task_status.started(sock.getsockname()[:2])
                    code = await shutdown_trigger()
                    accepting.cancel_scope.cancel()
                await self._stop(code if isinstance(code, int) else GOING_AWAY)
                connections.cancel_scope.deadline = trio.current_time() + self._limits.grace_s
                cutting.start_soon(self._cut)
            cutting.cancel_scope.cancel()

    async def _stop(self, code: int) -> None:
        self._stopping = True
        # From here on every answer ends its connection.
        await self._context.terminated.set()
        for end_streams in self._on_stop:
            end_streams()
        for connection in tuple(self._live):
            await connection.stop(code)

    async def _cut(self) -> None:
        """Cut off those whose handlers were cancelled and who still do not let go."""
        await trio.sleep(self._limits.grace_s + self._limits.cut_s)
        for connection in self._live:
            connection.abort()

    async def _accept(self, stream: trio.SocketStream) -> None:
        try:
            connection = Connection(stream, self._service)
        except OSError:
            # It left before we came to it.
            await trio.aclose_forcefully(stream)
            return
        if len(self._live) >= self._connections_max or (
            self._per_address[connection.peer] >= self._limits.connections_per_address_max
        ):
            self._traffic.refused += 1
            await refuse(stream)
        else:
            await self._attend(connection)

    async def _attend(self, connection: Connection) -> None:
        peer = connection.peer
        self._live.add(connection)
        self._per_address[peer] += 1
        self._traffic.accepted += 1
        self._traffic.connections = len(self._live)
        try:
            await connection.run()
        except* Exception:
            # A defect that one client has found must not become everybody's (D1).
            log.exception("connection failed", peer=peer)
        finally:
            self._live.discard(connection)
            self._traffic.connections = len(self._live)
            self._per_address[peer] -= 1
            if not self._per_address[peer]:
                del self._per_address[peer]


async def refuse(stream: trio.SocketStream) -> None:
    """Say that the server is full, and close."""
    headers, body = error_answer(503, "too many connections")
    headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    lines = [b"HTTP/1.1 503 Service Unavailable", *(b"%s: %s" % header for header in headers)]
    async with stream:
        with suppress(trio.BrokenResourceError):
            # So little always fits into a new socket's buffer, and does not block.
            await stream.send_all(b"\r\n".join([*lines, b"", body]))


def hypercorn_config(limits: Limits) -> Config:
    """The settings of hypercorn that its protocols look at."""
    config = Config()
    # Nothing to tell about ourselves, and 50 us a request to tell the log: its access log copies
    # the whole environment every time.
    config.include_server_header = False
    config.accesslog = None
    # Errors go wherever the process sends its logs, not to a handler of hypercorn's own.
    config.errorlog = logging.getLogger("hypercorn.error")
    config.keep_alive_max_requests = KEEP_ALIVE_REQUESTS_MAX
    config.max_app_queue_size = APP_QUEUE_MAX
    config.h11_max_incomplete_size = limits.head_bytes_max
    config.websocket_max_message_size = limits.message_bytes_max
    config.websocket_ping_interval = limits.ping_s
    return config
