"""Requests over HTTP, tried again while that is safe and may help."""

from collections.abc import Mapping
from random import Random
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec
import trio

from .errors import ApiError, ClientError, Disconnected, ErrorBody, ErrorDetail, OutcomeUnknown
from .patience import Patience

T = TypeVar("T")

# For one try; the exchange answers within milliseconds, or says that it does not.
TIMEOUT_S = 10.0

# What was not done because of the moment, not because of what was asked.
BUSY = frozenset({429, 503})


class Rest:
    """The requests of one client, on connections that are kept."""

    def __init__(
        self,
        url: str,
        patience: Patience,
        random: Random,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._patience = patience
        self._random = random
        # A proxy of the environment must not come between a program and its exchange.
        self._http = httpx.AsyncClient(
            base_url=url, timeout=TIMEOUT_S, transport=transport, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with trio.move_on_after(1, shield=True):
            await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        body: object = None,
        query: Mapping[str, object] | None = None,
        tries: list[Exception] | None = None,
    ) -> T:
        """Send a request, which must be one that does no harm when it arrives twice.

        `tries` takes what went wrong with the tries before the last one.

        Raises:
            ApiError, Disconnected, OutcomeUnknown: see `Client`.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        params = None if query is None else {name: str(value) for name, value in query.items()}
        waits = self._patience.waits(self._random)
        for left in reversed(range(self._patience.tries_max)):
            try:
                response = await self._http.request(
                    method, path, content=content, headers=headers, params=params
                )
                return msgspec.json.decode(_checked(response), type=kind)
            except (httpx.TransportError, ApiError) as error:
                problem = _problem(error, f"{method} {path}")
            if not left or (isinstance(problem, ApiError) and problem.status not in BUSY):
                raise problem
            if tries is not None:
                tries.append(problem)
            after_s = getattr(problem, "retry_after_s", None) or 0
            await trio.sleep(after_s + next(waits))
        raise ValueError("patience must allow at least one try")


def _checked(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    try:
        detail = msgspec.json.decode(response.content, type=ErrorBody).error
    except msgspec.DecodeError:
        detail = ErrorDetail("unknown", response.reason_phrase, None, "")
    after = response.headers.get("retry-after", "")
    raise ApiError(response.status_code, detail, float(after) if after.isdecimal() else None)


def _problem(error: httpx.TransportError | ApiError, what: str) -> ClientError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Disconnected(f"{what}: the exchange cannot be reached: {error}")
    return OutcomeUnknown(f"{what}: the connection broke before the answer: {error!r}")
