"""The routes for whoever runs the exchange."""

from ipaddress import ip_address

from .. import __version__
from ..actors.feed import Feed
from ..actors.supervisor import SymbolState, SymbolStatus
from .application import Application
from .desk import Desk
from .errors import ApiError
from .metrics import CONTENT_TYPE, Metrics
from .replies import refuse_body, refuse_query, reply
from .responses import ReadyView, StatusView, SymbolStateView, SymbolStatusView, VersionView
from .routes import Reply, Request


class OpsRoutes:
    """Is it up, may it take orders, and how is everything?"""

    def __init__(self, app: Application, desk: Desk, feed: Feed) -> None:
        self._desk = desk
        self._metrics = Metrics(desk.exchange, desk.history, feed, app.traffic)
        self._exchange = desk.exchange
        app.add_route("GET", "/livez", self.livez)
        app.add_route("GET", "/readyz", self.readyz)
        app.add_route("GET", "/healthz", self.readyz)
        app.add_route("GET", "/status", self.status)
        app.add_route("GET", "/metrics", self.metrics)
        app.add_route("POST", "/admin/symbols/<symbol>/resume", self.resume)

    async def livez(self, request: Request) -> Reply:
        """GET /livez: 200, if there is anyone to answer at all."""
        return reply(VersionView("live", __version__))

    async def readyz(self, request: Request) -> Reply:
        """GET /readyz and /healthz: 200 if orders are taken, 503 and why if not.

        While some symbols are halted and others trade it is `degraded`, and names them.
        """
        statuses = self._exchange.status()
        halted = [each for each in statuses if each.state is not SymbolState.RUNNING]
        problem = self._problem(len(halted) == len(statuses))
        if problem is not None:
            raise ApiError("halted", problem=problem)
        views = [SymbolStateView(each.symbol, each.state, each.reason) for each in statuses]
        return reply(ReadyView("degraded" if halted else "ready", __version__, views))

    async def status(self, request: Request) -> Reply:
        """GET /status: every symbol, the journal and the history, in figures."""
        refuse_query(request)
        history = self._desk.history
        return reply(
            StatusView(
                version=__version__,
                running=self._exchange.running,
                journal=self._exchange.journal_status(),
                history=None if history is None else history.status(),
                symbols=[self._view(each) for each in self._exchange.status()],
            )
        )

    async def metrics(self, request: Request) -> Reply:
        """GET /metrics: what there is to measure, for Prometheus."""
        refuse_query(request)
        return Reply(200, await self._metrics.text(), content_type=CONTENT_TYPE)

    async def resume(self, request: Request, symbol: str) -> Reply:
        """POST /admin/symbols/{symbol}/resume: let a halted symbol go on; for this machine only."""
        refuse_query(request)
        refuse_body(request)
        if not _is_local(request.client):
            raise ApiError("forbidden")
        self._desk.wire.units(symbol)
        if not self._exchange.resume(symbol):
            raise ApiError("not_halted", symbol=symbol)
        (status,) = (each for each in self._exchange.status() if each.symbol == symbol)
        return reply(self._view(status))

    def _problem(self, are_all_halted: bool) -> str | None:
        """Why no order is taken at all, or None if some are."""
        journal = self._exchange.journal_status()
        if journal is not None and journal.problem is not None:
            return f"the exchange is halted: {journal.problem}"
        if not self._exchange.running:
            return "the exchange takes no commands now: it is starting or stopping"
        return "all symbols are halted" if are_all_halted else None

    def _view(self, status: SymbolStatus) -> SymbolStatusView:
        snapshots = self._exchange.snapshots
        newest = None if snapshots is None else snapshots.newest.get(status.symbol)
        return SymbolStatusView(
            symbol=status.symbol,
            state=status.state,
            reason=status.reason,
            sequence=status.sequence,
            inbox_depth=status.inbox_depth,
            restarts=status.restarts,
            snapshot_sequence=None if newest is None else newest.sequence,
            snapshot_position=None if newest is None else newest.position,
            snapshot_age_s=None if snapshots is None else snapshots.age_s(status.symbol),
        )


def _is_local(address: str | None) -> bool:
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:
        return False
