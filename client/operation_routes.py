"""What whoever runs an exchange asks it, one request each."""

from .records import Ready, Status, SymbolStatus, Version
from .rest import Rest, path_of

Document = dict[str, object]


class OperationRoutes:
    """The part of `Client` for operators, and for those who write clients."""

    _rest: Rest

    async def livez(self) -> Version:
        """Whether the process answers at all. It is asked once."""
        return await self._rest.get("/livez", Version, once=True)

    async def readyz(self) -> Ready:
        """For which symbols orders are taken. It is asked once. Raises ApiError, `halted`: for none."""
        return await self._rest.get("/readyz", Ready, once=True)

    async def healthz(self) -> Ready:
        """The same as `readyz`, by its older name."""
        return await self._rest.get("/healthz", Ready, once=True)

    async def status(self) -> Status:
        """How every symbol, the journal and the history are, in figures."""
        return await self._rest.get("/status", Status)

    async def metrics(self) -> str:
        """Everything that there is to measure, in the text format of Prometheus."""
        return (await self._rest.fetch("GET", "/metrics")).decode(errors="replace")

    async def resume(self, symbol: str) -> SymbolStatus:
        """Let a symbol go on that was halted; only from the machine of the exchange itself."""
        return await self._rest.send(
            "POST", path_of("admin", "symbols", symbol, "resume"), SymbolStatus
        )

    async def openapi(self) -> Document:
        """The description of all requests, as OpenAPI."""
        return await self._rest.get("/openapi.json", Document)

    async def asyncapi(self) -> Document:
        """The description of all streams, as AsyncAPI."""
        return await self._rest.get("/asyncapi.json", Document)
