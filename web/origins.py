"""Which pages may use the exchange from a browser: its own, and those of the configured origins.

A browser says on whose behalf it asks, and a program says nothing. No cookie and no other secret
that a browser would add by itself is ever used here, so that this is about what a page of somebody
else could do to an exchange that only its visitor can reach, such as one on the visitor's machine.

That the origin is the host which the browser asked is not enough where the host is a name: whoever owns a
name can let it stand for the visitor's machine, and then his page is "ours". An address, or localhost, is
nobody's to point elsewhere; a name has to be among the allowed origins.
"""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from quart import request
from quart.wrappers import Response

from .application import Application
from .errors import ApiError, shown

# For so long a browser need not ask again whether it may ask.
PREFLIGHT_S = 600

# What our routes have and take.
METHODS = "GET, POST, PATCH, DELETE"
HEADERS = "content-type, last-event-id"

# What changes nothing, and so may be asked by anyone: without leave a browser shows no answer to another page.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# What a page may read of an answer beside its body.
EXPOSED = "X-Request-Id, Retry-After"


class Origins:
    """The origins of other pages that may use the exchange, such as https://desk.example."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def check(self, origins: Collection[str], host: str | None) -> None:
        """Make sure that it is a program who asks, or our own page, or an allowed one.

        Browsers ask for a WebSocket, and for some of what changes something, without asking for permission first.

        Raises:
            ApiError: origin_not_allowed.
        """
        ours = _origins_of(host)
        for origin in origins:
            if origin not in self._allowed and origin.lower() not in ours:
                raise ApiError("origin_not_allowed", origin=shown(origin))

    def headers(self, origin: str | None) -> dict[str, str]:
        """What lets the page of an origin read an answer: nothing, unless it is an allowed one."""
        if origin is None or origin not in self._allowed:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
            "Vary": "Origin",
        }

    def install(self, app: Application) -> None:
        """Answer the questions of browsers, and give all answers their headers."""
        app.before_request(self._answer_preflight)
        app.before_request(self._refuse_strangers)
        app.after_request(self._add_headers)

    async def _answer_preflight(self) -> Response | None:
        """A browser asks whether a page may send what it is about to send."""
        if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
            return None
        origin = request.headers.get("origin")
        if not self.headers(origin):
            raise ApiError("origin_not_allowed", origin=shown(str(origin)))
        response = Response(b"", 204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
        return response

    async def _refuse_strangers(self) -> None:
        if request.method not in SAFE:
            self.check(request.headers.getlist("origin"), request.headers.get("host"))

    async def _add_headers(self, response: Response) -> Response:
        response.headers.update(self.headers(request.headers.get("origin")))
        return response


def _origins_of(host: str | None) -> frozenset[str]:
    """The origins of our own page, asked for at this host: none if somebody may own that name."""
    host = (host or "").lower()
    return frozenset({f"http://{host}", f"https://{host}"}) if _is_nobodys(host) else frozenset()


def _is_nobodys(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or bool(ip_address(name))
    except ValueError:
        return False
