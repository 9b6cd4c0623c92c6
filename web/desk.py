"""Where orders are handed in: a command goes to the exchange, an order or an error comes back.

Every transport uses it, so that all of them answer alike.
"""

from collections.abc import Callable
from math import ceil
from typing import TypeVar

from msgspec.structs import replace

from ..actors.calls import Call, Crashed, OutcomeUnknown, Refused
from ..actors.exchange import Exchange
from ..actors.historian import Historian
from ..book.commands import Command, NewOrder, ReplaceOrder
from ..book.enums import RejectReason
from ..book.events import OrderRejected, OrderRepeated
from ..book.market import Answer, Market
from ..book.records import OrderRecord
from ..persistence.history_errors import HistoryUnavailable
from ..persistence.history_reader import Moment
from .errors import BEHIND, ApiError, error_body, not_done, refused_by_book
from .limits import Limits
from .rates import Rates
from .responses import OrderView, Result, order_view
from .wire import Ask, Wire

T = TypeVar("T")


class Pending:
    """A command that was handed in: it will be carried out, whether anyone waits or not."""

    __slots__ = ("_ask", "_call", "_desk")

    def __init__(self, desk: "Desk", ask: Ask, call: Call) -> None:
        self._desk = desk
        self._ask = ask
        self._call = call

    def then(self, tell: Callable[[], None]) -> None:
        """Have a function called when `answer` need not wait any more, see `Call.then`."""
        self._call.then(tell)

    @property
    def symbol(self) -> str:
        """Where it was handed in."""
        return self._ask.symbol

    @property
    def placed(self) -> OrderRecord | None:
        """The order that a new order's command has placed, once that is over; None if it has not."""
        if not isinstance(self._ask.command, NewOrder):
            return None
        try:
            answer = self._call.outcome()
        except (Refused, Crashed, OutcomeUnknown):
            return None
        return None if answer.refusal or not answer.orders else answer.orders[0]

    async def answer(self) -> Answer:
        """What the command did.

        Raises:
            ApiError: the book refused it, or it was not carried out, or nobody knows; or it did
                nothing, being about an old order of which the history cannot tell now.
        """
        try:
            answer = await self._call.wait()
        except (Refused, Crashed, OutcomeUnknown) as problem:
            raise not_done(problem, self._ask.symbol) from None
        refusal = answer.refusal
        if refusal is not None:
            raise await self._error(refusal, answer)
        repeated = answer.events[-1] if answer.events else None
        if isinstance(repeated, OrderRepeated) and not answer.orders:
            found = await self._desk.order(self._ask.symbol, repeated.order_id)
            return Answer(answer.sequenced, answer.events, [] if found is None else [found])
        return answer

    async def order(self) -> OrderView:
        """The order that the command was about, right after it.

        Raises:
            ApiError: the book refused the command.
        """
        return self.view(await self.answer())

    async def orders(self) -> list[OrderView]:
        """The orders that a mass cancel has canceled. Raises ApiError, as `answer`."""
        return [order_view(self._ask.units, record) for record in (await self.answer()).orders]

    def view(self, answer: Answer) -> OrderView:
        """The order that an answer is about.

        Raises:
            ApiError: order_final, for a repeated order that is so old that its record is gone.
        """
        if not answer.orders:
            repeated = answer.events[-1]
            assert isinstance(repeated, OrderRepeated), "only repeated orders can be forgotten"
            order_id = self._ask.units.order_id(repeated.order_id)
            raise ApiError("order_final", order_id=order_id, status="no longer on record")
        return order_view(self._ask.units, answer.orders[0])

    async def _error(self, refusal: OrderRejected, answer: Answer) -> ApiError:
        units, command = self._ask
        number = refusal.order_id
        record = answer.orders[0] if answer.orders else None
        if refusal.reason is RejectReason.UNKNOWN_ORDER:
            assert number is not None, "it is the id that is unknown"
            order_id = units.order_id(number)
            if record is None and number < answer.sequenced.sequence:
                # There was no such open order, so if there was one it was final.
                record = await self._desk.order(self._ask.symbol, number)
            if record is None:
                return ApiError("order_not_found", order_id=order_id)
            return ApiError("order_final", order_id=order_id, status=record.status)
        if isinstance(command, ReplaceOrder):
            assert record is not None, "only orders on record are replaced"
            command = _replaced(record.terms, command)
        assert isinstance(command, NewOrder), "a cancel is refused only for its order id"
        filled = 0 if record is None else record.filled
        return refused_by_book(
            refusal.reason,
            units,
            command,
            order_id=number,
            filled=filled,
            time_ns=answer.sequenced.time_ns,
        )


# What an entry of a batch has come to.
HandedIn = Pending | ApiError


async def result_of(handed_in: HandedIn, request_id: str) -> Result:
    """What has become of an entry of a batch: the order, right after it, or the error."""
    try:
        if isinstance(handed_in, ApiError):
            raise handed_in
        return Result(order=await handed_in.order())
    except ApiError as error:
        return Result(error=error_body(error, request_id).error)


class Desk:
    """The exchange as clients deal with it."""

    def __init__(
        self, exchange: Exchange, history: Historian | None = None, limits: Limits | None = None
    ) -> None:
        """Without a history only what the markets remember can be seen."""
        self.exchange = exchange
        self.history = history
        self._limits = limits or Limits()
        self._rates: Rates | None = None
        if self._limits.orders_per_s_max:
            self._rates = Rates(self._limits.orders_per_s_max, self._limits.orders_burst_max)
        self.wire = Wire(actor.engine.instrument for actor in exchange.symbols.values())

    def post(self, ask: Ask, client: str) -> Pending:
        """Hand a command in, without waiting, for a client at this address.

        Raises:
            ApiError: too_many_requests, busy or halted; the command will not be carried out.
        """
        self._count(ask.command, client)
        try:
            call = self.exchange.post(ask.symbol, ask.command)
        except Refused as refused:
            raise not_done(refused, ask.symbol) from None
        return Pending(self, ask, call)

    def _count(self, command: Command, client: str) -> None:
        """Cancels are not counted: who must get out of the market always may."""
        if self._rates is None or not isinstance(command, NewOrder | ReplaceOrder):
            return
        account = command.account if isinstance(command, NewOrder) else None
        whose = f"address {client}" if account is None else f"account {account}"
        wait_s = self._rates.take(whose)
        if wait_s:
            raise ApiError(
                "too_many_requests",
                retry_after_s=ceil(wait_s),
                whose=whose,
                burst=self._limits.orders_burst_max,
                per_s=self._limits.orders_per_s_max,
            )

    def sequence(self, symbol: str) -> int:
        """How many commands of a symbol are committed.

        Raises:
            ApiError: unknown_symbol.
        """
        self.wire.units(symbol)
        return self.exchange.symbol(symbol).sequence

    async def read(self, symbol: str, look: Callable[[Market], T]) -> T:
        """What a function finds in the market of a symbol, as it is committed.

        Raises:
            ApiError: unknown_symbol, or halted.
        """
        self.wire.units(symbol)
        try:
            return await self.exchange.read(symbol, look)
        except Refused as refused:
            raise not_done(refused, symbol) from None

    async def past(self, question: Callable[[Moment], T]) -> T | None:
        """What the history says; None if there is no history.

        Raises:
            ApiError: history_unavailable.
        """
        if self.history is None:
            return None
        try:
            return await self.history.read(question)
        except HistoryUnavailable as problem:
            raise ApiError("history_unavailable", problem=problem) from None

    async def past_of(
        self, symbol: str, sequence: int, question: Callable[[Moment], T]
    ) -> T | None:
        """What a history says that has come as far as a command of a symbol; None if there is none.

        Raises:
            ApiError: history_unavailable.
        """

        def ask(moment: Moment) -> T:
            if moment.sequence(symbol) < sequence:
                raise HistoryUnavailable(BEHIND)
            return question(moment)

        return await self.past(ask)

    async def order(self, symbol: str, number: int) -> OrderRecord | None:
        """An order, live or past, or None if there is none. Without a history some are forgotten.

        Raises:
            ApiError: unknown_symbol, halted, or history_unavailable.
        """

        def look(market: Market) -> tuple[OrderRecord | None, int]:
            return market.blotter.order(number), market.blotter.known_from

        record, known_from = await self.read(symbol, look)
        # What was changed after `known_from` the market remembers, so a history that has come as
        # far as that knows all else; one that has not must not be asked.
        if record is not None or number > known_from:
            return record
        return await self.past_of(symbol, known_from, lambda moment: moment.order(symbol, number))


def _replaced(terms: NewOrder, command: ReplaceOrder) -> NewOrder:
    price = terms.price if command.price is None else command.price
    quantity = terms.quantity if command.quantity is None else command.quantity
    return replace(terms, price=price, quantity=quantity)
