"""The column at the right: how to read the chart, the orders, the rhythm, and what was measured."""

from .markup import arrow, element, path, rect, text
from .measured import FIGURES, ON
from .parts import Kind, Place
from .pictures import ICONS

_X, _WIDTH = 1648, 336

_ORDERS = (
    ("market", "market", "takes what there is"),
    ("limit", "limit", "at its price or better"),
    ("stop", "stop", "market, when touched"),
    ("stop_limit", "stop limit", "limit, when touched"),
    ("take_profit", "take profit", "market, when reached"),
    ("take_profit_limit", "take profit limit", "limit, when reached"),
    ("ioc", "immediate or cancel", "what does not fill, goes"),
    ("fok", "fill or kill", "all of it or nothing"),
    ("post_only", "post-only", "rests, or is refused"),
)

_RHYTHM = (
    ("every batch", "one fdatasync for all that waits"),
    ("5 s", "snapshots of what has changed"),
    ("10 s", "heartbeat of a quiet stream"),
    ("20 s / 60 s", "WebSocket ping / given up"),
    ("5 s", "for a client to take its bytes"),
    ("10 s / 5 s", "for a head / for a body"),
    ("25 s", "long-poll, if nothing happens"),
    ("under 2 s", "from SIGTERM to the end"),
)


def panel() -> list[str]:
    """All of the column."""
    return [
        *_legend(Place(_X, 64, _WIDTH, 224)),
        *_orders(Place(_X, 304, _WIDTH, 330)),
        *_measured(Place(_X, 650, _WIDTH, 424)),
        *_rhythm(Place(_X, 1092, _WIDTH, 222)),
    ]


def _frame(place: Place, title: str) -> list[str]:
    return [
        rect(place.x, place.y, place.width, place.height, "aside", 10),
        text(place.x + 16, place.y + 26, title, "aside-title"),
    ]


def _legend(place: Place) -> list[str]:
    x, y = place.x + 16, place.y + 48
    lines = (
        (Kind.CALL, False, "call, synchronous: goes on with the result"),
        (Kind.MESSAGE, False, "handed over, asynchronous: goes on at once"),
        (Kind.CALL, True, "the way of an order to its answer"),
    )
    parts = _frame(place, "How to read it")
    for number, (kind, is_critical, says) in enumerate(lines):
        at = y + 24 * number
        parts.append(arrow(f"M{x} {at}h44", kind, is_critical=is_critical))
        parts.append(text(x + 64, at + 4, says, "line"))
    at = y + 24 * len(lines)
    parts += [
        durability(x + 22, at),
        text(x + 64, at + 4, "outlives the process: the durability points", "line"),
        rect(x, at + 14, 46, 18, "frame", 5),
        text(x + 64, at + 28, "boundary of concurrency: one task inside", "line"),
        rect(x, at + 42, 46, 16, "chip", 8),
        text(x + 23, at + 53, "trio", "chip-text", "middle"),
        text(x + 64, at + 54, "technology that it rests on", "line"),
        element("circle", {"class": "pulse", "cx": x + 23, "cy": at + 74, "r": 4}),
        text(x + 64, at + 78, "figure of the running exchange", "line"),
    ]
    return parts


def durability(x: float, y: float) -> str:
    """The sign of a disk, its middle at x and y."""
    return element(
        "path",
        {
            "class": "durable",
            "d": f"M{x - 8:g} {y - 5:g}a8 3 0 0 1 16 0v10a8 3 0 0 1 -16 0zM{x - 8:g} {y - 5:g}a8 3 0 0 0 16 0",
        },
    )


def _orders(place: Place) -> list[str]:
    parts = _frame(place, "Orders")
    for number, (icon, name, says) in enumerate(_ORDERS):
        x, y = place.x + 16, place.y + 38 + 32 * number
        parts += [
            element("g", {"transform": f"translate({x:g} {y:g})"}, [path(ICONS[icon], "icon")]),
            text(x + 36, y + 16, name, "strong"),
            text(x + 172, y + 16, says, "line"),
        ]
    return parts


def _measured(place: Place) -> list[str]:
    parts = _frame(place, "Measured")
    step = (place.height - 84) / len(FIGURES)
    for number, figure in enumerate(FIGURES):
        y = place.y + 56 + step * number
        parts += [
            text(place.x + 16, y, figure.value, "value"),
            text(place.x + 16, y + 15, figure.says, "line"),
        ]
    parts.append(text(place.x + 16, place.bottom - 14, f"{ON}; docs/benchmarks.md", "small"))
    return parts


def _rhythm(place: Place) -> list[str]:
    parts = _frame(place, "Rhythm")
    for number, (when, says) in enumerate(_RHYTHM):
        y = place.y + 50 + 21 * number
        parts += [
            text(place.x + 16, y, when, "strong"),
            text(place.x + 112, y, says, "line"),
        ]
    return parts
