"""The whole: every layer with its boxes, the arrows between them, and the flows."""

from . import api, core, disk, front, matching
from .arrows import ARROWS
from .flows import FLOWS
from .parts import Arrow, Box, Flow, Group, Port, Side

GROUPS: tuple[Group, ...] = tuple(layer.GROUP for layer in (front, api, core, matching, disk))

BOXES: dict[str, Box] = {
    box.name: box for layer in (front, api, core, matching, disk) for box in layer.BOXES
}

LINES: dict[str, Arrow] = {arrow.name: arrow for arrow in ARROWS}

WAYS: dict[str, Flow] = {flow.name: flow for flow in FLOWS}


def corners(arrow: Arrow) -> tuple[tuple[float, float], ...]:
    """The points of a line, from edge to edge."""
    return (_point(arrow.start), *arrow.via, _point(arrow.end))


def _point(port: Port) -> tuple[float, float]:
    place = BOXES[port.box].place
    match port.side:
        case Side.TOP:
            return port.along, place.y
        case Side.BOTTOM:
            return port.along, place.bottom
        case Side.LEFT:
            return place.x, port.along
        case Side.RIGHT:
            return place.right, port.along
