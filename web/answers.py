"""What a message of a client that trades is answered with, once its commands are over."""

from collections.abc import Sequence

from msgspec import Struct

from .desk import HandedIn, Pending, result_of
from .errors import ApiError, ErrorDetail, error_body, new_request_id
from .responses import OrderView, Result
from .websocket import MessageId, Refusal


class OrderAnswer(Struct, frozen=True):
    """The answer to `place`, `replace` and `cancel`: the order, right after it."""

    id: MessageId
    order: OrderView


class BatchAnswer(Struct, frozen=True):
    """The answer to `batch`, in its order."""

    id: MessageId
    results: list[Result]


class CancelAllAnswer(Struct, frozen=True):
    """The answer to `cancel_all`: the orders that it has canceled."""

    id: MessageId
    orders: list[OrderView]


class CancelAfterAnswer(Struct, frozen=True):
    """The answer to `cancel_after`: in how many seconds the orders of the account go, 0 for never."""

    id: MessageId
    account: str
    seconds: int


async def order_answer(
    message_id: MessageId, handed_in: Sequence[HandedIn]
) -> OrderAnswer | Refusal:
    """What has become of a single command."""
    (each,) = handed_in
    result = await result_of(each, new_request_id())
    if isinstance(result.error, ErrorDetail):
        return Refusal(message_id, result.error)
    assert isinstance(result.order, OrderView), "a result is an error or an order"
    return OrderAnswer(message_id, result.order)


async def batch_answer(message_id: MessageId, handed_in: Sequence[HandedIn]) -> BatchAnswer:
    """What has become of each command of a batch."""
    request_id = new_request_id()
    return BatchAnswer(message_id, [await result_of(each, request_id) for each in handed_in])


async def cancel_all_answer(
    message_id: MessageId, handed_in: Sequence[HandedIn]
) -> CancelAllAnswer | Refusal:
    """What a mass cancel has canceled, in all symbols that it was for."""
    canceled: list[OrderView] = []
    for each in handed_in:
        assert isinstance(each, Pending), "of a mass cancel all commands were handed in"
        try:
            canceled += await each.orders()
        except ApiError as error:
            return Refusal(message_id, error_body(error, new_request_id()).error)
    return CancelAllAnswer(message_id, canceled)
