"""The files of the architecture in docs/images: what they have to be, and which picture is of which drawing."""

import re
import struct
import zlib
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from goquant.diagram.svg import drawing
from goquant.web.assets import assets

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
THEMES = ("light", "dark")

_COLOURS = re.compile(r"light-dark\(([^,()]+), ([^()]+)\)")

# A picture says of which drawing it was taken, in a text of its own.
_KEYWORD = b"Drawing\0"


def svg_file(theme: str) -> str:
    """The drawing as a file that needs nothing beside it: its colours are chosen, its letters come along."""
    style = assets()["architecture/chart.css"].content.decode()
    chosen = _COLOURS.sub(r"\1" if theme == "light" else r"\2", style)
    letters = b64encode(assets()["fonts/inter.woff2"].content).decode()
    face = (
        "@font-face { font-family: Inter; font-weight: 100 900; "
        f'src: url("data:font/woff2;base64,{letters}") format("woff2"); }}'
    )
    return drawing(f"{face}\n{chosen}")


def signed(png: bytes, svg: str) -> bytes:
    """The picture, with the digest of its drawing before its end."""
    body = b"tEXt" + _KEYWORD + _digest(svg)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = png.rindex(b"IEND") - 4
    return png[:end] + chunk + png[end:]


def is_of(png: bytes, svg: str) -> bool:
    """Whether the picture was taken of this drawing."""
    return b"tEXt" + _KEYWORD + _digest(svg) in png


def _digest(svg: str) -> bytes:
    return sha256(svg.encode()).hexdigest().encode()
