"""The routes of orders."""

from quart.wrappers import Response
from quart_trio import QuartTrio

from ..book.commands import MassCancel
from ..book.events import OrderRepeated
from .desk import Desk, Pending
from .errors import ApiError, ErrorBody, error_body
from .paging import orders_page
from .replies import json_object, query, refuse_body, refuse_query, reply, request_id
from .requests import BatchRequest, MassCancelQuery, OrdersQuery, ReplaceRequest
from .responses import OrderResult, OrdersView, Results, order_view
from .shapes import structure
from .wire import Ask


class OrderRoutes:
    """Place, see, replace and cancel orders."""

    def __init__(self, app: QuartTrio, desk: Desk) -> None:
        self._desk = desk
        self._wire = desk.wire
        app.add_url_rule("/orders", view_func=self.place, methods=["POST"])
        app.add_url_rule("/orders/batch", view_func=self.batch, methods=["POST"])
        app.add_url_rule("/orders", view_func=self.orders, methods=["GET"])
        app.add_url_rule("/orders", view_func=self.cancel_all, methods=["DELETE"])
        app.add_url_rule("/orders/<order_id>", view_func=self.order, methods=["GET"])
        app.add_url_rule("/orders/<order_id>", view_func=self.replace, methods=["PATCH"])
        app.add_url_rule("/orders/<order_id>", view_func=self.cancel, methods=["DELETE"])

    async def place(self) -> Response:
        """POST /orders: 201 and the order; 200 when its client order id repeats."""
        pending = self._desk.post(self._wire.place(await json_object()))
        answer = await pending.answer()
        repeated = isinstance(answer.events[-1], OrderRepeated)
        return reply(pending.view(answer), 200 if repeated else 201)

    async def batch(self) -> Response:
        """POST /orders/batch: all are handed in, in order, before the first answer is awaited."""
        entries = structure(BatchRequest, await json_object()).orders
        handed_in = [self._hand_in(entry) for entry in entries]
        return reply(Results([await self._result(each) for each in handed_in]))

    async def order(self, order_id: str) -> Response:
        """GET /orders/{id}: an order, live or past."""
        refuse_query()
        units, number = self._wire.order_id(order_id)
        record = await self._desk.order(units.instrument.symbol, number)
        if record is None:
            raise ApiError("order_not_found", order_id=order_id)
        return reply(order_view(units, record))

    async def orders(self) -> Response:
        """GET /orders: orders by symbol, status and account, newest first."""
        return reply(await orders_page(self._desk, query(OrdersQuery)))

    async def replace(self, order_id: str) -> Response:
        """PATCH /orders/{id}: another price, another quantity, or both."""
        request = structure(ReplaceRequest, await json_object())
        return reply(await self._desk.post(self._wire.replace(order_id, request)).order())

    async def cancel(self, order_id: str) -> Response:
        """DELETE /orders/{id}: the order, canceled."""
        refuse_query()
        refuse_body()
        return reply(await self._desk.post(self._wire.cancel(order_id)).order())

    async def cancel_all(self) -> Response:
        """DELETE /orders: all open orders of a symbol, of an account, of both, or of everybody."""
        wanted = query(MassCancelQuery)
        markets = self._wire.markets
        chosen = markets.values() if wanted.symbol is None else [self._wire.units(wanted.symbol)]
        asks = [Ask(units, MassCancel(wanted.account)) for units in chosen]
        handed_in = [(ask.units, self._desk.post(ask)) for ask in asks]
        canceled = [
            order_view(units, record)
            for units, pending in handed_in
            for record in (await pending.answer()).orders
        ]
        return reply(OrdersView(canceled))

    def _hand_in(self, entry: object) -> Pending | ApiError:
        try:
            return self._desk.post(self._wire.operation(entry))
        except ApiError as error:
            return error

    async def _result(self, handed_in: Pending | ApiError) -> OrderResult | ErrorBody:
        if isinstance(handed_in, ApiError):
            return error_body(handed_in, request_id())
        try:
            return OrderResult(await handed_in.order())
        except ApiError as error:
            return error_body(error, request_id())
