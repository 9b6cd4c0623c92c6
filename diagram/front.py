"""Who uses the exchange."""

from .parts import Box, Group, Layer, Place

GROUP = Group(
    layer=Layer.FRONT,
    title="Front ends",
    says="pages and programs, which know the public API and nothing else",
    says_at=170,
    place=Place(16, 64, 1612, 108),
)

BOXES = (
    Box(
        name="screen",
        layer=Layer.FRONT,
        title="Trading screen",
        says="The page at /. Its scripts are plain modules without a build step; they take WebSocket first, server-sent "
        "events when that fails, and polling when that fails too, resume by sequence, and draw once a frame.",
        lines=(
            "WebSocket, else SSE, else polling; resumes by sequence",
            "one paint a frame; never a wrong book",
        ),
        place=Place(36, 94, 390, 66),
        modules=("templates",),
        chips=("ES modules", "Lightweight Charts"),
    ),
    Box(
        name="programs",
        layer=Layer.FRONT,
        title="Programs: goquant.client",
        says="The client for Python programs on trio: typed orders and events, reconnection with backoff, resume by "
        "sequence, a local book that is right or says that it is not, retries that are no second order.",
        lines=("reconnects, resumes, mends gaps;", "retries by client order id"),
        place=Place(442, 94, 330, 66),
        modules=(
            *("client.answers", "client.book", "client.client"),
            *("client.connections", "client.errors", "client.events"),
            *("client.market_routes", "client.operation_routes", "client.order_routes"),
            *("client.orders", "client.patience", "client.pending"),
            *("client.poll", "client.records", "client.reports"),
            *("client.rest", "client.sockets", "client.sse"),
            *("client.streams", "client.trading", "client.websocket"),
        ),
        chips=("httpx", "trio-websocket"),
    ),
    Box(
        name="traders",
        layer=Layer.FRONT,
        title="Simulated traders",
        says="Market makers, noise and momentum traders and an occasional large one, all from one seed: goquant demo and "
        "goquant bots.",
        lines=("goquant demo, goquant bots:", "makers, noise, momentum, whales"),
        place=Place(788, 94, 250, 66),
        modules=("traders.keeping", "traders.model", "traders.run"),
    ),
    Box(
        name="replay",
        layer=Layer.FRONT,
        title="Recorded flow",
        says="goquant replay: real order flow, played into an exchange and compared with what really traded.",
        lines=("goquant replay: real orders", "against real trades"),
        place=Place(1054, 94, 240, 66),
        modules=(
            *("replay.cli", "replay.flow", "replay.ghosts", "replay.http_venue"),
            *("replay.local_venue", "replay.player", "replay.report", "replay.session"),
            *("replay.tally", "replay.venue"),
        ),
    ),
    Box(
        name="harness",
        layer=Layer.FRONT,
        title="Tests of bots: goquant.testing",
        says="The whole exchange inside of a test, in memory or on a socket, by the test's clock, with faults on demand, and "
        "a fixture for pytest.",
        lines=("in memory or on a socket,", "the test's clock, faults on demand"),
        place=Place(1310, 94, 298, 66),
        modules=(
            *("testing.books", "testing.disk", "testing.faults", "testing.threads"),
            *("testing.venue", "pytest_plugin"),
        ),
    ),
)
