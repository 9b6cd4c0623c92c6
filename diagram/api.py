"""The web layer: every endpoint, and what stands before it."""

from .parts import Box, Group, Layer, Place

GROUP = Group(
    layer=Layer.API,
    title="API: web/",
    says="all that clients send is validated here",
    says_at=1190,
    place=Place(16, 190, 1612, 350),
)

BOXES = (
    Box(
        name="server",
        layer=Layer.API,
        title="Server",
        says="Listens, accepts and stops. hypercorn's protocols run on a connection of our own, with a deadline or a bound for "
        "everything that a client controls; requests that have come whole are answered where they are read, "
        "the others by Quart.",
        lines=(
            (
                "deadlines for heads, bodies, frames and reading; bounds for sizes, connections and messages; "
                "token buckets for orders; Origin and CORS checked; structured, sampled access log"
            ),
        ),
        place=Place(36, 220, 1572, 58),
        modules=(
            *("web.server", "web.connection", "web.http1", "web.limits", "web.traffic"),
            *("web.origins", "web.plain", "web.routes", "web.application", "web.app"),
            *("web.errors", "web.replies", "logs"),
        ),
        chips=("hypercorn", "quart-trio", "h11", "structlog"),
        live="server",
    ),
    Box(
        name="orders",
        layer=Layer.API,
        title="Orders over REST",
        says="Place, see, replace and cancel orders. An answer means that it is on disk. New orders and replaces take from the "
        "token bucket of their account.",
        routes=(
            "POST /orders",
            "POST /orders/batch",
            "GET /orders",
            "GET /orders/{id}",
            "PATCH /orders/{id}",
            "DELETE /orders/{id}",
            "DELETE /orders",
        ),
        place=Place(36, 296, 230, 158),
        modules=("web.orders", "web.rates", "web.paging"),
        live="orders",
    ),
    Box(
        name="trading",
        layer=Layer.API,
        title="Orders over WebSocket",
        says="Place, cancel, replace and batch, pipelined and answered by id; execution reports of the account's own orders; "
        "cancel on disconnect and a dead man's switch. A session is two tasks: one listens, one sends what is due.",
        routes=("WS /ws/orders",),
        lines=(
            "pipelined, answered by id",
            "execution reports",
            "cancel on disconnect",
            "dead man's switch",
        ),
        place=Place(280, 296, 240, 158),
        modules=("web.trading", "web.outbox", "web.answers", "web.own_orders"),
        live="trading",
    ),
    Box(
        name="market",
        layer=Layer.API,
        title="Market data to ask for",
        says="Books by level or by order, trades back to the first one, candles, the last 24 hours, instruments and their rules.",
        routes=(
            "GET /orderbook/{symbol}",
            "GET /trades/{symbol}",
            "GET /candles/{symbol}",
            "GET /ticker/{symbol}",
            "GET /symbols",
        ),
        place=Place(568, 296, 226, 158),
        modules=("web.market", "web.chart"),
        live="market",
    ),
    Box(
        name="streams",
        layer=Layer.API,
        title="Market data that comes",
        says="Three thin readers of the same rings. Every event carries its sequence and that of the one before it, so that a "
        "client can tell a gap on any transport, and change the transport without loss.",
        routes=(
            "WS /ws/marketdata",
            "WS /ws/trades",
            "GET /stream/marketdata",
            "GET /stream/trades",
            "GET /poll/{symbol}",
        ),
        lines=("since, Last-Event-ID; reset says so",),
        place=Place(830, 296, 268, 158),
        modules=("web.streams", "web.subscriptions", "web.events"),
        live="streams",
    ),
    Box(
        name="ops",
        layer=Layer.API,
        title="Operations",
        says="Is it up, may it take orders and why not, and everything that there is to measure.",
        routes=(
            "GET /livez",
            "GET /readyz",
            "GET /healthz",
            "GET /status",
            "GET /metrics",
            "POST /admin/symbols/{symbol}/resume",
        ),
        place=Place(1112, 296, 286, 158),
        modules=("web.ops", "web.metrics"),
        chips=("prometheus-client",),
    ),
    Box(
        name="pages",
        layer=Layer.API,
        title="Pages and static files",
        says="The screen, the documentation and this chart, under a strict content security policy; not one byte from outside.",
        routes=(
            "GET /",
            "GET /docs",
            "GET /docs/streams",
            "GET /architecture",
            "GET /openapi.json",
            "GET /asyncapi.json",
            "GET /static/{file}",
        ),
        place=Place(1412, 296, 196, 158),
        modules=("web.pages", "web.assets"),
    ),
    Box(
        name="wire",
        layer=Layer.API,
        title="Validation",
        says="JSON to commands, decimals to whole ticks and lots and back, never through a float. What breaks a rule is answered with "
        "the value, the rule and what to do.",
        lines=(
            "JSON to commands, decimals to ticks and lots, never a float",
            "a breach names the value and the rule",
        ),
        place=Place(36, 472, 484, 58),
        modules=(
            *("web.requests", "web.shapes", "web.wire", "web.units", "web.decimals"),
            *("web.times", "web.responses"),
        ),
        chips=("msgspec", "cattrs"),
    ),
    Box(
        name="desk",
        layer=Layer.API,
        title="Desk",
        says="Where an answer comes from: the market in memory, and the history for what that has forgotten. What the history may "
        "not have yet is refused rather than left out.",
        lines=("memory first, then history;", "503 rather than a gap"),
        place=Place(568, 472, 226, 58),
        modules=("web.desk",),
    ),
    Box(
        name="websocket",
        layer=Layer.API,
        title="Every WebSocket",
        says="A receive loop beside each send loop, pings with a deadline for the pong, bounds for messages, and a close code that "
        "says why: 1001 and 1012 at a stop, 1008 for too much, 1009 for too large.",
        lines=("ping every 20 s, gone after 60 s", "close codes that say why"),
        place=Place(830, 472, 268, 58),
        modules=("web.websocket",),
    ),
    Box(
        name="described",
        layer=Layer.API,
        title="The API describes itself",
        says="Every route stands once in a table; the schemas are made of the classes that check and encode, and every test holds its "
        "answers against them.",
        lines=(
            "one table of all routes: OpenAPI 3.1, AsyncAPI 3.0",
            "every answer of every test is held against it",
        ),
        place=Place(1112, 472, 496, 58),
        modules=("web.catalog", "web.openapi", "web.asyncapi", "web.schemas", "web.glossary"),
        chips=("JSON Schema",),
    ),
)
