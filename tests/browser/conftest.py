"""A real Chromium for the tests of the screen, and an exchange for it to show.

Without a Chromium, or without Playwright, these tests are skipped; GOQUANT_BROWSER=required makes
that a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING

import pytest

from trader import PATIENCE_MS, Trader
from venue import Venue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

# No look-ups and no updates: nothing but what the page asks for.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)

# Taken away, since an exchange knows no such setting, and would refuse it.
REQUIRED = os.environ.pop("GOQUANT_BROWSER", None) == "required"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

_numbers = count()

if find_spec("playwright") is None and not REQUIRED:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a module. Its event loop must be gone when tests of trio begin."""
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("there is no chromium")
        pytest.skip("there is no chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """An exchange for all tests that do not hurt it."""
    venue = Venue(tmp_path_factory.mktemp("venue"))
    yield venue
    venue.kill()


@pytest.fixture
def symbol() -> str:
    """A symbol that no other test uses."""
    return f"S{next(_numbers)}-USD"


@pytest.fixture(scope="module")
def idle(browser: Browser) -> Iterator[list[Trader]]:
    """People whose test is over. To load the page is most of what a test costs, so they stay."""
    people: list[Trader] = []
    yield people
    for each in people:
        each.leave()


@pytest.fixture
def trader(
    browser: Browser, venue: Venue, symbol: str, idle: list[Trader], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Trader]]:
    """Puts people in front of the screen, at this test's symbol. At the end nothing must be wrong.

    Whoever changes what a browser keeps, such as its account, must be fresh.
    """
    working: list[Trader] = []
    fresh: list[Trader] = []
    failed = request.session.testsfailed

    def arrive(symbol: str = symbol, *, is_fresh: bool = False, **options: object) -> Trader:
        is_fresh = is_fresh or bool(options)
        if idle and not is_fresh:
            person = idle.pop()
            person.move_to(symbol)
        else:
            person = Trader(browser, venue.url, symbol, **options)  # type: ignore[arg-type]
            person.open()
        (fresh if is_fresh else working).append(person)
        return person

    yield arrive
    if request.session.testsfailed > failed:
        fresh += working
        working.clear()
    for person in fresh:
        person.leave()
    idle += working
    for person in (*fresh, *working):
        person.check()


@pytest.fixture
def page(browser: Browser, venue: Venue) -> Iterator[Page]:
    """A page on the exchange, of which nothing may be wrong: no error, nothing that the policy forbids."""
    page = browser.new_page(base_url=venue.url)
    wrong: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append(said.text)

    def see(sent: Request) -> None:
        if not sent.url.startswith(venue.url):
            wrong.append(sent.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", see)
    yield page
    page.close()
    assert wrong == []
