"""What may go wrong between a program and an exchange."""

from msgspec import Struct


class ClientError(Exception):
    """The root of all that this client raises."""

    retry_after_s: float | None = None
    """How long whoever answered wants us to wait before we ask again, if it says so."""


class ApiError(ClientError):
    """The exchange refused, and says why. `code` is what programs should look at.

    It is `unknown` if what came has not the shape of the exchange's errors: somebody in between, or at
    the address, has answered. Then `message` shows what that was.
    """

    def __init__(
        self, status: int, detail: "ErrorDetail", retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{detail.code}: {detail.message}")
        self.status = status
        self.code = detail.code
        self.message = detail.message
        self.field = detail.field
        self.request_id = detail.request_id
        self.retry_after_s = retry_after_s


class Disconnected(ClientError):
    """The exchange cannot be reached. What was asked for did not happen, or asked for nothing."""


class OutcomeUnknown(ClientError):
    """The connection broke after the request had left: whether it was carried out is not known.

    An order can be asked for again with the same client order id, and will not be placed twice.
    """


class Unreadable(ClientError):
    """What came says yes, but is nothing that this client can read; the message shows it.

    The address is none of an exchange's, or its version is another. An order may have been placed.
    """


class ErrorDetail(Struct, frozen=True):
    """The body of an error, see docs/api.md."""

    code: str
    message: str
    field: str | None
    request_id: str


class ErrorBody(Struct, frozen=True):
    """The one shape of all errors."""

    error: ErrorDetail
