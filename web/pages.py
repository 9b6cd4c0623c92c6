"""The pages, the files that they need, and the descriptions that they show."""

from functools import cache

import msgspec
from markupsafe import Markup
from quart import render_template, request
from quart.wrappers import Response

from ..diagram.chart import BOXES, WAYS
from ..diagram.svg import drawing
from . import asyncapi, openapi
from .application import Application
from .assets import (
    ASK_AGAIN,
    CONTENT_SECURITY_POLICY,
    NEVER_ASK_AGAIN,
    SCREEN_POLICY,
    assets,
    packed,
    version,
)
from .errors import ApiError
from .replies import refuse_query
from .routes import Reply, Request, encode
from .schemas import Schema


class PageRoutes:
    """What people look at. A browser may ask for any of it in its own way, so that Quart answers."""

    def __init__(self, app: Application) -> None:
        self._assets = assets()
        # Named in the page, so that a browser asks for all of them at once, not import by import.
        self._modules = [
            path
            for path in self._assets
            if path.startswith("screen/") and path.endswith(".js") and path != "screen/theme.js"
        ]
        app.add_url_rule("/", view_func=self.screen, methods=["GET"])
        app.add_url_rule("/docs", view_func=self.docs, methods=["GET"])
        app.add_url_rule("/docs/streams", view_func=self.streams, methods=["GET"])
        app.add_url_rule("/architecture", view_func=self.architecture, methods=["GET"])
        app.add_url_rule("/static/<path:file>", view_func=self.static, methods=["GET"])
        app.add_route("GET", "/openapi.json", self.openapi)
        app.add_route("GET", "/asyncapi.json", self.asyncapi)

    async def screen(self) -> Response:
        """GET /: the trading screen."""
        return await _page(
            "screen.html",
            SCREEN_POLICY,
            static=f"/static/{version()}",
            modules=self._modules,
        )

    async def docs(self) -> Response:
        """GET /docs: the routes, to read and to try."""
        return await _page("docs.html")

    async def streams(self) -> Response:
        """GET /docs/streams: the streams, to read and to watch."""
        return await _page("streams.html")

    async def architecture(self) -> Response:
        """GET /architecture: how the whole works, with the figures of this exchange in it."""
        return await _page(
            "architecture.html",
            SCREEN_POLICY,
            static=f"/static/{version()}",
            flows=WAYS.values(),
            chart=_chart(),
            parts=_parts(),
        )

    async def static(self, file: str) -> Response:
        """GET /static/{file}: a file that a page needs; with the version before it, for ever."""
        path = file.removeprefix(f"{version()}/")
        asset = self._assets.get(path)
        if asset is None:
            raise ApiError("not_found")
        smaller = packed(path) if request.accept_encodings.quality("gzip") else None
        asset = smaller or asset
        is_known = asset.etag in request.if_none_match
        response = Response(
            b"" if is_known else asset.content,
            304 if is_known else 200,
            content_type=asset.type,
        )
        response.set_etag(asset.etag)
        response.vary.add("Accept-Encoding")
        if smaller is not None:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = ASK_AGAIN if path == file else NEVER_ASK_AGAIN
        return _confined(response)

    async def openapi(self, request: Request) -> Reply:
        """GET /openapi.json: the description of the routes."""
        return _document(openapi.document(), request)

    async def asyncapi(self, request: Request) -> Reply:
        """GET /asyncapi.json: the description of the streams."""
        return _document(asyncapi.document(), request)


@cache
def _chart() -> Markup:
    return Markup(drawing())


@cache
def _parts() -> str:
    """What the chart's boxes and flows say, as JSON."""
    parts = {"boxes": list(BOXES.values()), "flows": list(WAYS.values())}
    return msgspec.json.encode(parts).decode()


async def _page(template: str, policy: str = CONTENT_SECURITY_POLICY, **values: object) -> Response:
    text = await render_template(template, **values)
    return _confined(Response(text, content_type="text/html; charset=utf-8"), policy)


def _document(document: Schema, request: Request) -> Reply:
    refuse_query(request)
    return Reply(200, encode(document))


def _confined(response: Response, policy: str = CONTENT_SECURITY_POLICY) -> Response:
    response.headers["Content-Security-Policy"] = policy
    return response
