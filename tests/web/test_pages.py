"""The pages and their files: whole, ours, cached, and confined."""

import gzip
import re
from pathlib import Path

import pytest

from api import Api
from goquant.web.assets import (
    CONTENT_SECURITY_POLICY,
    FOLDER,
    SCREEN_POLICY,
    TYPES,
    assets,
    packed,
    version,
)

PAGES = ("/", "/docs", "/docs/streams", "/architecture")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_html_and_confined(api: Api, path: str) -> None:
    reply = await api.send("GET", path)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = SCREEN_POLICY if path in ("/", "/architecture") else CONTENT_SECURITY_POLICY
    assert reply.headers["content-security-policy"] == policy
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_inline_and_nothing_from_elsewhere(api: Api, path: str) -> None:
    text = (await api.send("GET", path)).text
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", text)
    assert not re.search(r'\ssrc="(?!/static/)|<link[^>]*\shref="(?!/static/)', text)
    needed = re.findall(r'(?:src|href)="/static/([^"]+)"', text)
    assert needed
    for file in needed:
        assert file.removeprefix(f"{version()}/") in assets()


@pytest.mark.parametrize("path", sorted(assets()))
async def test_a_file_comes_with_its_type_and_is_asked_for_once(api: Api, path: str) -> None:
    first = await api.send("GET", f"/static/{path}")
    assert first.status == 200
    type_ = TYPES.get(Path(path).suffix, "text/plain; charset=utf-8")
    assert first.headers["content-type"] == type_
    assert first.headers["content-length"] == str((FOLDER / path).stat().st_size)
    assert first.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert first.headers["cache-control"] == "no-cache"
    etag = first.headers["etag"]
    again = await api.send("GET", f"/static/{path}", headers={"If-None-Match": etag})
    assert (again.status, again.headers["etag"]) == (304, etag)
    changed = await api.send("GET", f"/static/{path}", headers={"If-None-Match": '"other"'})
    assert changed.status == 200


@pytest.mark.parametrize(
    ("path", "accepted", "is_packed"),
    [
        ("screen/screen.js", "gzip, br", True),
        ("screen/screen.js", "br", False),
        ("screen/screen.js", "gzip;q=0", False),
        ("screen/screen.js", "*", True),
        ("screen/icon.svg", "gzip", True),
        ("fonts/inter.woff2", "gzip", False),
    ],
)
async def test_a_file_comes_packed_to_whoever_takes_it_so(
    api: Api, path: str, accepted: str, is_packed: bool
) -> None:
    plain = await api.send("GET", f"/static/{path}")
    reply = await api.send("GET", f"/static/{path}", headers={"Accept-Encoding": accepted})
    assert (reply.headers.get("content-encoding") == "gzip") is is_packed
    assert reply.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert reply.headers["content-type"] == plain.headers["content-type"]
    found = gzip.decompress(reply.body) if is_packed else reply.body
    assert found == (FOLDER / path).read_bytes()
    assert (reply.headers["etag"] == plain.headers["etag"]) is not is_packed
    again = await api.send(
        "GET",
        f"/static/{path}",
        headers={"Accept-Encoding": accepted, "If-None-Match": reply.headers["etag"]},
    )
    assert again.status == 304


def test_packing_halves_what_it_is_worth_for() -> None:
    for path, asset in assets().items():
        smaller = packed(path)
        if smaller is not None and len(asset.content) > 4096:
            assert len(smaller.content) < 0.5 * len(asset.content), path


async def test_a_file_under_the_version_is_never_asked_for_again(api: Api) -> None:
    for path in ("screen/screen.js", "fonts/inter.woff2"):
        plain, versioned = [
            await api.send("GET", f"/static/{each}") for each in (path, f"{version()}/{path}")
        ]
        assert (versioned.status, versioned.headers["etag"]) == (200, plain.headers["etag"])
        assert versioned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await api.send("GET", "/static/0123456789abcdef/screen/screen.js")).status == 404


def test_a_script_or_style_names_others_beside_it_only() -> None:
    """So that all of them come from under one version."""
    for path, asset in assets().items():
        if path.startswith(("screen/", "architecture/")) and path.endswith((".js", ".css")):
            text = asset.content.decode()
            named = re.findall(r"""(?:from|import|url\() ?["']([^"']+)["']""", text)
            for each in named:
                assert each.startswith("."), (path, each)
                assert ((FOLDER / path).parent / each).resolve().is_file(), (path, each)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing.js",
        "docs",
        "docs/",
        "../index.html",
        "%2e%2e/index.html",
        "docs//docs.css",
        "%00",
    ],
)
async def test_nothing_else_is_a_file(api: Api, path: str) -> None:
    reply = await api.send("GET", f"/static/{path}")
    assert (reply.status, reply.code) == (404, "not_found")
    assert reply.headers["cache-control"] == "no-store"


def test_what_is_not_ours_has_its_licence_beside_it() -> None:
    vendors = {path.split("/")[1] for path in assets() if path.startswith("vendor/")}
    assert "swagger-ui" in vendors
    for vendor in vendors:
        assert {f"vendor/{vendor}/LICENSE", f"vendor/{vendor}/NOTICE"} <= set(assets())


@pytest.mark.parametrize(
    "path", [path for path in assets() if path.endswith(".js") and not path.startswith("vendor/")]
)
def test_a_script_of_ours_writes_text_and_never_html(path: str) -> None:
    text = assets()[path].content.decode()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    for imported in re.findall(r'from "\./(\S+)"', text):
        assert (Path(path).parent / imported).as_posix() in assets()
