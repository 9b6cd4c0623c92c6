"""A WebSocket to the exchange: dialed, agreed on, and read by a task of its own."""

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import h11
import httpx
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)
from wsproto.utilities import ProtocolError

from .answers import refusal
from .errors import ClientError, Disconnected, Unreadable

# For the connection and the handshake.
CONNECT_S = 10.0

# For the goodbyes of both sides.
CLOSE_S = 1.0

# Messages that wait for whoever reads; then the exchange has to wait, and may reset or drop us.
MESSAGES_MAX = 16

# Larger than any frame of the exchange: a snapshot of 1,000 levels is 100 KB.
MESSAGE_BYTES_MAX = 4 << 20

# What is read from the socket at a time: the usual 4 KiB is many turns for one snapshot.
RECEIVE_BYTES = 64 << 10

# Opens a connection to the exchange.
Dial = Callable[[], Awaitable[trio.abc.Stream]]


def dial_of(url: str) -> Dial:
    """What connects to the host of a URL of ws or wss."""
    parts = urlsplit(url)
    host = parts.hostname or ""

    async def dial() -> trio.abc.Stream:
        if parts.scheme == "wss":
            context = ssl.create_default_context()
            return await trio.open_ssl_over_tcp_stream(host, parts.port or 443, ssl_context=context)
        return await trio.open_tcp_stream(host, parts.port or 80)

    return dial


async def open_socket(nursery: trio.Nursery, url: str, dial: Dial) -> WebSocketConnection:
    """A connection whose handshake was accepted. Its task runs in the nursery, and cannot fail there.

    Raises:
        ApiError: the exchange refused.
        Disconnected: nobody is there, or no handshake came of it within CONNECT_S.
        Unreadable: whoever is there speaks no HTTP.
    """
    try:
        with trio.fail_after(CONNECT_S):
            socket: WebSocketConnection = await nursery.start(_attend, url, dial)
            return socket
    except Exception as error:
        problem = _translated(leaf(error), url)
        if problem is None:
            raise
        raise problem from error


async def close_socket(socket: WebSocketConnection) -> None:
    """Say goodbye, if the other side still listens."""
    with trio.move_on_after(CLOSE_S, shield=True):
        await socket.aclose()


async def _attend(
    url: str, dial: Dial, *, task_status: trio.TaskStatus[WebSocketConnection]
) -> None:
    parts = urlsplit(url)
    stream = _Handshaking(await dial())
    try:
        async with trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery,
                cast(trio.SocketStream, stream),
                parts.netloc,
                f"{parts.path}?{parts.query}",
                message_queue_size=MESSAGES_MAX,
                max_message_size=MESSAGE_BYTES_MAX,
                receive_buffer_size=RECEIVE_BYTES,
            )
            stream.is_open = True
            task_status.started(socket)
    except* (ConnectionClosed, ProtocolError, trio.BrokenResourceError):
        # Whoever reads the socket finds it closed. trio-websocket fails on a ping that meets our goodbye.
        if not stream.is_open:
            raise
    finally:
        await trio.aclose_forcefully(stream)


class _Handshaking(trio.abc.Stream):
    """A stream whose end, before there is a WebSocket on it, is an error.

    trio-websocket notes that end, and goes on to wait for the handshake.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.is_open = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError as broken:
            if self.is_open:
                raise
            raise HandshakeError("the connection broke in the handshake") from broken
        if not data and not self.is_open:
            raise HandshakeError("the connection was closed in the handshake")
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def ungrouped() -> Iterator[None]:
    """Let what a block raises leave the nursery around it as it is, and not in a group."""
    try:
        yield
    except ExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        raise group.exceptions[0] from None


def _translated(error: Exception, url: str) -> ClientError | None:
    match error:
        case ConnectionRejected():
            headers = httpx.Headers(list(error.headers))
            return refusal(error.status_code, headers, error.body or b"")
        case ProtocolError() | h11.ProtocolError():
            # The latter when trio-websocket wants to refuse what is no answer at all.
            return Unreadable(f"{url}: no WebSocket speaks there: {error}")
        case HandshakeError() | OSError() | trio.BrokenResourceError() | trio.TooSlowError():
            return Disconnected(f"{url}: the exchange cannot be reached: {error!r}")
        case _:
            return None


def leaf(error: Exception) -> Exception:
    """The first exception in a group, or the exception itself if it is none."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
