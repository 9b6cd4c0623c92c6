"""The chart names what there is: every module and every endpoint, and none that there is not."""

import re
from collections import Counter
from pathlib import Path
from pkgutil import walk_packages

import pytest

import goquant
from goquant.book.enums import OrderType
from goquant.diagram.chart import BOXES, GROUPS, LINES, WAYS
from goquant.diagram.measured import FIGURES, Figure
from goquant.diagram.pictures import ICONS, PICTURES
from goquant.web.assets import assets
from goquant.web.asyncapi import STREAMS, WS
from goquant.web.catalog import ROUTES

BENCHMARKS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"

# Not parts of an exchange: the chart itself, and what an editable install lets one see beside the package.
ELSEWHERE = {"diagram", "samples", "bench", "tests"}


def modules() -> set[str]:
    """Every module of the package but for those that only hold others together."""
    found = walk_packages(goquant.__path__, "goquant.")
    names = {module.name.removeprefix("goquant.") for module in found if not module.ispkg}
    return {name for name in names if name.partition(".")[0] not in ELSEWHERE} | {"templates"}


def test_every_module_is_in_a_box_and_every_module_in_a_box_exists() -> None:
    named = Counter(name for box in BOXES.values() for name in box.modules)
    assert set(named) == modules()
    assert [name for name, count in named.items() if count > 1] == []


def test_every_endpoint_is_in_a_box_and_every_endpoint_in_a_box_exists() -> None:
    named = Counter(route for box in BOXES.values() for route in box.routes)
    served = {f"{route.method} {route.path}" for route in ROUTES}
    sockets = {f"WS {stream.path}" for stream in STREAMS if stream.transport == WS}
    assert set(named) == served | sockets
    assert [name for name, count in named.items() if count > 1] == []


def test_every_type_of_order_has_an_icon() -> None:
    assert {type_.value for type_ in OrderType} <= set(ICONS)


def test_a_flow_goes_along_boxes_and_arrows_that_exist() -> None:
    names = set(BOXES) | set(LINES)
    for flow in WAYS.values():
        for step in flow.steps:
            assert set(step.parts) <= names, (flow.name, step.says)
            assert set(step.parts) & set(BOXES), (flow.name, step.says)


def test_the_five_flows_of_the_design_are_there() -> None:
    assert list(WAYS) == ["order", "market-data", "trigger", "recovery", "connect"]


def test_names_are_of_one_part_only() -> None:
    assert not set(BOXES) & set(LINES)


def test_every_figure_of_a_box_is_one_that_the_page_knows() -> None:
    script = assets()["architecture/figures.js"].content.decode()
    known = set(re.findall(r"^  (\w+): \(", script, re.MULTILINE))
    assert {box.live for box in BOXES.values() if box.live} == known


def test_every_picture_is_used() -> None:
    assert {box.picture for box in BOXES.values() if box.picture} == set(PICTURES)


def test_every_layer_has_its_boxes() -> None:
    assert {group.layer for group in GROUPS} == {box.layer for box in BOXES.values()}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.says)
def test_a_figure_is_what_was_measured(figure: Figure) -> None:
    sections = BENCHMARKS.read_text().split("\n## ")
    (section,) = (each for each in sections if each.split("\n")[0] == figure.section)
    lines = [line for line in section.split("\n") if line.strip().startswith(figure.line)]
    assert lines, figure.line
    assert re.search(rf"(?<![\d,.]){re.escape(figure.figure)}(?![\d,.])", lines[0]), lines[0]
    shown, exact = [float(re.sub(r"[^\d.]", "", text)) for text in (figure.value, figure.figure)]
    assert abs(shown - exact) <= 0.05 * exact
