"""One client's socket: bytes in, bytes out, and when to give up on it.

This is the runtime under hypercorn's HTTP/1.1, in the place of its `trio/tcp_server.py`. One read
loop with one deadline knows every way in which a client can be slow; see `Phase`. A client that
stops reading is cut off (defect D3), and a socket that turns out to be dead cancels the handlers
of its connection, whatever they wait for.
"""

import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto
from math import inf
from typing import Any

import structlog
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope
from hypercorn.utils import parse_socket_addr

from .errors import ApiError, Malformed
from .http1 import Http1, Push, Service
from .limits import RECEIVE_BYTES_MAX, SEND_BYTES_MAX
from .plain import PlainHttp

log = structlog.get_logger()

# With this SO_LINGER, close() resets the connection and frees what it still had to send.
RESET = struct.pack("ii", 1, 0)


class Phase(Enum):
    """What the client is expected to do next, and so how long it may take."""

    IDLE = auto()
    """Send another request, or not: keep_alive_s."""

    HEAD = auto()
    """Finish the headers that it began: head_s."""

    BODY = auto()
    """Finish the body of a plain request: body_s. Quart waits for other bodies by itself."""

    BUSY = auto()
    """Wait for the application, which has deadlines of its own."""

    WEBSOCKET = auto()
    """Speak, or at least answer a ping: silence_s."""

    MESSAGE = auto()
    """Finish the WebSocket message that it began: body_s."""

    CLOSING = auto()
    """Close, as we did; what it still sends is dropped: linger_s."""


class Connection:
    """One accepted socket, from its first byte until it is closed.

    Raises OSError when made for a client that has left already.
    """

    def __init__(self, stream: trio.SocketStream, service: Service) -> None:
        limits = service.limits
        sock = stream.socket
        self._client = parse_socket_addr(sock.family, sock.getpeername())
        self._server = parse_socket_addr(sock.family, sock.getsockname())
        self._stream = stream
        self._service = service
        self._stall_s = limits.stall_s
        self._patience_s = {
            Phase.IDLE: limits.keep_alive_s,
            Phase.HEAD: limits.head_s,
            Phase.BODY: limits.body_s,
            Phase.BUSY: inf,
            Phase.WEBSOCKET: limits.silence_s,
            Phase.MESSAGE: limits.body_s,
            Phase.CLOSING: limits.linger_s,
        }
        self._sending = trio.Lock()
        self._reading = trio.CancelScope()
        self._everything = trio.CancelScope()
        # Nobody connects without something to ask: the first request must come promptly.
        self._enter(Phase.HEAD)

    @property
    def peer(self) -> str:
        """The address that the client has, without its port."""
        return self._client[0] if self._client else "unknown"

    async def run(self) -> None:
        """Serve the client until it, or our patience, is gone."""
        try:
            with self._everything:
                async with trio.open_nursery() as pings:
                    async with trio.open_nursery() as apps:
                        await self._serve(AppTasks(apps, pings))
                    pings.cancel_scope.cancel()
        finally:
            await trio.aclose_forcefully(self._stream)
            # They know us and we know them: cut here, all is freed at once. The collector looks at
            # what has lived for a while so seldom that thousands of clients would be waiting for it.
            del self._protocol, self._plain

    async def stop(self, code: int) -> None:
        """The server is about to stop: close now, unless a request is being answered.

        A WebSocket says goodbye with a close code.
        """
        if self._phase in {Phase.IDLE, Phase.HEAD}:
            self._reading.cancel()
        else:
            await self._protocol.stop(code)

    def abort(self) -> None:
        """Reset the connection and cancel all that was done for it."""
        with suppress(OSError):
            self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._stream.socket.close()
        self._everything.cancel()

    async def _serve(self, tasks: "AppTasks") -> None:
        self._protocol = Http1(self._service, tasks, self._client, self._server, self._send)
        self._plain = PlainHttp(self._service, self.peer, self._send)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._read()
            if self._reading.cancelled_caught and self._phase in {Phase.BODY, Phase.MESSAGE}:
                self._reading = trio.CancelScope()
                if self._phase is Phase.BODY:
                    await self._plain.refuse(ApiError("timeout"))
                else:
                    await self._protocol.refuse_message()
                await self._read()
        await self._protocol.handle(Closed())

    async def _read(self) -> None:
        """Read until the client closes, or our patience ends."""
        with self._reading:
            while data := await self._stream.receive_some(RECEIVE_BYTES_MAX):
                if self._phase is not Phase.CLOSING:
                    await self._receive(bytes(data))
            if self._phase is Phase.BODY:
                await self._plain.refuse(Malformed(None, "the body ends before its length"))
            elif self._phase is not Phase.CLOSING:
                await self._protocol.handle(RawData(b""))

    async def _receive(self, data: bytes) -> None:
        if self._protocol.is_idle:
            data = await self._plain.handle(data)
            if self._plain.awaits_body and self._phase is not Phase.BODY:
                self._enter(Phase.BODY)
        if not data:
            return
        await self._protocol.handle(RawData(data))
        if self._phase is Phase.IDLE and self._protocol.has_partial_head:
            self._enter(Phase.HEAD)
        elif self._protocol.is_websocket:
            self._hear()

    def _hear(self) -> None:
        """A WebSocket's client has said something. To go on with a message gives it no more time."""
        if not self._protocol.is_within_message:
            self._enter(Phase.WEBSOCKET)
        elif self._phase is not Phase.MESSAGE:
            self._enter(Phase.MESSAGE)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._reading.deadline = trio.current_time() + self._patience_s[phase]

    async def _send(self, event: Event) -> None:
        """Do what the protocol wants of the socket, and wait for nothing but room to write.

        hypercorn tells the application that its client is gone while it finishes a response, in the
        task that sends it, and quart-trio answers by cancelling that task. Whatever waits after
        that is lost, as in hypercorn the restart of the idle timer and the close are (defect D2).
        """
        if isinstance(event, Push):
            await self._push(event.data)
        elif isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Updated):
            self._enter(Phase.IDLE if event.idle else Phase.BUSY)
        elif isinstance(event, Closed):
            await self._hang_up()

    async def _write(self, data: bytes) -> None:
        await self._push(data)
        await trio.lowlevel.checkpoint()

    async def _push(self, data: bytes) -> None:
        """Write what the kernel has room for, which is nearly always all, and wait only for the rest.

        Trio waits a turn of the scheduler for each send, and another for the lock.
        """
        try:
            self._sending.acquire_nowait()
        except trio.WouldBlock:
            await self._sending.acquire()
        try:
            await self._write_slices(data[self._write_now(data) :])
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            self.abort()
        finally:
            self._sending.release()

    def _write_now(self, data: bytes) -> int:
        try:
            return os.write(self._stream.socket.fileno(), data)
        except BlockingIOError:
            return 0

    async def _write_slices(self, data: bytes) -> None:
        for start in range(0, len(data), SEND_BYTES_MAX):
            # Shielded, since half a frame would garble all that follows it.
            with trio.move_on_after(self._stall_s, shield=True) as patience:
                await self._stream.send_all(data[start : start + SEND_BYTES_MAX])
            if patience.cancelled_caught:
                self._service.traffic.stalled += 1
                raise trio.BrokenResourceError("the client has stopped reading")

    async def _hang_up(self) -> None:
        """Close our half and let the read loop wait for the client to close the other."""
        if self._phase is not Phase.CLOSING:
            self._enter(Phase.CLOSING)
            with suppress(OSError):
                self._stream.socket.shutdown(socket.SHUT_WR)
        await self._protocol.handle(Closed())


class AppTasks(TaskGroup):
    """Starts the application's tasks. The connection lasts as long as they do, but not for pings."""

    def __init__(self, apps: trio.Nursery, pings: trio.Nursery) -> None:
        super().__init__()
        self._apps = apps
        self._pings = pings

    def spawn(self, func: Callable[..., Awaitable[Any]], *args: Any) -> None:
        self._pings.start_soon(func, *args)

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        inbox = Inbox(config.max_app_queue_size)
        self._apps.start_soon(_run_app, app, scope, inbox, send)
        return inbox.put


async def _run_app(
    app: AppWrapper,
    scope: Scope,
    inbox: "Inbox",
    send: Callable[[ASGISendEvent | None], Awaitable[None]],
) -> None:
    """Let the application handle a request or a WebSocket.

    hypercorn's own way keeps what it catches in a variable, and with it all that was going on: a
    cycle, as in `Connection.run`.
    """
    try:
        await app(scope, inbox.get, send, trio.to_thread.run_sync, trio.from_thread.run)
    except* Exception:
        log.exception("application failed", path=scope.get("path"))
    finally:
        await send(None)


class Inbox:
    """What a client has sent to one application task.

    Messages that came together are passed on together: both sides leave out the checkpoint where there
    is nothing to wait for, which is no more often in a row than there is room for messages.

    When it is full the client has to wait, but its goodbye never does. hypercorn queues that too,
    so that a task which finishes without having read its request waits for itself, for ever.
    """

    def __init__(self, bound: int) -> None:
        self._tx, self._rx = trio.open_memory_channel[ASGIReceiveEvent](bound)
        self._goodbye: ASGIReceiveEvent | None = None

    async def put(self, message: ASGIReceiveEvent) -> None:
        if message["type"] in {"http.disconnect", "websocket.disconnect"}:
            self._goodbye = message
            self._tx.close()
        else:
            # Closed while we waited for room: the task is past reading.
            with suppress(trio.ClosedResourceError):
                try:
                    self._tx.send_nowait(message)
                except trio.WouldBlock:
                    await self._tx.send(message)

    async def get(self) -> ASGIReceiveEvent:
        try:
            try:
                return self._rx.receive_nowait()
            except trio.WouldBlock:
                return await self._rx.receive()
        except trio.EndOfChannel:
            assert self._goodbye is not None
            return self._goodbye
