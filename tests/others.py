"""A WebSocket client that others have made, on a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket

from goquant.web.server import Address
from sockets import SOON_S


@asynccontextmanager
async def websocket(
    address: Address, path: str, **options: Any
) -> AsyncIterator[WebSocketConnection]:
    """A connection whose handshake was accepted."""
    async with open_websocket(*address, path, use_ssl=False, **options) as connection:
        try:
            yield connection
        finally:
            await connection.aclose()
            # It leaves its socket open when it was the server that closed.
            await trio.aclose_forcefully(connection._stream)


async def events(connection: WebSocketConnection) -> list[Any]:
    """The events of the next frame."""
    with trio.fail_after(SOON_S):
        found: list[Any] = json.loads(await connection.get_message())["events"]
        return found


async def closing(connection: WebSocketConnection) -> tuple[int, str]:
    """The code and the reason with which the server closes."""
    reason = None
    with trio.fail_after(SOON_S):
        while reason is None:
            try:
                await connection.get_message()
            except ConnectionClosed as closed:
                reason = closed.reason
    return reason.code, reason.reason or ""
