"""`python -m bench.echo KIND`: a bare quart-trio application that answers JSON with JSON.

The least that a request costs: KIND `stock` is quart-trio on hypercorn as they come, `route` a route on
our own server. Prints its port and serves until its standard input ends.
"""

from __future__ import annotations

import sys
from functools import partial

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_stock
from quart import request
from quart_trio import QuartTrio

from goquant.serving import quiet_gc
from goquant.web.application import Application
from goquant.web.limits import KEEP_ALIVE_REQUESTS_MAX
from goquant.web.routes import Reply, Request, encode
from goquant.web.server import serve
from goquant.web.shapes import decode_object

HOST = "127.0.0.1"
PATH = "/echo"


def ours() -> Application:
    app = Application("bench.echo")

    async def echo(request: Request) -> Reply:
        return Reply(200, encode(decode_object(request.body)))

    app.add_route("POST", PATH, echo)
    return app


def stock() -> QuartTrio:
    app = QuartTrio("bench.echo")

    @app.post(PATH)
    async def echo() -> dict[str, object]:
        body: dict[str, object] = await request.get_json()
        return body

    return app


async def main(kind: str) -> None:
    """Serve on a free port."""
    async with trio.open_nursery() as nursery:
        if kind == "route":
            address = await nursery.start(partial(serve, ours(), HOST, 0))
            port = address[1]
        else:
            binds = await nursery.start(serve_stock, stock(), _stock_config())
            port = int(binds[0].rpartition(":")[2])
        quiet_gc()
        print(port, flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
        nursery.cancel_scope.cancel()


def _stock_config() -> Config:
    """Its defaults, but for the connection that it closes after each thousand requests."""
    config = Config()
    config.bind = [f"{HOST}:0"]
    config.keep_alive_max_requests = KEEP_ALIVE_REQUESTS_MAX
    return config


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
