"""The routes of orders."""

from ..book.events import OrderRepeated
from .application import Application
from .desk import Desk, HandedIn, result_of
from .errors import ApiError
from .paging import orders_page
from .replies import json_object, query, refuse_body, refuse_query, reply
from .requests import BatchRequest, MassCancelQuery, OrdersQuery, ReplaceRequest
from .responses import OrdersView, Results, order_view
from .routes import Reply, Request
from .shapes import structure


class OrderRoutes:
    """Place, see, replace and cancel orders."""

    def __init__(self, app: Application, desk: Desk) -> None:
        self._desk = desk
        self._wire = desk.wire
        app.add_route("POST", "/orders", self.place)
        app.add_route("POST", "/orders/batch", self.batch)
        app.add_route("GET", "/orders", self.orders)
        app.add_route("DELETE", "/orders", self.cancel_all)
        app.add_route("GET", "/orders/<id>", self.order)
        app.add_route("PATCH", "/orders/<id>", self.replace)
        app.add_route("DELETE", "/orders/<id>", self.cancel)

    async def place(self, request: Request) -> Reply:
        """POST /orders: 201 and the order; 200 when its client order id repeats."""
        pending = self._desk.post(self._wire.place(json_object(request)), request.client)
        answer = await pending.answer()
        repeated = isinstance(answer.events[-1], OrderRepeated)
        return reply(pending.view(answer), 200 if repeated else 201)

    async def batch(self, request: Request) -> Reply:
        """POST /orders/batch: all are handed in, in order, before the first answer is awaited."""
        entries = structure(BatchRequest, json_object(request)).orders
        handed_in = [self._hand_in(entry, request) for entry in entries]
        return reply(Results([await result_of(each, request.id) for each in handed_in]))

    async def order(self, request: Request, order_id: str) -> Reply:
        """GET /orders/{id}: an order, live or past."""
        refuse_query(request)
        units, number = self._wire.order_id(order_id)
        record = await self._desk.order(units.instrument.symbol, number)
        if record is None:
            raise ApiError("order_not_found", order_id=order_id)
        return reply(order_view(units, record))

    async def orders(self, request: Request) -> Reply:
        """GET /orders: orders by symbol, status and account, newest first."""
        return reply(await orders_page(self._desk, query(OrdersQuery, request)))

    async def replace(self, request: Request, order_id: str) -> Reply:
        """PATCH /orders/{id}: another price, another quantity, or both."""
        wanted = structure(ReplaceRequest, json_object(request))
        ask = self._wire.replace(order_id, wanted)
        return reply(await self._desk.post(ask, request.client).order())

    async def cancel(self, request: Request, order_id: str) -> Reply:
        """DELETE /orders/{id}: the order, canceled."""
        refuse_query(request)
        refuse_body(request)
        ask = self._wire.cancel(order_id)
        return reply(await self._desk.post(ask, request.client).order())

    async def cancel_all(self, request: Request) -> Reply:
        """DELETE /orders: all open orders of a symbol, of an account, of both, or of everybody."""
        asks = self._wire.cancel_all(query(MassCancelQuery, request))
        handed_in = [self._desk.post(ask, request.client) for ask in asks]
        return reply(OrdersView([view for each in handed_in for view in await each.orders()]))

    def _hand_in(self, entry: object, request: Request) -> HandedIn:
        try:
            return self._desk.post(self._wire.operation(entry), request.client)
        except ApiError as error:
            return error
