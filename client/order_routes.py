"""What a client can do with orders, one request each."""

from collections.abc import AsyncIterator, Iterable
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from ..book.enums import OrderStatus, OrderType, Side
from .errors import ApiError, ClientError
from .orders import Entry, Number, Place, Replace, fields_of, message_of
from .records import Order, Results
from .rest import PAGE, Rest, given, path_of


class _Orders(Struct):
    orders: list[Order]
    next: str | None = None


class OrderRoutes:
    """The part of `Client` for orders."""

    account: str | None
    _rest: Rest
    _random: Random

    async def place(
        self,
        symbol: str,
        side: Side | str,
        type: OrderType | str,
        *,
        quantity: Number,
        price: Number | None = None,
        trigger_price: Number | None = None,
        time_in_force: str | None = None,
        expires_at: str | None = None,
        post_only: bool = False,
        self_trade_prevention: str | None = None,
        account: str | None = None,
        client_order_id: str | None = None,
    ) -> Order:
        """Place an order. It is on disk when this returns. The fields are those of docs/api.md."""
        entry = Place(
            symbol=symbol,
            side=side,
            type=type,
            quantity=quantity,
            price=price,
            trigger_price=trigger_price,
            time_in_force=time_in_force,
            expires_at=expires_at,
            post_only=post_only or None,
            self_trade_prevention=self_trade_prevention,
            account=account,
            client_order_id=client_order_id,
        )
        return await self._rest.send("POST", "/orders", Order, body=fields_of(self._stamped(entry)))

    async def batch(self, entries: Iterable[Entry]) -> list[Order | ApiError]:
        """Do up to 100 things in order. Each has a result of its own: an order, or why there is none."""
        orders = [
            message_of(self._stamped(entry) if isinstance(entry, Place) else entry)
            for entry in entries
        ]
        answer = await self._rest.send("POST", "/orders/batch", Results, body={"orders": orders})
        return [each.outcome(200) for each in answer.results]

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order. One that a try with an unknown outcome has canceled is canceled."""
        tries: list[ClientError] = []
        try:
            return await self._rest.send("DELETE", path_of("orders", order_id), Order, tries=tries)
        except ApiError as error:
            if error.code == "order_final" and tries:
                order = await self.order(order_id)
                if order.status is OrderStatus.CANCELED:
                    return order
            raise

    async def replace(
        self, order_id: str, *, price: Number | None = None, quantity: Number | None = None
    ) -> Order:
        """Give an order another price, another quantity, or both."""
        body = fields_of(Replace(order_id=order_id, price=price, quantity=quantity))
        del body["order_id"]
        return await self._rest.send("PATCH", path_of("orders", order_id), Order, body=body)

    async def cancel_all(
        self, *, symbol: str | None = None, account: str | None = None
    ) -> list[Order]:
        """Cancel all open orders of an account (of the client's own by default), of a symbol, of both."""
        chosen = {"symbol": symbol, "account": account or self.account}
        answer = await self._rest.send("DELETE", "/orders", _Orders, query=given(chosen))
        return answer.orders

    async def order(self, order_id: str) -> Order:
        """An order, live or past."""
        return await self._rest.get(path_of("orders", order_id), Order)

    async def orders(
        self,
        *,
        symbol: str | None = None,
        status: str | None = None,
        account: str | None = None,
    ) -> AsyncIterator[Order]:
        """Orders, newest first, to the first one ever. `status` may be `open`."""
        chosen = {"symbol": symbol, "status": status, "account": account or self.account}
        query = {"limit": PAGE, **given(chosen)}
        while True:
            page = await self._rest.get("/orders", _Orders, query)
            for order in page.orders:
                yield order
            if page.next is None:
                return
            query["cursor"] = page.next

    def _stamped(self, entry: Place) -> Place:
        """An order under an account, and an id of its own, unless it has them."""
        own_id = entry.client_order_id or f"{self._random.getrandbits(128):032x}"
        return replace(entry, account=entry.account or self.account, client_order_id=own_id)
