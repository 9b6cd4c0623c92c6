"""Streams as server-sent events."""

from collections.abc import Sequence

import httpx
import trio

from .answers import foreign, read
from .connections import SILENCE_S, Connection, Fed, Since, query_of
from .errors import ClientError, Disconnected, Unreadable
from .events import Channel, Told
from .rest import Rest, translated
from .sockets import CLOSE_S, MESSAGE_BYTES_MAX

CONTENT_TYPE = "text/event-stream"


class ServerSentEvents:
    """The connections of one stream: an answer each that goes on and on."""

    def __init__(self, rest: Rest, channel: Channel, depth: int | None) -> None:
        self._rest = rest
        self._channel = channel
        self._depth = depth

    async def connect(
        self, nursery: trio.Nursery, symbols: Sequence[str], since: Since
    ) -> Connection:
        return await _Answers(self).begin(nursery, symbols, since)

    async def open(self, symbols: Sequence[str], since: Since) -> httpx.Response:
        """An answer that has begun."""
        query = query_of(symbols, self._depth, since)
        response = await self._rest.stream(f"/stream/{self._channel.name}", query, SILENCE_S)
        if response.headers.get("content-type", "").partition(";")[0] == CONTENT_TYPE:
            return response
        with translated(response.request):
            content = await response.aread()
        raise Unreadable(foreign(response.status_code, response.headers, content))

    def read(self, record: bytes) -> Told:
        """The event in a record."""
        return read(self._channel.event, record, f"the stream of {self._channel.name}")


class _Answers(Fed):
    """One answer after the other, for the symbols that are wanted then."""

    def __init__(self, stream: ServerSentEvents) -> None:
        super().__init__()
        self._stream = stream
        self._reading = trio.CancelScope()

    async def change(self, symbols: Sequence[str], since: Since) -> None:
        # What both answers tell comes twice, which does no harm.
        response = await self._stream.open(symbols, since)
        self._reading.cancel()
        self._reading = trio.CancelScope()
        try:
            self._start(self._read, response, self._reading)
        except ClientError:
            await response.aclose()
            raise

    async def _read(self, response: httpx.Response, reading: trio.CancelScope) -> None:
        records = Records()
        try:
            with reading, translated(response.request):
                async for chunk in response.aiter_bytes():
                    events = [self._stream.read(record) for record in records.feed(chunk)]
                    if events:
                        await self._tell.send(events)
        finally:
            with trio.move_on_after(CLOSE_S, shield=True):
                await response.aclose()
        if not reading.cancelled_caught:
            raise Disconnected("the exchange has ended the stream")


class Records:
    """Cuts what comes into records. It knows no more of the format than the exchange makes use of."""

    def __init__(self) -> None:
        self._rest = b""
        self._held: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of all records up to the newest one with an id.

        Those after it are a part of what a command has done, and are held back until the last part
        comes: that one has an id.

        Raises:
            Unreadable: there is no end to a record.
        """
        *whole, self._rest = (self._rest + chunk).split(b"\n\n")
        told: list[bytes] = []
        for record in whole:
            fields = dict(line.split(b": ", 1) for line in record.split(b"\n") if b": " in line)
            if b"data" in fields:
                self._held.append(fields[b"data"])
            if b"id" in fields:
                told += self._held
                self._held.clear()
        if len(self._rest) > MESSAGE_BYTES_MAX:
            raise Unreadable(f"a record has more than {MESSAGE_BYTES_MAX} bytes")
        return told
