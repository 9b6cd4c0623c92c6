"""The pages and their files: whole, ours, cached, and confined."""

import re
from pathlib import Path

import pytest

from api import Api
from goquant.web.assets import CONTENT_SECURITY_POLICY, FOLDER, TYPES, assets

PAGES = ("/", "/docs", "/docs/streams")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_html_and_confined(api: Api, path: str) -> None:
    reply = await api.send("GET", path)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_inline_and_nothing_from_elsewhere(api: Api, path: str) -> None:
    text = (await api.send("GET", path)).text
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", text)
    assert not re.search(r'\ssrc="(?!/static/)|<link[^>]*\shref="(?!/static/)', text)
    needed = re.findall(r'(?:src|href)="/static/([^"]+)"', text)
    assert needed
    for file in needed:
        assert file in assets()


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
