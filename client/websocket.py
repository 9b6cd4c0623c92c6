"""Streams over WebSocket."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from urllib.parse import urlencode

import msgspec
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from .answers import read
from .connections import Connection, Since, query_of, since_text
from .errors import ApiError, Disconnected
from .events import Channel, Frame, Told
from .pending import ANSWER_STATUS
from .sockets import Dial, close_socket, open_socket


class Sockets:
    """The connections of one stream: a socket each."""

    def __init__(self, url: str, channel: Channel, depth: int | None, dial: Dial) -> None:
        self._url = f"{url}/ws/{channel.name}"
        self._channel = channel
        self._depth = depth
        self._dial = dial

    async def connect(
        self, nursery: trio.Nursery, symbols: Sequence[str], since: Since
    ) -> Connection:
        query = urlencode(query_of(symbols, self._depth, since), safe=",:")
        socket = await open_socket(nursery, f"{self._url}?{query}", self._dial)
        return _Socket(socket, self._channel, symbols)


class _Socket:
    """Whoever waits for something reads, and keeps for the other what is not for itself."""

    def __init__(
        self, socket: WebSocketConnection, channel: Channel, symbols: Sequence[str]
    ) -> None:
        self._socket = socket
        self._channel = channel
        self._symbols = symbols
        self._turn = trio.Lock()
        self._ids = count(1)
        self._events: deque[Sequence[Told]] = deque()
        self._answers: dict[int, Frame] = {}

    async def receive(self) -> Sequence[Told]:
        await self._read_until(lambda: bool(self._events))
        return self._events.popleft()

    async def change(self, symbols: Sequence[str], since: Since) -> None:
        gone = [symbol for symbol in self._symbols if symbol not in symbols]
        if gone:
            await self._ask({"op": "unsubscribe", "symbols": gone})
        new = [symbol for symbol in symbols if symbol not in self._symbols]
        known = {symbol: since[symbol] for symbol in new if symbol in since}
        if new:
            start = {"since": since_text(known)} if known else {}
            await self._ask({"op": "subscribe", "symbols": new, **start})
        self._symbols = symbols

    async def aclose(self) -> None:
        await close_socket(self._socket)

    async def _ask(self, message: dict[str, object]) -> None:
        number = next(self._ids)
        try:
            await self._socket.send_message(msgspec.json.encode(message | {"id": number}).decode())
        except ConnectionClosed as closed:
            raise Disconnected(str(closed.reason)) from None
        await self._read_until(lambda: number in self._answers)
        error = self._answers.pop(number).error
        if error is not None:
            raise ApiError(ANSWER_STATUS, error)

    async def _read_until(self, has_come: Callable[[], bool]) -> None:
        while not has_come():
            async with self._turn:
                if not has_come():
                    await self._read()

    async def _read(self) -> None:
        try:
            text = await self._socket.get_message()
        except ConnectionClosed as closed:
            raise Disconnected(str(closed.reason)) from None
        frame = read(self._channel.frame, text, f"the stream of {self._channel.name}")
        if frame.id is not None:
            self._answers[frame.id] = frame
        else:
            self._events.append(frame.events)
