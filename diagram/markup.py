"""Pieces of SVG, each a line of text. Colours and fonts come from classes, so that a style can change them."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

# How wide a letter is on average, in parts of its size: of Inter, of its bold, and of a typewriter.
_LETTER, _BOLD, _TYPED = 0.55, 0.59, 0.605


def width(text: str, size: float, *, is_bold: bool = False, is_typed: bool = False) -> float:
    """About how wide a text is. A test in a real browser sees that nothing leaves its box."""
    return len(text) * size * (_TYPED if is_typed else _BOLD if is_bold else _LETTER)


def element(tag: str, attributes: dict[str, object], content: Iterable[str] = ()) -> str:
    """An element with what is in it, which is markup already."""
    written = "".join(
        f" {name}={quoteattr(_number(value))}" for name, value in attributes.items() if value != ""
    )
    inside = "".join(content)
    return f"<{tag}{written}>{inside}</{tag}>" if inside else f"<{tag}{written}/>"


def rect(x: float, y: float, wide: float, high: float, kind: str, radius: float = 6) -> str:
    """A rectangle."""
    return element(
        "rect", {"class": kind, "x": x, "y": y, "width": wide, "height": high, "rx": radius}
    )


def text(x: float, y: float, words: str, kind: str, anchor: str = "", live: str = "") -> str:
    """A line of text. With a live name the page puts a figure there."""
    attributes: dict[str, object] = {"class": kind, "x": x, "y": y}
    if anchor:
        attributes["text-anchor"] = anchor
    if live:
        attributes["data-live"] = live
    return element("text", attributes, [escape(words)])


def path(points: str, kind: str) -> str:
    """A line, as SVG writes them."""
    return element("path", {"class": kind, "d": points})


def arrow(points: str, kind: str, *, is_critical: bool, part: str = "") -> str:
    """A line with a head at its end, which stands in the chart's definitions."""
    attributes: dict[str, object] = {
        "class": f"arrow {kind}" + (" critical" if is_critical else ""),
        "data-part": part,
        "d": points,
        "marker-end": "url(#head-critical)" if is_critical else "url(#head)",
    }
    return element("path", attributes)


def group(attributes: dict[str, object], *parts: str) -> str:
    """Parts that belong together."""
    return element("g", attributes, ["\n", *(f"{part}\n" for part in parts)])


def chip(right: float, y: float, words: str) -> tuple[str, float]:
    """A technology's label that ends at `right`, and where it begins."""
    wide = width(words, 10) + 12
    return (
        rect(right - wide, y, wide, 15, "chip", 7.5)
        + text(right - wide / 2, y + 11, words, "chip-text", "middle"),
        right - wide,
    )


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
