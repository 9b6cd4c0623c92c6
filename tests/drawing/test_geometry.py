"""Where things are on the chart: inside of each other, beside each other, never across."""

from itertools import combinations, pairwise

from goquant.diagram.chart import BOXES, GROUPS, LINES, corners
from goquant.diagram.parts import HEIGHT, WIDTH, Place, Port, Side

CANVAS = Place(0, 0, WIDTH, HEIGHT)
# What runs straight through a box would seem to belong to it.
THIN = 0.5


def test_layers_lie_on_the_canvas_and_none_meets_another() -> None:
    assert all(CANVAS.holds(group.place) for group in GROUPS)
    assert not any(one.place.meets(other.place) for one, other in combinations(GROUPS, 2))


def test_a_box_lies_in_its_layer_and_meets_no_other() -> None:
    layers = {group.layer: group.place for group in GROUPS}
    for box in BOXES.values():
        assert layers[box.layer].holds(box.place), box.name
    for one, other in combinations(BOXES.values(), 2):
        assert not one.place.meets(other.place), (one.name, other.name)


def is_on_edge(port: Port) -> bool:
    place = BOXES[port.box].place
    if port.side in (Side.TOP, Side.BOTTOM):
        return place.x < port.along < place.right
    return place.y < port.along < place.bottom


def test_an_arrow_begins_and_ends_on_the_edge_of_its_boxes() -> None:
    for arrow in LINES.values():
        assert is_on_edge(arrow.start), arrow.name
        assert is_on_edge(arrow.end), arrow.name


def test_an_arrow_goes_across_or_down_and_through_no_box() -> None:
    for arrow in LINES.values():
        for (x, y), (to_x, to_y) in pairwise(corners(arrow)):
            assert x == to_x or y == to_y, arrow.name
            left, top = min(x, to_x), min(y, to_y)
            line = Place(left, top, max(abs(to_x - x), THIN), max(abs(to_y - y), THIN))
            for box in BOXES.values():
                assert not box.place.meets(_shortened(line)), (arrow.name, box.name)


def _shortened(line: Place) -> Place:
    """The line without its ends, which lie on edges."""
    if line.width >= line.height:
        return Place(line.x + 1, line.y, max(line.width - 2, 0), line.height)
    return Place(line.x, line.y + 1, line.width, max(line.height - 2, 0))


def test_no_two_arrows_lie_on_each_other() -> None:
    """They may cross, but a shared stretch would make one line of two."""
    stretches = [
        (arrow.name, start, end)
        for arrow in LINES.values()
        for start, end in pairwise(corners(arrow))
    ]
    for (name, one, to_one), (other_name, other, to_other) in combinations(stretches, 2):
        if name == other_name:
            continue
        for along, across in ((0, 1), (1, 0)):
            if one[across] == to_one[across] == other[across] == to_other[across]:
                low, high = sorted((one[along], to_one[along]))
                start, end = sorted((other[along], to_other[along]))
                assert high <= start or end <= low, (name, other_name)
