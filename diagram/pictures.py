"""The drawings inside of boxes, and the icons of the order types."""

from collections.abc import Callable
from math import cos, pi, sin

from .markup import path, rect, text
from .parts import Place

# Two ladders: price, and the sizes of the orders that wait there, the first one first.
_ASKS = (("100.03", (22, 14)), ("100.02", (30, 18, 12)), ("100.01", (16, 26)))
_BIDS = (("100.00", (26, 12, 20)), ("99.99", (18, 30)), ("99.98", (34,)))

_STRUCTURES = (
    ("place, cancel, fill", "O(1)"),
    ("open or close a level", "O(log L)"),
    ("best bid and offer", "O(1)"),
    ("order by id", "O(1)"),
    ("armed orders, by price", "O(log n)"),
    ("expiries, by time", "O(log n)"),
    ("publish to a ring", "O(1)"),
    ("hold a moment", "O(n/chunk)"),
)


def book(place: Place) -> list[str]:
    """Both ladders with the queue at each level, the best prices in the middle."""
    parts = [
        text(place.x + 10, place.y + 40, "price level", "small"),
        text(place.x + 90, place.y + 40, "first in, first out", "small"),
        text(place.right - 10, place.y + 40, "index: id to order", "small", "end"),
    ]
    y = place.y + 48
    for side, levels in (("ask", _ASKS), ("bid", _BIDS)):
        for price, orders in levels:
            parts.append(text(place.x + 64, y + 11, price, f"mono {side}", "end"))
            x = place.x + 90
            for size in orders:
                parts.append(rect(x, y, size * 1.6, 14, f"order {side}-fill", 3))
                x += size * 1.6 + 4
            y += 18
        y += 8
    middle = place.y + 48 + 3 * 18 + 2
    parts.append(path(f"M{place.x + 10:g} {middle:g}H{place.right - 10:g}", "spread"))
    return parts


def ring(place: Place) -> list[str]:
    """A ring of events with the cursors of two readers and the end where it grows."""
    x, y, radius, cells = place.right - 76, place.y + 136, 56, 20
    parts = []
    for cell in range(cells):
        start, end = (2 * pi * (cell + part) / cells - pi / 2 for part in (0.08, 0.92))
        outer = [(x + radius * cos(angle), y + radius * sin(angle)) for angle in (start, end)]
        inner = [
            (x + (radius - 12) * cos(angle), y + (radius - 12) * sin(angle))
            for angle in (end, start)
        ]
        corners = "L".join(f"{left:.1f} {top:.1f}" for left, top in (*outer, *inner))
        kind = "cell newest" if cell == 0 else "cell"
        parts.append(path(f"M{corners}Z", kind))
    for cell in (4, 14):
        angle = 2 * pi * (cell + 0.5) / cells - pi / 2
        tip, base = radius - 15, radius - 26
        points = [
            (x + tip * cos(angle), y + tip * sin(angle)),
            (x + base * cos(angle + 0.25), y + base * sin(angle + 0.25)),
            (x + base * cos(angle - 0.25), y + base * sin(angle - 0.25)),
        ]
        parts.append(path("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points) + "Z", "cursor"))
    parts += [
        text(x, y - 2, "a cursor", "small", "middle"),
        text(x, y + 11, "per reader", "small", "middle"),
        text(place.x + 10, y - 10, "trades", "strong"),
        text(place.x + 10, y + 5, "market data", "strong"),
        text(place.x + 10, y + 20, "orders, by account", "strong"),
    ]
    return parts


def structures(place: Place) -> list[str]:
    """What a step costs."""
    parts = []
    for number, (says, cost) in enumerate(_STRUCTURES):
        y = place.y + 42 + 20 * number
        parts.append(text(place.x + 10, y, says, "line"))
        parts.append(text(place.right - 10, y, cost, "mono", "end"))
    return parts


PICTURES: dict[str, Callable[[Place], list[str]]] = {
    "book": book,
    "ring": ring,
    "structures": structures,
}

# In a square of 24: what the order does to a price that moves from left to right.
ICONS = {
    "market": "M3 12H19M14 7l5 5-5 5",
    "limit": "M3 6H21M3 18L9 12L13 15L18 6",
    "stop": "M3 6L9 12L13 9L18 18M3 18H21M18 18v4",
    "stop_limit": "M3 4L9 10L13 7L18 14M3 14H21M3 20H21",
    "take_profit": "M3 18L9 12L13 15L18 6M3 6H21M18 6V2",
    "take_profit_limit": "M3 20L9 14L13 17L18 10M3 10H21M3 4H21",
    "ioc": "M13 2L6 13H12L11 22L18 11H12Z",
    "fok": "M4 4H20V20H4ZM8 12l3 3 5-6",
    "post_only": "M3 20H21M6 20V12M12 20V8M18 20V14M9 4h6",
}
