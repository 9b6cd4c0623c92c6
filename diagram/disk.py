"""What survives a restart, and the process around it all."""

from .parts import Box, Group, Layer, Place

GROUP = Group(
    layer=Layer.DISK,
    title="Persistence: persistence/",
    says="plain, blocking files; corruption is refused, never skipped",
    says_at=712,
    place=Place(16, 1092, 1612, 222),
)

BOXES = (
    Box(
        name="writer",
        layer=Layer.DISK,
        title="Group commit",
        says="One for all symbols: what arrives while one commit runs forms the next. A thread of the journal's own writes and syncs; "
        "nothing is answered or published before that has returned.",
        lines=("one fdatasync for all that waits,", "in a thread of its own"),
        place=Place(36, 1124, 226, 84),
        modules=("actors.journal_writer",),
        live="writer",
    ),
    Box(
        name="journal",
        layer=Layer.DISK,
        title="Journal",
        says="Every command that was carried out, in one order for all symbols: a frame for each group commit, with checksums that chain. "
        "What was torn can be told from what rots.",
        lines=("commands only; a frame per commit,", "checksums that chain; segments"),
        place=Place(36, 1222, 226, 84),
        modules=(
            "persistence.journal",
            "persistence.frames",
            "persistence.codec",
            "persistence.disk",
        ),
        chips=("cattrs",),
        live="journal",
        durable=True,
    ),
    Box(
        name="opening",
        layer=Layer.DISK,
        title="Recovery",
        says="Before the socket opens: the newest good snapshot of each symbol, then the journal after it. A torn end goes into "
        "quarantine, anything else that does not fit stops the start, with file and offset.",
        lines=("newest good snapshot, then the", "journal; only then the socket opens"),
        place=Place(300, 1124, 250, 84),
        modules=("persistence.opening", "persistence.recovery", "persistence.reading"),
    ),
    Box(
        name="repair",
        layer=Layer.DISK,
        title="verify, recover",
        says="goquant verify replays everything and compares; goquant recover says what would be lost, and gives it up only with "
        "--accept-loss.",
        lines=("goquant verify replays and compares;", "recover never loses silently"),
        place=Place(300, 1222, 250, 84),
        modules=("persistence.repair", "data_cli", "persistence.errors"),
    ),
    Box(
        name="snapshots",
        layer=Layer.DISK,
        title="Snapshot files",
        says="JSON that people can read, a line for each order, with sequence, state hash, schema version and checksum; written to a "
        "temporary file, synced and renamed. The newest few are kept.",
        lines=("JSON, state hash, checksum; written", "aside, synced, renamed"),
        place=Place(600, 1124, 270, 84),
        modules=("persistence.snapshot",),
        durable=True,
    ),
    Box(
        name="folder",
        layer=Layer.DISK,
        title="Data folder",
        says="Locked by the process that has it; says its format; keeps what was ever cut off or refused, with the reason.",
        lines=("lock, format, quarantine",),
        place=Place(600, 1222, 270, 84),
        modules=("persistence.folder",),
    ),
    Box(
        name="history",
        layer=Layer.DISK,
        title="History, a process of its own",
        says="Follows the journal as far as it is committed and writes trades, orders, fills and candles. It can be deleted: it is "
        "written anew from the journal.",
        lines=(
            "follows the committed journal;",
            "trades, orders, fills, candles;",
            "can be deleted and rebuilt",
        ),
        place=Place(922, 1124, 260, 182),
        modules=(
            *("persistence.history", "persistence.history_candles", "persistence.history_errors"),
            *("persistence.history_file", "persistence.history_folder"),
            *("persistence.history_follow", "persistence.history_projection"),
            *("persistence.history_reader", "persistence.history_rebuild"),
            *("persistence.history_schema", "persistence.history_verify", "history_cli"),
        ),
        chips=("SQLite",),
        live="history",
        durable=True,
    ),
    Box(
        name="process",
        layer=Layer.DISK,
        title="The process",
        says="Where the parts meet: settings, log lines, signals. The exchange starts before its server and stops after it; a crash of "
        "the exchange ends the process.",
        lines=(
            "goquant serve: exchange first, then the server,",
            "then ready; a stop goes the other way",
            "every setting once: flag, variable, file, default",
            "SIGTERM: streams part with 1012, in under 2 s",
        ),
        place=Place(1224, 1124, 384, 182),
        modules=("serving", "config", "__main__"),
        chips=("click", "attrs", "rich"),
        live="process",
    ),
)
