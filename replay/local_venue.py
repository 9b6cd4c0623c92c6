"""An exchange in this process, by way of its facade: the same actors, no sockets and no JSON."""

from collections.abc import Sequence
from decimal import Decimal

from ..actors.calls import Call
from ..actors.calls import Refused as NotPosted
from ..actors.exchange import Exchange
from ..book.commands import CancelOrder, Command, NewOrder, ReplaceOrder
from ..book.enums import OrderType, RejectReason
from ..book.events import OrderRejected
from ..book.market import Answer
from ..book.records import TradeRecord
from .venue import (
    FORGOTTEN,
    Accepted,
    Cancel,
    Done,
    Entry,
    OrderState,
    Place,
    Refused,
    Replace,
    Result,
    VenueError,
    VenueTrade,
)

# Trades that are read at a time.
PAGE = 1000


class LocalVenue:
    """One symbol of an exchange whose actors run beside us."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        """Raises VenueError if the symbol is not traded there."""
        try:
            self._actor = exchange.symbol(symbol)
        except NotPosted as error:
            raise VenueError(str(error)) from None
        self._exchange = exchange
        self._instrument = self._actor.engine.instrument

    @property
    def tick_size(self) -> Decimal:
        """Prices are multiples of this."""
        return self._instrument.tick_size

    async def submit(self, batch: Sequence[Entry]) -> list[Result]:
        """Have a batch carried out, in its order, and return the result of each entry."""
        posted = [self._post(entry) for entry in batch]
        return [
            call if isinstance(call, Refused) else self._result(await call.wait())
            for call in posted
        ]

    async def order(self, order_id: str) -> OrderState:
        """How an order stands."""
        record = self._actor.blotter.order(int(order_id))
        if record is None:
            return FORGOTTEN
        lot_size = self._instrument.lot_size
        left = record.terms.quantity - record.filled
        return OrderState(record.status.is_open, record.filled * lot_size, left * lot_size)

    async def trades_since(self, trade_id: int) -> list[VenueTrade]:
        """That trade and all later ones, as far as the exchange remembers them."""
        found: list[VenueTrade] = []
        before: int | None = None
        while before is None or before > trade_id:
            page, before = self._actor.blotter.trades(PAGE, before)
            found += [self._trade(record) for record in page if record.trade.trade_id >= trade_id]
            if before is None:
                break
        return found

    def _post(self, entry: Entry) -> Call | Refused:
        command = self._command(entry)
        if isinstance(command, Refused):
            return command
        try:
            return self._exchange.post(self._instrument.symbol, command)
        except NotPosted:
            return Refused("busy")

    def _command(self, entry: Entry) -> Command | Refused:
        if isinstance(entry, Cancel):
            return CancelOrder(int(entry.order_id))
        quantity = _units(entry.quantity, self._instrument.lot_size)
        if quantity is None:
            return Refused("invalid_quantity")
        if isinstance(entry, Replace):
            return ReplaceOrder(int(entry.order_id), quantity=quantity)
        return self._new_order(entry, quantity)

    def _new_order(self, entry: Place, quantity: int) -> NewOrder | Refused:
        price = _units(entry.price, self._instrument.tick_size)
        if price is None:
            return Refused("invalid_price")
        return NewOrder(
            side=entry.side,
            type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
            post_only=entry.post_only,
        )

    def _result(self, answer: Answer) -> Result:
        refusal = answer.refusal
        if refusal is not None:
            return Refused(self._code(refusal))
        if not isinstance(answer.sequenced.command, NewOrder):
            return Done()
        order = answer.orders[0]
        trade_ids = [fill.trade_id for fill in order.fills]
        return Accepted(str(order.order_id), order.status.is_open, trade_ids)

    def _code(self, refusal: OrderRejected) -> str:
        """The reason, in the words of the API."""
        if refusal.reason is not RejectReason.UNKNOWN_ORDER or refusal.order_id is None:
            return refusal.reason.value
        forgotten = self._actor.blotter.order(refusal.order_id) is None
        return "order_not_found" if forgotten else "order_final"

    def _trade(self, record: TradeRecord) -> VenueTrade:
        trade = record.trade
        return VenueTrade(
            trade_id=trade.trade_id,
            maker_order_id=str(trade.maker_order_id),
            taker_order_id=str(trade.taker_order_id),
            price=trade.price * self._instrument.tick_size,
            quantity=trade.quantity * self._instrument.lot_size,
        )


def _units(value: Decimal, size: Decimal) -> int | None:
    """How many ticks or lots a value is, None if it is not a whole number of them."""
    units = int(value / size)
    return units if units * size == value else None
