"""Every failure that a client can see, with its status, in one table."""

import secrets
from typing import NamedTuple

from msgspec import Struct

from ..actors.calls import Busy, Crashed, OutcomeUnknown, Refused
from ..book.commands import NewOrder
from ..book.enums import RejectReason
from .times import time_text
from .units import Units

# Seconds after which a client that was turned away may ask again: queues empty within milliseconds,
# and this is the shortest that the header can say.
RETRY_AFTER_S = 1

# The statuses that say so.
TURNED_AWAY = {429, 503}

# The history is written a moment after the journal, and catches up after a start.
BEHIND = "the history is behind: try again"
NO_HISTORY = "there is no history: it is switched off"

# Of what a client sent, no more than this is ever repeated to it.
SHOWN_MAX = 64


class Failure(NamedTuple):
    """One row of the table. The message is a template for what the code that fails fills in."""

    status: int
    field: str | None
    message: str


FAILURES: dict[str, Failure] = {
    "malformed": Failure(400, None, "{problem}"),
    "not_found": Failure(404, None, "there is no such route"),
    "unknown_symbol": Failure(404, "symbol", "{symbol} is not traded here; traded are {known}"),
    "order_not_found": Failure(404, "order_id", "there is no order {order_id}"),
    "method_not_allowed": Failure(405, None, "{method} is not possible here, only {allowed}"),
    "timeout": Failure(408, None, "the body did not arrive in time"),
    "order_final": Failure(409, "order_id", "order {order_id} is {status}: it cannot change"),
    "too_large": Failure(
        413, None, "the body is larger than {size_max} bytes, or in too many pieces"
    ),
    "too_many_requests": Failure(
        429,
        None,
        "{whose} may send {burst} orders at once and then {per_s} a second: "
        "wait {retry_after_s} s; cancels are not counted",
    ),
    "invalid_price": Failure(
        422, "price", "{field} {value} is not a multiple of the tick size {rules.tick_size}"
    ),
    "invalid_quantity": Failure(
        422, "quantity", "{field} {value} is not a multiple of the lot size {rules.lot_size}"
    ),
    "too_many_messages": Failure(
        429, None, "more than {rate} messages a second: this one was not looked at"
    ),
    "other_account": Failure(
        403, "account", "this session trades for account {account}, and not for {other}"
    ),
    "no_account": Failure(
        422, "account", "a dead man's switch is an account's: connect with account=…"
    ),
    "too_many_switches": Failure(
        503, None, "{count_max} accounts have a dead man's switch, the maximum: try again later"
    ),
    "too_many_subscriptions": Failure(
        422,
        "symbols",
        "{count} subscriptions are more than the maximum of {count_max} for one client",
    ),
    "internal": Failure(500, None, "this is our fault; the request id leads us to the cause"),
    "busy": Failure(503, None, "too many commands wait for {symbol}: try again"),
    "origin_not_allowed": Failure(
        403, None, "pages of {origin} may not use this exchange; see the setting allowed_origins"
    ),
    "forbidden": Failure(403, None, "this route is only for clients on the machine itself"),
    "not_halted": Failure(409, "symbol", "{symbol} is not halted: there is nothing to resume"),
    "crashed": Failure(
        500, None, "{symbol} failed on this command, which did nothing; that is our fault"
    ),
    "halted": Failure(503, None, "{problem}"),
    "history_unavailable": Failure(503, None, "{problem}"),
    "outcome_unknown": Failure(
        503,
        None,
        "the journal failed while this command was written: whether it counts is known after the "
        "next start; ask then, or send it again with the same client_order_id",
    ),
    # What the book refuses, in the order of its checks, but for `unknown_order`: that reaches
    # clients as order_final or order_not_found.
    RejectReason.CLIENT_ORDER_ID_REUSED: Failure(
        409,
        "client_order_id",
        "client_order_id {client_order_id} belongs to order {order_id}, whose body was another",
    ),
    RejectReason.PRICE_NOT_ALLOWED: Failure(
        422, "price", "price is not allowed for {type} orders: they have no limit price"
    ),
    RejectReason.QUANTITY_FILLED: Failure(
        422, "quantity", "quantity {quantity} is not more than the filled quantity {filled}"
    ),
    RejectReason.QUANTITY_TOO_SMALL: Failure(
        422, "quantity", "quantity {quantity} is below the minimum {rules.quantity_min}"
    ),
    RejectReason.QUANTITY_TOO_LARGE: Failure(
        422, "quantity", "quantity {quantity} is above the maximum {rules.quantity_max}"
    ),
    RejectReason.PRICE_TOO_LARGE: Failure(
        422, "price", "price {price} is above the maximum {rules.price_max}"
    ),
    RejectReason.TRIGGER_PRICE_TOO_LARGE: Failure(
        422, "trigger_price", "trigger_price {trigger_price} is above the maximum {rules.price_max}"
    ),
    RejectReason.NOTIONAL_TOO_SMALL: Failure(
        422,
        "quantity",
        "price x quantity = {notional} is below the minimum notional {rules.notional_min}",
    ),
    RejectReason.NOTIONAL_TOO_LARGE: Failure(
        422,
        "quantity",
        "price x quantity = {notional} is above the maximum notional {rules.notional_max}",
    ),
    RejectReason.ALREADY_EXPIRED: Failure(
        422, "expires_at", "expires_at {expires_at} is not after the time of the exchange, {time}"
    ),
    RejectReason.TOO_MANY_OPEN_ORDERS: Failure(
        422,
        "account",
        "account {account} has the maximum of {rules.account_open_orders_max} open orders",
    ),
    RejectReason.BOOK_FULL: Failure(
        422, None, "{rules.symbol} has the maximum of {rules.open_orders_max} open orders"
    ),
    RejectReason.PRICE_BAND: Failure(
        422,
        "price",
        "price {price} is more than {rules.price_band_bps} basis points away from the last trade",
    ),
    RejectReason.POST_ONLY_WOULD_TAKE: Failure(
        422, "post_only", "a post_only order at {price} would take from the other side"
    ),
}


class ApiError(Exception):
    """A request came to nothing, and the client is told why.

    `code` names a row of FAILURES; `values` fill in the template of its message. Who is turned away
    for the moment is told to come back after `retry_after_s` seconds.
    """

    def __init__(
        self,
        code: str,
        field: str | None = None,
        *,
        retry_after_s: int = RETRY_AFTER_S,
        **values: object,
    ) -> None:
        failure = FAILURES[code]
        self.code = str(code)
        self.status = failure.status
        self.field = field or failure.field
        self.retry_after_s = retry_after_s if failure.status in TURNED_AWAY else None
        self.message = failure.message.format(
            field=self.field, retry_after_s=retry_after_s, **values
        )
        super().__init__(f"{self.code}: {self.message}")


class Malformed(ApiError):
    """The request has not the shape that its route asks for."""

    def __init__(self, field: str | None, problem: str) -> None:
        super().__init__("malformed", field, problem=problem)


class ErrorDetail(Struct, frozen=True):
    """What a client is told about a failure."""

    code: str
    message: str
    field: str | None
    request_id: str


class ErrorBody(Struct, frozen=True):
    """The one shape of all errors."""

    error: ErrorDetail


def new_request_id() -> str:
    """An id for a request, by which it is found in the log."""
    return secrets.token_hex(8)


def error_body(error: ApiError, request_id: str) -> ErrorBody:
    """An error as it is sent."""
    return ErrorBody(ErrorDetail(error.code, error.message, error.field, request_id))


def shown(text: str) -> str:
    """What a client sent, quoted and cut to a length that one wants to read."""
    return ascii(text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…")


def not_done(problem: Refused | Crashed | OutcomeUnknown, symbol: str) -> ApiError:
    """Why a command did nothing, or may have."""
    if isinstance(problem, Busy):
        return ApiError("busy", symbol=symbol)
    if isinstance(problem, Crashed):
        return ApiError("crashed", symbol=symbol)
    if isinstance(problem, OutcomeUnknown):
        return ApiError("outcome_unknown")
    return ApiError("halted", problem=problem)


def refused_by_book(
    reason: RejectReason,
    units: Units,
    terms: NewOrder,
    *,
    order_id: int | None,
    filled: int,
    time_ns: int,
) -> ApiError:
    """Why the book refused an order, or the terms that a replace would have given it."""
    notional = 0 if terms.price is None else terms.price * terms.quantity
    return ApiError(
        reason,
        rules=units.rules,
        type=terms.type,
        price=units.price(terms.price),
        trigger_price=units.price(terms.trigger_price),
        quantity=units.quantities.text(terms.quantity),
        filled=units.quantities.text(filled),
        notional=units.notional(notional),
        account=terms.account,
        client_order_id=terms.client_order_id,
        order_id=None if order_id is None else units.order_id(order_id),
        expires_at=None if terms.expires_at_ns is None else time_text(terms.expires_at_ns),
        time=time_text(time_ns),
    )
