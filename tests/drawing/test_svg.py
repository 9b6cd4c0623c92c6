"""The drawing: well-formed, whole, and the same as what lies in docs/images."""

import re
from xml.etree import ElementTree

import pytest

from charting import IMAGES, THEMES, is_of, signed, svg_file
from goquant.diagram.chart import BOXES, GROUPS, LINES
from goquant.diagram.svg import drawing
from goquant.web.assets import assets

SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter() if each.tag.endswith("text")]


def test_every_part_is_drawn_once() -> None:
    parts = re.findall(r'data-part="([^"]+)"', drawing())
    assert sorted(parts) == sorted([*BOXES, *LINES])


def test_what_is_said_is_drawn() -> None:
    shown = texts(ElementTree.fromstring(drawing()))
    for box in BOXES.values():
        for words in (box.title, *box.lines, *box.routes, *box.steps, *box.chips):
            assert words in shown, (box.name, words)
    for group in GROUPS:
        assert {group.title, group.says} <= set(shown)
    assert {arrow.label for arrow in LINES.values() if arrow.label} <= set(shown)


def test_a_page_can_pick_boxes_and_fill_in_figures() -> None:
    root = ElementTree.fromstring(drawing())
    boxes = [each for each in root.iter("g") if each.get("role") == "button"]
    assert [each.get("data-part") for each in boxes] == list(BOXES)
    live = [each.get("data-live") for each in root.iter("text") if each.get("data-live")]
    assert live == [box.live for box in BOXES.values() if box.live]


def test_there_is_no_style_in_the_page_s_drawing() -> None:
    assert not re.search(r"<style|\sstyle=", drawing())


@pytest.mark.parametrize("theme", THEMES)
def test_a_file_stands_alone(theme: str) -> None:
    root = ElementTree.fromstring(svg_file(theme))
    assert root.tag == f"{SVG}svg"
    text = svg_file(theme)
    assert "light-dark(" not in text
    assert "data-live" not in text
    assert "href=" not in text
    assert {link[:5] for link in re.findall(r"url\([\"']?(?:&quot;)?([^)]+)", text)} <= {
        "data:",
        "#head",
    }


def test_every_class_has_a_style() -> None:
    styled = set(re.findall(r"\.([a-z-]+)", assets()["architecture/chart.css"].content.decode()))
    used = {name for names in re.findall(r'class="([^"]+)"', drawing()) for name in names.split()}
    # What only tells one part from another.
    assert used - styled == {"layer", "copies", "call", "order"}


@pytest.mark.parametrize("theme", THEMES)
def test_the_files_in_docs_are_of_today(theme: str) -> None:
    """If not: python tests/make_architecture.py"""
    file = IMAGES / f"architecture-{theme}.svg"
    assert file.read_text() == svg_file(theme)
    assert is_of(file.with_suffix(".png").read_bytes(), svg_file(theme))


def test_a_picture_of_another_drawing_is_noticed() -> None:
    png = signed(b"\x89PNG....\0\0\0\0IEND1234", "one drawing")
    assert png.endswith(b"\0\0\0\0IEND1234")
    assert is_of(png, "one drawing")
    assert not is_of(png, "another drawing")
