"""The pages, and the files that they need."""

from quart import render_template, request
from quart.wrappers import Response

from .application import Application
from .assets import CACHE_CONTROL, CONTENT_SECURITY_POLICY, assets
from .errors import ApiError


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
        app.add_url_rule("/static/<path:file>", view_func=self.static, methods=["GET"])

    async def screen(self) -> Response:
        """GET /: the trading screen."""
        return await _page("screen.html", modules=self._modules)

    async def static(self, file: str) -> Response:
        """GET /static/{file}: a file that a page needs."""
        asset = self._assets.get(file)
        if asset is None:
            raise ApiError("not_found")
        is_known = asset.etag in request.if_none_match
        response = Response(
            b"" if is_known else asset.content,
            304 if is_known else 200,
            content_type=asset.type,
        )
        response.set_etag(asset.etag)
        response.headers["Cache-Control"] = CACHE_CONTROL
        return _confined(response)


async def _page(template: str, **values: object) -> Response:
    text = await render_template(template, **values)
    return _confined(Response(text, content_type="text/html; charset=utf-8"))


def _confined(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
