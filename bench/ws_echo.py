"""`python -m bench.ws_echo KIND`: a bare WebSocket that answers every message with itself.

The least that a message costs: KIND `stock` is quart-trio on hypercorn as they come, `lane`
trio-websocket's own server. Prints its port and serves until its standard input ends.
"""

from __future__ import annotations

import sys

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_stock
from quart import websocket
from quart_trio import QuartTrio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from goquant.serving import quiet_gc

HOST = "127.0.0.1"
PATH = "/echo"


def application() -> QuartTrio:
    app = QuartTrio("bench.ws_echo")

    @app.websocket(PATH)
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    return app


async def lane(request: WebSocketRequest) -> None:
    """A client of trio-websocket's server."""
    connection = await request.accept()
    try:
        while True:
            await connection.send_message(await connection.get_message())
    except ConnectionClosed:
        pass


async def main(kind: str) -> None:
    """Serve on a free port."""
    async with trio.open_nursery() as nursery:
        if kind == "lane":
            server = await nursery.start(serve_websocket, lane, HOST, 0, None)
            port = server.port
        else:
            config = Config()
            config.bind = [f"{HOST}:0"]
            binds = await nursery.start(serve_stock, application(), config)
            port = int(binds[0].rpartition(":")[2])
        quiet_gc()
        print(port, flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
