"""A trading session: orders in a stream, answers as they come, and reports of one's own orders."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import Self
from urllib.parse import urlencode

import msgspec
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from .connections import SILENCE_S, since_text
from .errors import ApiError, ClientError, Disconnected, OutcomeUnknown, Unreadable
from .events import Interrupted, Report
from .orders import Cancel, Entry, Place, message_of
from .patience import Patience, Waits, persist
from .pending import ANSWER_STATUS, Message, Pending, read_message
from .records import Order
from .reports import Reports
from .sockets import Dial, close_socket, open_socket, ungrouped

# Reports that wait for whoever reads the session. After that answers wait behind them, so read them,
# or open the session without reports.
REPORTS_MAX = 10_000


class Session:
    """Orders over one connection that is mended by itself, from `Client.trading`.

    Iterate over it for what becomes of the orders: each event once and in order; it never ends by itself.
    What was on its way when the connection broke is not sent again, but ends with OutcomeUnknown: the same
    `Place`, with its client order id, may be sent again and is placed once. While there is no connection
    everything ends with Disconnected at once.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        url: str,
        query: dict[str, str],
        *,
        dial: Dial,
        patience: Patience,
        random: Random,
    ) -> None:
        self._nursery = nursery
        self._url = url
        self._query = query
        self._dial = dial
        self._patience = patience
        self._random = random
        self._waits = Waits(patience, random)
        self._ids = count(1)
        self._pending: dict[int, Pending] = {}
        self._socket: WebSocketConnection | None = None
        self._refused: ClientError | None = None
        self._changed = trio.Event()
        self._tell, self._told = trio.open_memory_channel[Report | Interrupted](REPORTS_MAX)
        self._reports = Reports()

    @property
    def is_connected(self) -> bool:
        """Whether what is asked for now would be sent."""
        return self._socket is not None

    async def connected(self) -> None:
        """Return when it is connected, or will never be again."""
        while self._socket is None and self._refused is None:
            await self._changed.wait()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Report | Interrupted:
        """The next event. Raises ApiError, Unreadable: the connection broke, and cannot be mended."""
        try:
            return await self._told.receive()
        except trio.EndOfChannel:
            assert self._refused is not None, "else it does not end"
            raise self._refused from None

    async def send(self, entry: Entry) -> Pending:
        """Send without waiting for the answer: the next one may follow at once.

        Raises:
            Disconnected: there is no connection, so that nothing was sent.
            OutcomeUnknown: it broke meanwhile.
        """
        if isinstance(entry, Place) and entry.client_order_id is None:
            own_id = f"{self._random.getrandbits(128):032x}"
            entry = msgspec.structs.replace(entry, client_order_id=own_id)
        return await self._send(message_of(entry))

    async def ask(self, entry: Entry) -> Order:
        """The order right after what was asked for. Raises ApiError, Disconnected, OutcomeUnknown."""
        return await (await self.send(entry)).order()

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order. Raises as `ask`."""
        return await self.ask(Cancel(order_id))

    async def batch(self, entries: Sequence[Entry]) -> list[Order | ApiError]:
        """Do up to 100 things in order, each with a result of its own. Raises as `ask`."""
        orders = [message_of(entry) for entry in entries]
        answer = await (await self._send({"op": "batch", "orders": orders})).answer()
        return [each.outcome(ANSWER_STATUS) for each in answer.results or []]

    async def cancel_all(self, symbol: str | None = None) -> list[Order]:
        """Cancel all orders of the account, or of a symbol. Raises as `ask`."""
        fields = {"op": "cancel_all"}
        if symbol is not None:
            fields["symbol"] = symbol
        return (await (await self._send(fields)).answer()).orders or []

    async def cancel_after(self, seconds: int) -> None:
        """Have all orders of the account canceled after that, unless it is renewed; 0: never.

        Raises as `ask`.
        """
        await (await self._send({"op": "cancel_after", "seconds": seconds})).answer()

    async def keep_alive(self, seconds: int) -> None:
        """Renew `cancel_after` until cancelled, three times as often as it has to be."""
        while True:
            try:
                await self.cancel_after(seconds)
            except (Disconnected, OutcomeUnknown):
                # The switch is set, and is renewed as soon as there is a connection.
                pass
            await trio.sleep(seconds / 3)

    async def connect(self) -> None:
        """Return when it is connected.

        Raises:
            ApiError, Unreadable: the exchange refuses, and always would.
        """
        self._socket = await persist(
            lambda: open_socket(self._nursery, self._address(), self._dial), self._waits
        )
        self._note_change()

    async def run(self) -> None:
        """Read, and connect again, until cancelled or refused."""
        while True:
            assert self._socket is not None, "it is connected, and again after each break"
            began = trio.current_time()
            problem = await self._read(self._socket)
            await self.aclose()
            await self._tell.send(Interrupted(str(problem)))
            if trio.current_time() - began > self._patience.longest_s:
                self._waits.went_well()
            self._waits.failed(problem)
            try:
                if isinstance(problem, Unreadable):
                    raise problem
                await self.connect()
            except ClientError as refused:
                self._refused = refused
                self._note_change()
                self._tell.close()
                return

    async def aclose(self) -> None:
        """Say goodbye. Nobody knows what has become of what is not answered."""
        socket, self._socket = self._socket, None
        pending, self._pending = self._pending, {}
        for each in pending.values():
            each.settle(OutcomeUnknown("the connection broke before the answer came"))
        if socket is not None:
            await close_socket(socket)

    async def _send(self, fields: Mapping[str, object]) -> Pending:
        if self._socket is None:
            await trio.lowlevel.checkpoint()
            if self._refused is not None:
                raise self._refused
            raise Disconnected("the session is not connected at the moment; nothing was sent")
        number, pending = next(self._ids), Pending()
        self._pending[number] = pending
        try:
            await self._socket.send_message(msgspec.json.encode({"id": number, **fields}).decode())
        except ConnectionClosed:
            self._pending.pop(number, None)
            raise OutcomeUnknown("the connection broke while this was sent") from None
        return pending

    def _note_change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _read(self, socket: WebSocketConnection) -> ClientError:
        """Take in what comes until the connection breaks. Returns why."""
        while True:
            try:
                with trio.move_on_after(SILENCE_S) as silence:
                    text = await socket.get_message()
            except ConnectionClosed as closed:
                return Disconnected(str(closed.reason))
            if silence.cancelled_caught:
                try:
                    with trio.fail_after(SILENCE_S):
                        await socket.ping()
                except (ConnectionClosed, trio.TooSlowError):
                    return Disconnected(f"nothing came for {2 * SILENCE_S:g} s")
                continue
            try:
                message = read_message(text)
            except Unreadable as unreadable:
                return unreadable
            if message.events is None:
                self._settle(message)
                continue
            fresh = self._reports.take(message.events)
            if fresh is None:
                return Disconnected("reports are missing")
            for event in fresh:
                await self._tell.send(event)

    def _settle(self, message: Message) -> None:
        pending = self._pending.pop(message.id or 0, None)
        if pending is not None:
            pending.settle(message)

    def _address(self) -> str:
        query = dict(self._query)
        if self._reports.sequences:
            query["since"] = since_text(self._reports.sequences)
        return f"{self._url}?{urlencode(query, safe=',:')}"


@asynccontextmanager
async def open_session(
    url: str,
    query: dict[str, str],
    *,
    cancel_after_s: int | None,
    dial: Dial,
    patience: Patience,
    random: Random,
) -> AsyncIterator[Session]:
    """A session, and the tasks that it needs, for as long as the block runs."""
    with ungrouped():
        async with trio.open_nursery() as sockets:
            session = Session(sockets, url, query, dial=dial, patience=patience, random=random)
            try:
                await session.connect()
                with ungrouped():
                    async with trio.open_nursery() as tasks:
                        tasks.start_soon(session.run)
                        if cancel_after_s is not None:
                            await session.cancel_after(cancel_after_s)
                            tasks.start_soon(session.keep_alive, cancel_after_s)
                        yield session
                        tasks.cancel_scope.cancel()
            finally:
                await session.aclose()
            sockets.cancel_scope.cancel()
