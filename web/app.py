"""The application: every route, on one exchange."""

from quart_trio import QuartTrio

from ..actors.exchange import Exchange
from ..actors.historian import Historian
from . import replies
from .chart import ChartRoutes
from .desk import Desk
from .market import MarketRoutes
from .ops import OpsRoutes
from .orders import OrderRoutes
from .server import harden

# These answer within milliseconds; see `inline`.
INLINE_PATHS = ("/orders", "/orderbook/", "/trades/", "/symbols", "/livez", "/readyz", "/healthz")


def create_app(exchange: Exchange, history: Historian | None = None) -> QuartTrio:
    """The HTTP face of an exchange, and of its history, which somebody else runs."""
    app = QuartTrio("goquant.web", static_folder=None, template_folder="../templates")
    # A second slash is another route, which we do not have, and no reason to redirect.
    app.url_map.merge_slashes = False
    harden(app, inline_paths=INLINE_PATHS)
    replies.install(app)
    desk = Desk(exchange, history)
    OrderRoutes(app, desk)
    MarketRoutes(app, desk)
    ChartRoutes(app, desk)
    OpsRoutes(app, desk)
    return app
