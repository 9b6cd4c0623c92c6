"""The application: every route, on one exchange."""

from ..actors.exchange import Exchange
from ..actors.historian import Historian
from .application import Application
from .chart import ChartRoutes
from .desk import Desk
from .limits import Limits
from .market import MarketRoutes
from .ops import OpsRoutes
from .orders import OrderRoutes


def create_app(
    exchange: Exchange, history: Historian | None = None, limits: Limits | None = None
) -> Application:
    """The HTTP face of an exchange, and of its history, which somebody else runs."""
    app = Application("goquant.web", limits)
    desk = Desk(exchange, history, app.limits)
    OrderRoutes(app, desk)
    MarketRoutes(app, desk)
    ChartRoutes(app, desk)
    OpsRoutes(app, desk)
    return app
