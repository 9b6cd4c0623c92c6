"""The short way for requests that are answered at once.

quart-trio opens a nursery with two tasks for every request: one handles it, the other waits for the
client to leave and then cancels the first. Streams and long polls need that. A route that answers
within milliseconds does not: its body is read first, and then its handler is simply called. Such a
handler is never cancelled because its client left, so what it began it also finishes.

No route goes this way unless its path is named: `app.config["INLINE_PATHS"]` is a tuple of path
prefixes, empty by default.
"""

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart.wrappers import Request
from quart_trio.asgi import TrioASGIHTTPConnection

from .limits import BODY_PIECES_MAX

INLINE_PATHS = "INLINE_PATHS"


class InlineHTTPConnection(TrioASGIHTTPConnection):
    """One request, handled in the task that it arrived in if its path is an inline one."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if not self.scope["path"].startswith(self.app.config[INLINE_PATHS]):
            await super().__call__(receive, send)
            return
        request = self._create_request_from_scope(send)
        with trio.move_on_after(self.app.config["BODY_TIMEOUT"]) as patience:
            if not await self._read_body(request, receive):
                return
        if patience.cancelled_caught:
            # The handler's own wait for the body now fails at once, in the application's words.
            request.body_timeout = 0
        response = await self.app.handle_request(request)
        await self._send_response(send, response)

    async def _read_body(self, request: Request, receive: ASGIReceiveCallable) -> bool:
        """Read until the body is whole or too much; False if the client left before that."""
        size_max = self.app.config["MAX_CONTENT_LENGTH"]
        size = request.content_length or 0
        for _ in range(BODY_PIECES_MAX):
            if size > size_max:
                return True
            message = await receive()
            if message["type"] != "http.request":
                return False
            chunk = message.get("body", b"")
            request.body.append(chunk)
            if not message.get("more_body", False):
                request.body.set_complete()
                return True
            if request.content_length is None:
                size += len(chunk)
        # What is too much in pieces is too much for the application if it is too large.
        request.body.append(bytes(size_max))
        return True
