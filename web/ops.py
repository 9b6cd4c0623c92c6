"""The routes for whoever runs the exchange, and the page that greets people."""

from quart import render_template
from quart.wrappers import Response
from quart_trio import QuartTrio

from .. import __version__
from .desk import Desk
from .errors import ApiError
from .replies import reply
from .responses import StatusView


class OpsRoutes:
    """Is it up, and may it take orders?"""

    def __init__(self, app: QuartTrio, desk: Desk) -> None:
        self._desk = desk
        app.add_url_rule("/", view_func=self.index, methods=["GET"])
        app.add_url_rule("/livez", view_func=self.livez, methods=["GET"])
        app.add_url_rule("/readyz", view_func=self.readyz, methods=["GET"])
        app.add_url_rule("/healthz", "healthz", view_func=self.readyz, methods=["GET"])

    async def index(self) -> str:
        """GET /: a page for people."""
        return await render_template("index.html")

    async def livez(self) -> Response:
        """GET /livez: 200, if there is anyone to answer at all."""
        return reply(StatusView("live", __version__))

    async def readyz(self) -> Response:
        """GET /readyz and /healthz: 200 if orders are taken, 503 and why if not."""
        if not self._desk.exchange.running:
            raise ApiError("halted")
        return reply(StatusView("ready", __version__))
