"""The application: every route, on one exchange."""

from collections.abc import Collection

from ..actors.exchange import Exchange
from ..actors.feed import Feed
from ..actors.historian import Historian
from ..actors.switches import Switches
from .application import Application
from .chart import ChartRoutes
from .desk import Desk
from .events import Scribes
from .limits import Limits
from .market import MarketRoutes
from .ops import OpsRoutes
from .orders import OrderRoutes
from .origins import Origins
from .pages import PageRoutes
from .requests import STREAM_DEPTH
from .streams import StreamRoutes
from .subscriptions import Channels
from .trading import TradingRoute
from .websocket import WebSockets


def create_app(
    exchange: Exchange,
    history: Historian | None = None,
    limits: Limits | None = None,
    *,
    allowed_origins: Collection[str] = (),
) -> Application:
    """The HTTP face of an exchange, and of its history, which somebody else runs.

    Other pages than our own may use it from a browser only if their origin is an allowed one.
    """
    app = Application("goquant.web", limits)
    origins = Origins(allowed_origins)
    origins.install(app)
    desk = Desk(exchange, history, app.limits)
    feed = Feed(exchange, Scribes(desk.wire.markets), app.limits.feed_events_max, [STREAM_DEPTH])
    app.feed = feed
    app.on_stop.append(feed.close)
    sockets = WebSockets(app, origins)
    StreamRoutes(app, sockets, Channels(feed, desk.wire, app.limits.subscriptions_max))
    TradingRoute(sockets, desk, feed, Switches(exchange), app.limits)
    OrderRoutes(app, desk)
    MarketRoutes(app, desk)
    ChartRoutes(app, desk)
    OpsRoutes(app, desk, feed)
    PageRoutes(app)
    return app
