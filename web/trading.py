"""WS /ws/orders: orders in a stream, answers as they come, and what becomes of the account's orders.

One task of a session listens: it checks a message and hands its commands in, without waiting for what
they do. Another one speaks, see `outbox`. No command has a task of its own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import structlog
import trio
from msgspec import Struct

from ..actors.calls import Refused
from ..actors.feed import Feed
from ..actors.reports import Owner
from ..actors.switches import SWITCHES_MAX, Switches, TooManySwitches
from ..book.commands import NewOrder
from .answers import CancelAfterAnswer, batch_answer, cancel_all_answer, order_answer
from .desk import Desk, HandedIn, Pending
from .errors import ApiError, Malformed, not_done, shown
from .limits import Limits
from .outbox import Asked, Outbox
from .own_orders import OwnOrders
from .requests import BatchRequest, CancelAfter, MassCancelQuery, TradingQuery
from .shapes import structure
from .subscriptions import since_for
from .websocket import Message, MessageId, Session, WebSockets
from .wire import Ask

log = structlog.get_logger()

# When a client has gone, its last commands are carried out and its orders canceled for so long; when the
# server stops, and waits for that, a shorter time.
CANCEL_S = 30.0
CANCEL_AT_STOP_S = 1.0

# The operations that may name an account.
STAMPED = ("place", "cancel_all")

Answering = Callable[[MessageId, Sequence[HandedIn]], Awaitable[Struct]]


class TradingRoute:
    """Orders over WebSocket."""

    def __init__(
        self, sockets: WebSockets, desk: Desk, feed: Feed, switches: Switches, limits: Limits
    ) -> None:
        self._desk = desk
        self._feed = feed
        self._switches = switches
        self._in_flight_max = limits.orders_in_flight_max
        sockets.add("/ws/orders", self.socket, messages_per_s=limits.order_messages_per_s_max)

    async def socket(self, session: Session) -> None:
        """WS /ws/orders: what was handed in is carried out, whatever becomes of the client."""
        wanted = session.query(TradingQuery)
        with Outbox() as outbox:
            trader = Trader(self._desk, self._feed, self._switches, session, outbox, wanted)
            try:
                await trader.follow()
                await session.accept()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(outbox.tell, session)
                    async for message in session:
                        await trader.obey(message)
                        await outbox.room(self._in_flight_max)
                    if session.is_stopped:
                        # It listens still, and wants to know what has become of its last orders.
                        await outbox.room(1)
                    nursery.cancel_scope.cancel()
            finally:
                await trader.close()


class Trader:
    """One session: what it may ask for, and what comes of it."""

    def __init__(
        self,
        desk: Desk,
        feed: Feed,
        switches: Switches,
        session: Session,
        outbox: Outbox,
        wanted: TradingQuery,
    ) -> None:
        self._desk = desk
        self._wire = desk.wire
        self._feed = feed
        self._switches = switches
        self._session = session
        self._outbox = outbox
        self._wanted = wanted
        self._account = wanted.account
        self._own = OwnOrders(desk) if wanted.cancel_on_disconnect else None
        # Of a session without an account that wants reports: itself, in each symbol that it trades.
        self._owners: dict[str, Owner] = {}

    async def follow(self) -> None:
        """Read the reports of the account, if there is one.

        Raises:
            ApiError: unknown_symbol, malformed, or halted.
        """
        symbols = self._wanted.symbols or tuple(self._wire.markets)
        since = since_for(self._wanted, symbols)
        for symbol in symbols:
            self._wire.units(symbol)
        if self._account is None or not self._wanted.reports:
            return
        for symbol in symbols:
            try:
                owner = await self._feed.account(symbol, self._account)
            except Refused as refused:
                raise not_done(refused, symbol) from None
            self._outbox.subscribe(owner.ring, since.of(symbol))

    async def obey(self, message: Message) -> None:
        """Hand in what a message asks for, or answer why not."""
        try:
            if message.op in self._wire.operations:
                ask = self._wire.operations[message.op](self._stamped(message.op, message.fields))
                self._promise(message, [self._post(ask)], order_answer)
            elif message.op == "batch":
                entries = structure(BatchRequest, message.fields).orders
                self._promise(message, [self._hand_in(entry) for entry in entries], batch_answer)
            elif message.op == "cancel_all":
                self._promise(message, self._cancel_all(message), cancel_all_answer)
            elif message.op == "cancel_after":
                await self._session.send(self._cancel_after(message))
            else:
                known = (*self._wire.operations, "batch", "cancel_all", "cancel_after")
                raise Malformed("op", f"op must be one of {', '.join(known)}")
        except ApiError as error:
            await self._session.refuse(error, message.id)
        if self._own is not None:
            await self._own.forget_closed()

    async def close(self) -> None:
        """Give up what is kept for the session; cancel its orders, if that is what it wanted."""
        for owner in self._owners.values():
            owner.close()
        if self._own is not None:
            patience_s = CANCEL_AT_STOP_S if self._session.is_stopped else CANCEL_S
            with trio.move_on_after(patience_s, shield=True) as patience:
                await self._own.cancel()
            if patience.cancelled_caught:
                log.warning("orders of a client that has gone may be open", account=self._account)

    def _post(self, ask: Ask) -> Pending:
        pending = self._desk.post(ask, self._session.client)
        if isinstance(ask.command, NewOrder):
            if self._own is not None:
                self._own.expect(pending)
            if self._account is None and self._wanted.reports:
                owner = self._owner(ask.symbol)
                pending.then(lambda: _claim(owner, pending))
        return pending

    def _owner(self, symbol: str) -> Owner:
        """What reports the orders of a session without an account, from its first one on."""
        owner = self._owners.get(symbol)
        if owner is None:
            owner = self._owners[symbol] = self._feed.session(symbol)
            self._outbox.subscribe(owner.ring, owner.ring.sequence)
        return owner

    def _hand_in(self, entry: object) -> Pending | ApiError:
        try:
            if isinstance(entry, dict):
                entry = self._stamped(entry.get("op", "place"), entry)
            return self._post(self._wire.operation(entry))
        except ApiError as error:
            return error

    def _cancel_all(self, message: Message) -> list[Pending]:
        wanted = structure(MassCancelQuery, self._stamped("cancel_all", message.fields))
        return [self._post(ask) for ask in self._wire.cancel_all(wanted)]

    def _cancel_after(self, message: Message) -> CancelAfterAnswer:
        seconds = structure(CancelAfter, message.fields).seconds
        if self._account is None:
            raise ApiError("no_account")
        try:
            self._switches.set(self._account, seconds)
        except TooManySwitches:
            raise ApiError("too_many_switches", count_max=SWITCHES_MAX) from None
        except Refused as refused:
            raise ApiError("halted", problem=refused) from None
        return CancelAfterAnswer(message.id, self._account, seconds)

    def _stamped(self, op: object, fields: Mapping[str, object]) -> Mapping[str, object]:
        """What a client asks for, in the name of the session's account."""
        if self._account is None or op not in STAMPED:
            return fields
        other = fields.get("account")
        if other is None:
            return {**fields, "account": self._account}
        if other != self._account:
            other = shown(other) if isinstance(other, str) else "another one"
            raise ApiError("other_account", account=self._account, other=other)
        return fields

    def _promise(self, message: Message, handed_in: Sequence[HandedIn], answer: Answering) -> None:
        self._outbox.promise(Asked(handed_in, partial(answer, message.id)))


def _claim(owner: Owner, pending: Pending) -> None:
    """Have a session told what becomes of an order that it has placed."""
    placed = pending.placed
    if placed is not None:
        owner.claim(placed.order_id)
