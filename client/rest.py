"""Requests over HTTP, tried again while that is safe and may help."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import trio

from .answers import foreign, read, refusal
from .errors import ApiError, ClientError, Disconnected, OutcomeUnknown, Unreadable
from .patience import Patience, Waits

T = TypeVar("T")

# For one try; the exchange answers within milliseconds, or says that it does not.
TIMEOUT_S = 10.0

# On their way at a time; the next ones wait here. Streams are not counted.
REQUESTS_MAX = 100

# Orders or trades asked for at a time while leafing through pages.
PAGE = 500

# Connections as many as it takes, of which those without a request are kept for the next one.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)

# What was not done because of the moment, not because of what was asked.
BUSY = frozenset({429, 503})

# What a proxy says for an exchange whose answer it did not get, whatever became of the request.
GATEWAY = frozenset({502, 504})

Query = Mapping[str, object]


class Rest:
    """The requests of one client, on connections that are kept.

    Whoever sends more than a GET must make sure that it does no harm when it arrives twice.
    """

    def __init__(
        self,
        url: str,
        patience: Patience,
        random: Random,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._patience = patience
        self._random = random
        self._requests = trio.CapacityLimiter(REQUESTS_MAX)
        # A proxy of the environment must not come between a program and its exchange.
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=TIMEOUT_S,
            limits=LIMITS,
            transport=transport,
            trust_env=False,
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

    async def get(
        self, path: str, kind: type[T], query: Query | None = None, *, once: bool = False
    ) -> T:
        """What a GET answers. Raises as `send`."""
        return await self.send("GET", path, kind, query=query, once=once)

    async def send(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        body: object = None,
        query: Query | None = None,
        tries: list[ClientError] | None = None,
        once: bool = False,
    ) -> T:
        """What a request answers. `tries` takes what went wrong with the tries before the last one.

        Raises:
            ApiError, Disconnected, OutcomeUnknown, Unreadable: see `Client`.
        """
        answer = await self.fetch(method, path, body=body, query=query, tries=tries, once=once)
        return read(msgspec.json.Decoder(kind).decode, answer, f"{method} {path}")

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Query | None = None,
        tries: list[ClientError] | None = None,
        once: bool = False,
    ) -> bytes:
        """As `send`, the answer as it came."""
        content = None if body is None else msgspec.json.encode(body)
        waits = Waits(self._patience, self._random)
        for left in reversed(range(1 if once else self._patience.tries_max)):
            try:
                async with self._requests:
                    return await self._ask(self._request(method, path, content, query, TIMEOUT_S))
            except ClientError as problem:
                if not left or not _is_worth_a_try(problem):
                    raise
                if tries is not None:
                    tries.append(problem)
                waits.failed(problem)
            await waits.wait()
        raise ValueError("patience must allow at least one try")

    async def poll(self, path: str, query: Query, timeout_s: float) -> bytes:
        """What a GET answers that may take a while. It is sent once. Raises as `send`."""
        return await self._ask(self._request("GET", path, None, query, timeout_s + TIMEOUT_S))

    async def stream(self, path: str, query: Query, silence_s: float) -> httpx.Response:
        """An answer that goes on, to be read and closed. Raises as `send`, but is sent once."""
        request = self._request("GET", path, None, query, silence_s)
        with translated(request):
            response = await self._http.send(request, stream=True)
            if not response.is_success:
                await response.aread()
        if not response.is_success:
            raise _refused(response)
        return response

    async def _ask(self, request: httpx.Request) -> bytes:
        with translated(request):
            response = await self._http.send(request)
        if not response.is_success:
            raise _refused(response)
        return response.content

    def _request(
        self, method: str, path: str, content: bytes | None, query: Query | None, timeout_s: float
    ) -> httpx.Request:
        return self._http.build_request(
            method,
            path,
            content=content,
            headers={} if content is None else {"Content-Type": "application/json"},
            params=None if query is None else {name: str(value) for name, value in query.items()},
            timeout=httpx.Timeout(TIMEOUT_S, read=timeout_s),
        )


def path_of(*parts: str) -> str:
    """The path with these parts, whatever characters they have."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def given(fields: Query) -> dict[str, object]:
    """Those that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


@contextmanager
def translated(request: httpx.Request) -> Iterator[None]:
    """What httpx raises is what this client raises. It may be a body that is read later."""
    what = f"{request.method} {request.url.path}"
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Disconnected(f"{what}: the exchange cannot be reached: {error}") from error
    except httpx.DecodingError as error:
        raise Unreadable(f"{what}: {error}") from error
    except httpx.TransportError as error:
        raise OutcomeUnknown(f"{what}: the connection broke: {error!r}") from error


def _refused(response: httpx.Response) -> ClientError:
    status, headers, content = response.status_code, response.headers, response.content
    if status in GATEWAY:
        request = response.request
        said = foreign(status, headers, content)
        return OutcomeUnknown(f"{request.method} {request.url.path}: {said}")
    return refusal(status, headers, content)


def _is_worth_a_try(problem: ClientError) -> bool:
    if isinstance(problem, ApiError):
        return problem.status in BUSY
    return not isinstance(problem, Unreadable)
