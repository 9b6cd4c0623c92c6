"""The streams: WebSocket, SSE and long-poll, three ways to read the same rings.

Whatever the transport, a reader is a `Subscriber` of the feed. It sleeps until there is news, takes
all of it at once, sends it, and sleeps again; nobody waits for a reader.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import msgspec
import trio
from attrs import evolve
from msgspec import Struct
from quart import request
from quart.wrappers import Response

from ..actors.cursor import FeedClosed, Subscriber
from ..actors.ring import Told
from .application import Application, response_of, whole_request
from .errors import ApiError, Malformed
from .replies import query, reply
from .requests import (
    PUBLIC_CHANNELS,
    BookSubscription,
    Channel,
    PollQuery,
    Subscription,
    Unsubscription,
)
from .shapes import since_of, structure
from .subscriptions import Channels, Starts, Subscriptions
from .websocket import Message, MessageId, Session, WebSockets

Named = TypeVar("Named", Subscription, Unsubscription)

# What a client of each channel may say.
SUBSCRIPTIONS: dict[Channel, type[Subscription]] = {
    Channel.TRADES: Subscription,
    Channel.MARKET_DATA: BookSubscription,
}

# Events in one answer to a poll, after which it ends with the command that is under way.
POLL_EVENTS_MAX = 1_000

# A browser whose stream has broken waits for so long before it comes again.
RETRY = b"retry: 1000\n\n"


class Subscribed(Struct, frozen=True):
    """The answer to `subscribe` and `unsubscribe`: what is read from now on."""

    id: MessageId
    op: str
    symbols: list[str]


class PollView(Struct, frozen=True):
    """What has happened after `since`; the new `since` is for the next poll."""

    symbol: str
    events: msgspec.Raw
    since: int


class StreamRoutes:
    """Market data and trades, as they happen."""

    def __init__(self, app: Application, sockets: WebSockets, channels: Channels) -> None:
        self._channels = channels
        for channel in PUBLIC_CHANNELS:
            sockets.add(f"/ws/{channel}", partial(self.socket, channel))
            app.add_url_rule(
                f"/stream/{channel}", f"stream {channel}", partial(self.stream, channel)
            )
        app.add_url_rule("/poll/<symbol>", view_func=self.poll, methods=["GET"])

    async def socket(self, channel: Channel, session: Session) -> None:
        """WS /ws/marketdata, /ws/trades: one frame for each symbol that has news."""
        wanted = session.query(SUBSCRIPTIONS[channel])
        starts = self._channels.starts(channel, wanted)
        await session.accept()
        with Subscriber() as subscriber:
            reader = SocketReader(self._channels, channel, wanted, session, subscriber)
            reader.subscriptions.begin(starts)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(reader.tell)
                async for message in session:
                    try:
                        await reader.obey(message)
                    except ApiError as error:
                        await session.refuse(error, message.id)
                nursery.cancel_scope.cancel()

    async def stream(self, channel: Channel) -> Response:
        """GET /stream/marketdata, /stream/trades: one SSE record for each event."""
        wanted = query(SUBSCRIPTIONS[channel], await whole_request())
        last_id = request.headers.get("last-event-id")
        if last_id:
            # A browser that comes again asks for what it asked for at first, and adds this.
            wanted = evolve(wanted, since=since_of("last-event-id", last_id))
        starts = self._channels.starts(channel, _named(wanted))
        body = b"" if request.method == "HEAD" else _records(starts)
        response = Response(body, content_type="text/event-stream; charset=utf-8")
        response.timeout = None
        # A proxy that collects an answer before it passes it on would never pass on this one.
        response.headers["X-Accel-Buffering"] = "no"
        return response

    async def poll(self, symbol: str) -> Response:
        """GET /poll/{symbol}: what has happened after `since`, at once or when something does."""
        wanted = query(PollQuery, await whole_request())
        rings = [self._channels.ring(each, symbol, wanted.depth) for each in wanted.channels]
        told: list[Told] = []
        with Subscriber(with_beats=False) as subscriber:
            for ring in rings:
                subscriber.subscribe(ring, wanted.since)
            with trio.move_on_after(wanted.timeout), suppress(FeedClosed):
                told = await _first(subscriber)
        if not told:
            assert wanted.since is not None, "who knows nothing is told something at once"
            return response_of(reply(PollView(symbol, msgspec.Raw(b"[]"), wanted.since)))
        events, since = _page(told)
        since = rings[0].reached if since is None else since
        return response_of(
            reply(PollView(symbol, msgspec.Raw(b"[" + b",".join(events) + b"]"), since))
        )


class SocketReader:
    """One WebSocket client: what it is told, and what it may say."""

    def __init__(
        self,
        channels: Channels,
        channel: Channel,
        wanted: Subscription,
        session: Session,
        subscriber: Subscriber,
    ) -> None:
        """What the handshake `wanted` is how a later message may leave out the depth."""
        self.subscriptions = Subscriptions(subscriber)
        self._channels = channels
        self._channel = channel
        self._session = session
        self._subscriber = subscriber
        self._defaults = {"depth": wanted.depth} if isinstance(wanted, BookSubscription) else {}

    async def tell(self) -> None:
        """Send what happens. When nothing will any more, whoever stops it parts from the client."""
        with suppress(FeedClosed):
            while True:
                await self._subscriber.wait()
                for _, frame in self._subscriber.take():
                    await self._session.send_frame(frame.message)

    async def obey(self, message: Message) -> None:
        """Subscribe or unsubscribe. The answer comes before all that comes of it.

        Raises:
            ApiError: nothing was changed.
        """
        read = self.subscriptions
        if message.op == "subscribe":
            wanted = structure(SUBSCRIPTIONS[self._channel], self._defaults | message.fields)
            starts = self._channels.starts(self._channel, _named(wanted), read.symbols)
            symbols = list(dict.fromkeys([*read.symbols, *starts]))
            await self._session.send(Subscribed(message.id, message.op, symbols))
            read.begin(starts)
        elif message.op == "unsubscribe":
            read.end(_named(structure(Unsubscription, message.fields)).symbols)
            await self._session.send(Subscribed(message.id, message.op, read.symbols))
        else:
            raise Malformed("op", "op must be subscribe or unsubscribe")


async def _records(starts: Starts) -> AsyncGenerator[bytes, None]:
    """What happens, as records of SSE. Each id says up to where the client then knows everything."""
    known: dict[str, int] = {}
    with Subscriber() as subscriber, suppress(FeedClosed):
        Subscriptions(subscriber).begin(starts)
        yield RETRY
        while True:
            await subscriber.wait()
            records: list[bytes] = []
            for ring, frame in subscriber.take():
                for told in frame.told:
                    *earlier, last = told.events
                    known[ring.symbol] = told.sequence
                    records += [b"data: %b\n\n" % event for event in earlier]
                    records.append(b"id: %b\ndata: %b\n\n" % (_event_id(known, starts), last))
            if records:
                yield b"".join(records)


def _event_id(known: Mapping[str, int], starts: Starts) -> bytes:
    """Its client gives it back as Last-Event-ID. With a single symbol it is the sequence."""
    if len(starts) == 1:
        (sequence,) = known.values()
        return b"%d" % sequence
    return ",".join(f"{symbol}:{sequence}" for symbol, sequence in known.items()).encode()


async def _first(subscriber: Subscriber) -> list[Told]:
    """All that is due, as soon as anything is. Raises FeedClosed."""
    told: list[Told] = []
    while True:
        while frames := [frame for _, frame in subscriber.take()]:
            told += [each for frame in frames for each in frame.told]
        if told:
            return told
        await subscriber.wait()


def _page(told: list[Told]) -> tuple[list[bytes], int | None]:
    """The events in the order of their commands, and after which command more of them follow."""
    events: list[bytes] = []
    sequence = None
    for each in sorted(told, key=lambda each: each.sequence):
        if len(events) >= POLL_EVENTS_MAX and each.sequence != sequence:
            return events, sequence
        events += each.events
        sequence = each.sequence
    return events, None


def _named(wanted: Named) -> Named:
    """Make sure that a message says which symbols it is about."""
    if not wanted.symbols:
        raise Malformed("symbols", "symbols is required")
    return wanted
