"""Runs the tests in unit/*.test.js, each as a test of its own, in a page that has what we ship."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

UNIT = Path(__file__).parent / "unit"

# Nobody listens there: every request is answered here.
ORIGIN = "http://screen.test"

RUN = """async ([file, name]) => {
  await import(`/unit/${file}`);
  const { tests } = await import("/unit/harness.js");
  await tests.get(name)();
}"""


def units() -> list[tuple[str, str]]:
    """The file and the name of each test."""
    return [
        (file.name, name)
        for file in sorted(UNIT.glob("*.test.js"))
        for name in re.findall(r'^test\("(.+)", ', file.read_text(), re.MULTILINE)
    ]


def test_no_unit_is_left_out() -> None:
    written = sum(file.read_text().count("\ntest(") for file in UNIT.glob("*.test.js"))
    assert len(units()) == written


def answer(route: Route) -> None:
    """Serve what the package has under /static, and the tests."""
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        route.fulfill(content_type="text/html", body="<!doctype html><title>units</title>")
        return
    root = UNIT.parent if path.startswith("/unit/") else files("goquant.templates")
    content = root.joinpath(path[1:]).read_bytes()
    route.fulfill(
        content_type="text/javascript" if path.endswith(".js") else "text/css", body=content
    )


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.route(f"{ORIGIN}/**", answer)
    page.goto(ORIGIN)
    yield page
    page.close()


@pytest.mark.parametrize(("file", "name"), units())
def test_unit(page: Page, file: str, name: str) -> None:
    page.evaluate(RUN, [file, name])
