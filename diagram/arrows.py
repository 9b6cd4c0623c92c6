"""How the boxes are connected."""

from .parts import Arrow, Kind, Port, Side

TOP, RIGHT, BOTTOM, LEFT = Side.TOP, Side.RIGHT, Side.BOTTOM, Side.LEFT
CALL, MESSAGE = Kind.CALL, Kind.MESSAGE


def _down(
    start: str, end: str, x: float, kind: Kind = CALL, *, name: str = "", is_critical: bool = False
) -> Arrow:
    """Straight down from one box to another."""
    return Arrow(
        name=name or f"{start}-{end}",
        start=Port(start, BOTTOM, x),
        end=Port(end, TOP, x),
        kind=kind,
        is_critical=is_critical,
    )


def _up(start: str, end: str, x: float, kind: Kind = CALL, *, is_critical: bool = False) -> Arrow:
    """Straight up from one box to another."""
    return Arrow(
        name=f"{start}-{end}",
        start=Port(start, TOP, x),
        end=Port(end, BOTTOM, x),
        kind=kind,
        is_critical=is_critical,
    )


def _right(
    start: str, end: str, y: float, kind: Kind = CALL, *, is_critical: bool = False
) -> Arrow:
    """Straight to the right from one box to another."""
    return Arrow(
        name=f"{start}-{end}",
        start=Port(start, RIGHT, y),
        end=Port(end, LEFT, y),
        kind=kind,
        is_critical=is_critical,
    )


def _left(start: str, end: str, y: float, kind: Kind = CALL) -> Arrow:
    """Straight to the left from one box to another."""
    return Arrow(
        name=f"{start}-{end}", start=Port(start, LEFT, y), end=Port(end, RIGHT, y), kind=kind
    )


_REQUESTS = (
    _down("screen", "server", 150),
    _up("server", "screen", 330, MESSAGE),
    _down("programs", "server", 540, is_critical=True),
    _up("server", "programs", 690, is_critical=True),
    _down("traders", "server", 913),
    _down("replay", "server", 1174),
    _down("harness", "server", 1459),
    _down("server", "orders", 120, is_critical=True),
    _up("orders", "server", 210, is_critical=True),
    _down("server", "trading", 400),
    _down("server", "market", 681),
    _down("server", "streams", 900),
    _up("streams", "server", 1030, MESSAGE),
    _down("server", "ops", 1255),
    _down("server", "pages", 1510),
    _down("orders", "wire", 120, is_critical=True),
    _up("wire", "orders", 210, is_critical=True),
    _down("trading", "wire", 340),
    _down("market", "desk", 681),
    _down("streams", "websocket", 900),
    _down("pages", "described", 1510),
)

_ORDER = (
    _down("wire", "exchange", 149, is_critical=True),
    _right("exchange", "actor", 640, MESSAGE, is_critical=True),
    Arrow(
        name="apply",
        start=Port("actor", BOTTOM, 360),
        end=Port("engine", TOP, 252),
        via=((360, 825), (252, 825)),
        kind=CALL,
        label="apply",
        label_at=(312, 825),
        is_critical=True,
    ),
    Arrow(
        name="commit",
        start=Port("actor", LEFT, 762),
        end=Port("writer", RIGHT, 1166),
        via=((281, 762), (281, 1166)),
        kind=MESSAGE,
        label="commit",
        label_at=(281, 1083),
        is_critical=True,
    ),
    _down("writer", "journal", 149, is_critical=True),
    Arrow(
        name="answer",
        start=Port("actor", TOP, 460),
        end=Port("wire", BOTTOM, 460),
        kind=MESSAGE,
        label="answer, once on disk",
        label_at=(460, 549),
        is_critical=True,
    ),
    _down("engine", "checks", 149),
    _right("engine", "matching", 912, is_critical=True),
    _right("matching", "ladders", 912, is_critical=True),
    _down("matching", "triggers", 490),
    _up("triggers", "matching", 350),
    _right("ladders", "depth", 912),
    _right("ladders", "blotter", 1018),
    Arrow(
        name="blotter-places",
        start=Port("blotter", RIGHT, 1000),
        end=Port("places", LEFT, 930),
        via=((1149, 1000), (1149, 930)),
        kind=CALL,
    ),
)

_STREAMS = (
    Arrow(
        name="publish",
        start=Port("actor", RIGHT, 697),
        end=Port("feed", LEFT, 697),
        kind=MESSAGE,
        label="publish, once on disk",
        label_at=(932, 697),
    ),
    Arrow(
        name="deliver",
        start=Port("feed", TOP, 1105),
        end=Port("streams", RIGHT, 420),
        via=((1105, 420),),
        kind=MESSAGE,
        label="all that is due, in one frame",
        label_at=(1190, 549),
    ),
    Arrow(
        name="subscribe",
        start=Port("websocket", BOTTOM, 1075),
        end=Port("feed", TOP, 1075),
        kind=CALL,
        label="snapshot and cursor, together",
        label_at=(980, 566),
    ),
    _down("feed", "depth", 1080),
    _right("feed", "reports", 640, MESSAGE),
    Arrow(
        name="report",
        start=Port("reports", TOP, 1560),
        end=Port("trading", RIGHT, 400),
        via=((1560, 549), (544, 549), (544, 400)),
        kind=MESSAGE,
        label="execution reports",
        label_at=(620, 549),
    ),
    _left("view", "actor", 640),
    Arrow(
        name="read",
        start=Port("desk", BOTTOM, 720),
        end=Port("view", TOP, 933),
        via=((720, 574), (933, 574)),
        kind=CALL,
        label="reads",
        label_at=(800, 574),
    ),
    Arrow(
        name="ask",
        start=Port("desk", RIGHT, 501),
        end=Port("historian", RIGHT, 755),
        via=((812, 501), (812, 536), (1618, 536), (1618, 755)),
        kind=CALL,
    ),
)

_DISK = (
    _right("supervisor", "actor", 728),
    _left("snapshotter", "actor", 745),
    Arrow(
        name="save",
        start=Port("snapshotter", BOTTOM, 909),
        end=Port("snapshots", TOP, 690),
        via=((909, 1083), (690, 1083)),
        kind=MESSAGE,
        label="in slices, between the commands",
        label_at=(800, 1083),
    ),
    _left("snapshots", "opening", 1166),
    Arrow(
        name="journal-opening",
        start=Port("journal", RIGHT, 1250),
        end=Port("opening", LEFT, 1190),
        via=((281, 1250), (281, 1190)),
        kind=CALL,
    ),
    Arrow(
        name="restore",
        start=Port("opening", TOP, 425),
        end=Port("supervisor", LEFT, 755),
        via=((425, 1083), (26, 1083), (26, 755)),
        kind=CALL,
        label="the market, rebuilt",
        label_at=(110, 1083),
    ),
    _left("repair", "journal", 1290),
    Arrow(
        name="historian-history",
        start=Port("historian", BOTTOM, 1380),
        end=Port("history", TOP, 1100),
        via=((1380, 1083), (1100, 1083)),
        kind=CALL,
        label="asks",
        label_at=(1240, 1083),
    ),
    Arrow(
        name="follow",
        start=Port("journal", TOP, 235),
        end=Port("history", LEFT, 1215),
        via=((235, 1215),),
        kind=MESSAGE,
        label="follows what is committed",
        label_at=(735, 1215),
    ),
)

ARROWS = (*_REQUESTS, *_ORDER, *_STREAMS, *_DISK)
