"""The two sides stay apart for people who see colours otherwise, and all text can be read."""

import re
from importlib.resources import files
from itertools import product

import pytest

TOKENS = files("goquant.templates").joinpath("static/screen/css/tokens.css").read_text()

DAY, NIGHT = 0, 1

Colour = tuple[float, float, float]
Matrix = tuple[Colour, Colour, Colour]

# How linear light is seen without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1.
DEFICIENCIES: dict[str, Matrix] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

# A difference of 2 can just be seen; this is one that nobody overlooks.
APART = 20.0

# WCAG 2.2, level AA, for text of any size.
READABLE = 4.5


def linear(name: str, theme: int) -> Colour:
    """A token in linear light, as it is by day or by night."""
    given = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", TOKENS)
    assert given is not None, name
    text = given[3] or given[theme + 1]
    channels = [int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return red, green, blue


def seen(matrix: Matrix, colour: Colour) -> Colour:
    """What somebody sees of a colour."""
    red, green, blue = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, colour, strict=True)))) for row in matrix
    ]
    return red, green, blue


def lab(colour: Colour) -> Colour:
    """A colour where equal distances look equally large: CIE L*a*b*, D65."""
    red, green, blue = colour
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = luminance(colour)
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    x, y, z = [
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)
    ]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(colour: Colour) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", DEFICIENCIES)
@pytest.mark.parametrize("theme", [DAY, NIGHT])
@pytest.mark.parametrize("suffix", ["", "-bar", "-fill"])
def test_the_sides_stay_apart(kind: str, theme: int, suffix: str) -> None:
    buy, sell = [
        lab(seen(DEFICIENCIES[kind], linear(f"{side}{suffix}", theme))) for side in ("buy", "sell")
    ]
    distance = sum((a - b) ** 2 for a, b in zip(buy, sell, strict=True)) ** 0.5
    # Bars are faint on purpose: where they stand, above or below, tells them apart as well.
    assert distance >= (APART / 4 if suffix == "-bar" else APART)


@pytest.mark.parametrize("theme", [DAY, NIGHT])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *product(("text", "muted", "faint", "buy", "sell", "accent", "warn"), ("panel",)),
        *product(("text", "muted", "faint", "buy"), ("buy-bar",)),
        *product(("text", "muted", "faint", "sell"), ("sell-bar",)),
        *product(("text", "muted"), ("raised", "hover")),
        *product(("on-fill",), ("buy-fill", "sell-fill")),
        ("warn", "warn-fill"),
    ],
)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(linear(text, theme), linear(ground, theme)) >= READABLE
