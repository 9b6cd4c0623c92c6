"""The ways through the system, step by step."""

from .parts import Flow, Step

FLOWS = (
    Flow(
        name="order",
        title="New order",
        steps=(
            Step(
                "A client sends POST /orders. The server reads it under its deadlines and bounds, and answers it where it is read.",
                ("programs", "programs-server", "server", "server-orders", "orders"),
            ),
            Step(
                "Validation makes a command of it: decimals become whole ticks and lots. What is malformed ends here, with a 4xx.",
                ("orders", "orders-wire", "wire"),
            ),
            Step(
                "The exchange puts it into the inbox of its symbol. A full inbox refuses at once: 503 and Retry-After.",
                ("wire", "wire-exchange", "exchange", "exchange-actor", "actor"),
            ),
            Step(
                "The actor takes all that waits as one batch and stamps each command with sequence and time.",
                ("actor",),
            ),
            Step(
                "The engine applies it: the rules of the instrument, then matching by price and time, with exact fees.",
                (
                    *("actor", "apply", "engine", "engine-checks", "checks"),
                    *("engine-matching", "matching", "matching-ladders", "ladders"),
                ),
            ),
            Step(
                "The batch is committed with whatever else waits, of any symbol: one frame, one fdatasync. Nobody has been told "
                "anything yet.",
                ("actor", "commit", "writer", "writer-journal", "journal"),
            ),
            Step(
                "It is on disk: now the answer goes back, 201 and the order with its fills.",
                (
                    *("actor", "answer", "wire", "wire-orders", "orders"),
                    *("orders-server", "server", "server-programs", "programs"),
                ),
            ),
        ),
    ),
    Flow(
        name="market-data",
        title="Market data",
        steps=(
            Step(
                "A batch is committed and answered; its actor calls the broadcaster, once for the batch.",
                ("actor", "publish", "feed"),
            ),
            Step(
                "The mirror of the book says which levels changed. They and the trades are appended to the rings, encoded once.",
                ("feed", "feed-depth", "depth"),
            ),
            Step(
                "Readers are woken, and each takes all that is due to it in one frame, the same bytes for all of them.",
                ("feed", "deliver", "streams"),
            ),
            Step(
                "Over WebSocket, SSE or long-poll it goes out. Whoever lags is told so by a reset and gets a snapshot; whoever stalls "
                "is dropped; nobody else waits.",
                ("streams", "streams-server", "server"),
            ),
            Step(
                "The screen compares prev_sequence with what it has: no gap, so it applies the update and draws once for the frame.",
                ("server", "server-screen", "screen"),
            ),
        ),
    ),
    Flow(
        name="trigger",
        title="Trigger",
        steps=(
            Step(
                "A stop or take-profit order is accepted and armed: it waits for a price, not in the ladders.",
                ("engine", "engine-matching", "matching", "matching-triggers", "triggers"),
            ),
            Step(
                "Another command trades, and the trade's price touches the trigger.",
                ("engine", "engine-matching", "matching", "matching-ladders", "ladders"),
            ),
            Step(
                "The orders that wait for that price are released in a stated order, under the sequence of that same command.",
                ("matching", "matching-triggers", "triggers"),
            ),
            Step(
                "They match like any other order, and their trades may release more: a loop, not a recursion.",
                ("triggers", "triggers-matching", "matching", "matching-ladders", "ladders"),
            ),
            Step(
                "All of it is one command's events: committed, answered and published together.",
                ("actor", "commit", "writer", "writer-journal", "journal", "publish", "feed"),
            ),
        ),
    ),
    Flow(
        name="recovery",
        title="Recovery",
        steps=(
            Step(
                "goquant serve locks the data folder and reads the newest good snapshot of each symbol.",
                ("process", "folder", "snapshots", "snapshots-opening", "opening"),
            ),
            Step(
                "Then the journal after it. A torn end was never acknowledged and goes into quarantine; any other damage stops the "
                "start, with file and offset.",
                ("journal", "journal-opening", "opening"),
            ),
            Step(
                "The commands are applied by the same engine, so that the state is the same, hash and all.",
                ("opening", "restore", "supervisor", "engine"),
            ),
            Step(
                "The supervisors start their actors; only then the server opens its socket, and prints ready.",
                ("supervisor", "supervisor-actor", "actor", "process", "server"),
            ),
            Step(
                "An actor that crashes later goes the same way alone: its market is rebuilt from what is committed, its neighbours "
                "notice nothing.",
                ("supervisor", "supervisor-actor", "actor", "restore", "opening"),
            ),
        ),
    ),
    Flow(
        name="connect",
        title="WebSocket connection",
        steps=(
            Step(
                "A browser or a program asks for /ws/marketdata. Origin, connections and query are checked before it is accepted.",
                ("screen", "screen-server", "server", "server-streams", "streams"),
            ),
            Step(
                "Every WebSocket gets a receive loop beside its send loop, pings, and a deadline for the pong.",
                ("streams", "streams-websocket", "websocket"),
            ),
            Step(
                "Cursor and snapshot are taken together, with no await between: after since, if the ring still holds all that "
                "followed, else at its end with a snapshot.",
                ("websocket", "subscribe", "feed", "feed-depth", "depth"),
            ),
            Step(
                "Everything after it comes, in order; heartbeats say that there is nothing to say.",
                (
                    "feed",
                    "deliver",
                    "streams",
                    "streams-server",
                    "server",
                    "server-screen",
                    "screen",
                ),
            ),
            Step(
                "At a stop the readers are told first, and part with 1001 or 1012. The client comes back with its last sequence and "
                "goes on where it was, on any transport.",
                ("screen", "server", "websocket", "streams"),
            ),
        ),
    ),
)
