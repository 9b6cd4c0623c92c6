"""The files that pages are made of: scripts, styles, fonts and pictures, all of them ours to serve.

They lie in templates/static and are read once, so that no request touches a disk or names a path.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "static"

_PLAIN = "text/plain; charset=utf-8"

# A file of a kind that is not named here, such as a licence, is shown and never run.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}

# What is worth packing; fonts and pictures are packed already.
PACKED = frozenset({".css", ".js", ".json", ".svg"})

# What a page of ours may do: run the scripts and use the styles that we serve, and talk to us.
# Nothing inline, nothing from elsewhere, no form, and no frame around it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

# The trading screen makes no markup of text at all, and the browser sees to that.
SCREEN_POLICY = (
    f"{CONTENT_SECURITY_POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
)

# A browser asks each time whether its copy is still good, and is answered without the content.
ASK_AGAIN = "no-cache"

# What has the version in its path never changes: a page of some hundred files is there at once.
NEVER_ASK_AGAIN = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """A file as it is sent."""

    content: bytes
    type: str
    etag: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its path below templates/static."""
    return {
        path.relative_to(FOLDER).as_posix(): _asset(path)
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }


@cache
def packed(path: str) -> Asset | None:
    """The file as gzip has it, packed when it is first asked for; None if that is not worth it."""
    if Path(path).suffix not in PACKED:
        return None
    asset = assets()[path]
    return Asset(gzip.compress(asset.content, mtime=0), asset.type, f"{asset.etag}-gzip")


@cache
def version() -> str:
    """Of all files together: with another content of any of them it is another."""
    return sha256("".join(asset.etag for asset in assets().values()).encode()).hexdigest()[:16]


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, TYPES.get(path.suffix, _PLAIN), sha256(content).hexdigest()[:16])
