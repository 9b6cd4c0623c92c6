"""The chart as SVG: for the page, where a style sheet has the colours, and as a file that stands alone."""

from . import markup
from .chart import BOXES, GROUPS, LINES, corners
from .markup import chip, element, group, path, rect, text, width
from .panel import durability, panel
from .parts import HEIGHT, WIDTH, Arrow, Box, Group
from .pictures import PICTURES

TITLE = "GoQuant: one process, one actor per symbol, and nothing told before it is on disk"

_ABOUT = (
    "The architecture in five layers: front ends, the API, the core of actors, the book of each symbol, and persistence; with the "
    "arrows between their parts, the kinds of orders, the rhythm and what was measured."
)


def drawing(style: str = "") -> str:
    """The whole chart. A style makes it a file of its own; without one it is a part of a page."""
    attributes: dict[str, object] = {
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "class": "chart",
        "role": "group" if not style else "img",
        "aria-labelledby": "chart-title chart-about",
    }
    if style:
        attributes = {"xmlns": "http://www.w3.org/2000/svg", **attributes}
    parts = [
        element("title", {"id": "chart-title"}, ["GoQuant's architecture"]),
        element("desc", {"id": "chart-about"}, [_ABOUT]),
        *([element("style", {}, [style])] if style else []),
        _heads(),
        rect(0, 0, WIDTH, HEIGHT, "ground", 0),
        text(20, 36, TITLE, "headline"),
        *map(_group, GROUPS),
        *(_copies(box) for box in BOXES.values() if box.copies),
        *map(_arrow, LINES.values()),
        *(_box(box, is_live=not style) for box in BOXES.values()),
        *(_label(arrow) for arrow in LINES.values() if arrow.label),
        *panel(),
    ]
    return element("svg", attributes, ["\n", *(f"{part}\n" for part in parts)]) + "\n"


def _heads() -> str:
    return element(
        "defs",
        {},
        [
            element(
                "marker",
                {
                    "id": name,
                    "viewBox": "0 0 8 8",
                    "refX": 7,
                    "refY": 4,
                    "markerWidth": size,
                    "markerHeight": size,
                    "markerUnits": "userSpaceOnUse",
                    "orient": "auto",
                },
                [path("M0 0L8 4L0 8Z", kind)],
            )
            for name, kind, size in (("head", "head", 9), ("head-critical", "head critical", 12))
        ],
    )


def _group(layer: Group) -> str:
    place = layer.place
    return group(
        {"class": f"layer {layer.layer}"},
        rect(place.x, place.y, place.width, place.height, "layer-frame", 10),
        text(place.x + 20, place.y + 21, layer.title, "layer-title"),
        text(layer.says_at, place.y + 21, layer.says, "layer-says"),
    )


def _copies(box: Box) -> str:
    place = box.place
    return group(
        {"class": f"copies {box.layer}"},
        *(
            rect(place.x + 6 * number, place.y + 6 * number, place.width, place.height, "copy")
            for number in range(box.copies, 0, -1)
        ),
    )


def _arrow(arrow: Arrow) -> str:
    first, *rest = corners(arrow)
    line = f"M{first[0]:g} {first[1]:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest)
    return markup.arrow(line, arrow.kind, is_critical=arrow.is_critical, part=arrow.name)


def _label(arrow: Arrow) -> str:
    x, y = arrow.label_at
    return text(x, y + 4, arrow.label, "label", "middle")


def _box(box: Box, *, is_live: bool) -> str:
    place = box.place
    attributes: dict[str, object] = {"class": f"box {box.layer}", "data-part": box.name}
    if is_live:
        attributes |= {"role": "button", "tabindex": 0}
    return group(
        attributes,
        rect(place.x, place.y, place.width, place.height, "body"),
        text(place.x + 10, place.y + 18, box.title, "title"),
        *([durability(place.right - 18, place.y + 14)] if box.durable else []),
        *_chips(box),
        *_words(box),
        *_steps(box),
        *(PICTURES[box.picture](place) if box.picture else []),
        *([_live(box)] if box.live and is_live else []),
    )


def _chips(box: Box) -> list[str]:
    """Beside the title if there is room, else at the bottom."""
    place = box.place
    needed = sum(width(words, 10) + 16 for words in box.chips)
    beside = place.width - 24 - width(box.title, 13, is_bold=True) - (26 if box.durable else 0)
    at_top = needed <= beside
    y = place.y + 7 if at_top else place.bottom - 21
    right = place.right - 8 - (26 if box.durable and at_top else 0)
    parts = []
    for words in reversed(box.chips):
        drawn, left = chip(right, y, words)
        parts.append(drawn)
        right = left - 4
    return parts


def _words(box: Box) -> list[str]:
    x, y = box.place.x + 10, box.place.y + 34
    words = [(route, "route") for route in box.routes] + [(line, "line") for line in box.lines]
    return [text(x, y + 15 * number, said, kind) for number, (said, kind) in enumerate(words)]


def _steps(box: Box) -> list[str]:
    """A chain across the box, below its lines."""
    parts = []
    place = box.place
    for number, step in enumerate(box.steps):
        wide = (place.width - 20) / len(box.steps)
        x, y = place.x + 10 + wide * number, place.y + 84
        point = 10 if number < len(box.steps) - 1 else 0
        shape = f"M{x:g} {y:g}h{wide - 14:g}l{point:g} 18l-{point:g} 18h-{wide - 14:g}l{10 if number else 0} -18z"
        parts.append(path(shape, "step"))
        parts.append(text(x + wide / 2 - 3, y + 22, step, "step-text", "middle"))
    return parts


def _live(box: Box) -> str:
    """Where the page puts a figure, at the bottom."""
    return text(box.place.x + 10, box.place.bottom - 9, "", "live", live=box.live)
