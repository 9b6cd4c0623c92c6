"""The actors: one task per symbol, and what serves them all."""

from .parts import Box, Group, Layer, Place

GROUP = Group(
    layer=Layer.CORE,
    title="Core: actors/",
    says="tasks of one trio nursery, bounded queues between them, no lock",
    says_at=1125,
    place=Place(16, 558, 1612, 258),
)

BOXES = (
    Box(
        name="exchange",
        layer=Layer.CORE,
        title="Exchange",
        says="The facade of the core: whatever stands at an edge talks to this. A command goes to the inbox of its symbol; a call "
        "that was posted runs, even if its client has left.",
        lines=("routes a command to its symbol;", "a full inbox refuses at once: 503"),
        place=Place(36, 590, 226, 98),
        modules=("actors.exchange", "actors.calls", "actors.groups"),
        chips=("trio",),
    ),
    Box(
        name="supervisor",
        layer=Layer.CORE,
        title="Supervisor",
        says="One for each symbol. A crash costs one restart: the command that caused it is answered with an error, the market is "
        "rebuilt from what is committed, the rest of the batch is applied again. Too many crashes halt the symbol.",
        lines=("one restart for one crash;", "too many halt that symbol alone"),
        place=Place(36, 706, 226, 98),
        modules=("actors.supervisor", "actors.storage", "actors.blocking"),
        live="supervisor",
    ),
    Box(
        name="actor",
        layer=Layer.CORE,
        title="Symbol actor: one task per symbol",
        says="It alone touches its symbol's market, so that the queue is the lock. It takes all that waits in its inbox as one batch, "
        "stamps it with sequence and time, applies it, has it committed with whatever else waits, and only then "
        "answers and publishes.",
        lines=(
            "the queue is the lock: nobody else touches the book",
            "a batch is what arrived while the last one was committed",
        ),
        steps=("inbox", "stamp", "apply", "commit", "answer", "publish"),
        place=Place(300, 590, 500, 190),
        modules=("actors.symbol", "actors.counters"),
        chips=("trio", "memory channel"),
        live="actor",
        copies=2,
    ),
    Box(
        name="view",
        layer=Layer.CORE,
        title="View",
        says="Reads see only what is committed, and never half of a batch; they wait for no lock.",
        lines=("reads see what is committed,", "never half of a batch"),
        place=Place(838, 590, 190, 98),
        modules=("actors.view",),
    ),
    Box(
        name="snapshotter",
        layer=Layer.CORE,
        title="Snapshots every 5 s",
        says="Of every symbol that changed. The moment is held on to in microseconds, by copy on write of chunks, and written "
        "in slices between the commands.",
        lines=("held on to in microseconds,", "written in slices"),
        place=Place(838, 706, 190, 98),
        modules=("actors.snapshots",),
        live="snapshotter",
    ),
    Box(
        name="feed",
        layer=Layer.CORE,
        title="Broadcaster: rings and cursors",
        says="One bounded ring of encoded events per channel and symbol; a reader is a cursor in it. To publish costs the same for one "
        "reader and for 10,000. Whoever lags gets a reset and a snapshot, whoever stalls is dropped.",
        lines=(
            "an event is encoded once, for all",
            "to publish never waits for anyone",
            "heartbeat every 10 s",
        ),
        place=Place(1056, 590, 300, 214),
        modules=("actors.feed", "actors.ring", "actors.cursor"),
        picture="ring",
        live="feed",
    ),
    Box(
        name="reports",
        layer=Layer.CORE,
        title="Execution reports",
        says="What becomes of the orders of those who listen, in rings of their own; and dead man's switches, which cancel an account's "
        "orders unless they are renewed in time.",
        lines=("a ring for each account that listens;", "dead man's switches"),
        place=Place(1372, 590, 236, 98),
        modules=("actors.reports", "actors.switches"),
    ),
    Box(
        name="historian",
        layer=Layer.CORE,
        title="Historian",
        says="Keeps the process that writes the history going, and asks it, in threads, for what the market has forgotten.",
        lines=("a process that writes, threads that", "read; the exchange does without"),
        place=Place(1372, 706, 236, 98),
        modules=("actors.historian", "actors.history_process"),
        live="historian",
    ),
)
