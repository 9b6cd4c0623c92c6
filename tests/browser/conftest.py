"""A real Chromium for the tests of the screen, and an exchange for it to show.

Without a Chromium, or without Playwright, these tests are skipped; GOQUANT_BROWSER=required makes
that a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import count
from pathlib import Path
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


class Shared:
    """What the tests of this folder have in common, from the first that needs it to the last."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._browser: Browser | None = None
        self.idle: list[Trader] = []
        """People whose test is over. To load the page is most of what a test costs, so they stay."""

    def browser(self, chromium: str) -> Browser:
        """The one browser, started if it is not there."""
        if self._browser is None:
            from playwright.sync_api import expect, sync_playwright

            expect.set_options(timeout=PATIENCE_MS)
            playwright = self._stack.enter_context(sync_playwright())
            self._browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            self._stack.callback(self._browser.close)
        return self._browser

    def close(self) -> None:
        """Close the browser, if there is one."""
        self.idle.clear()
        self._browser = None
        self._stack.close()


shared = Shared()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Its event loop must be gone when tests of trio begin, so a fixture of the session is too long."""
    yield
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        shared.close()


@pytest.fixture(scope="module")
def browser() -> Browser:
    """A real Chromium."""
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("there is no chromium")
        pytest.skip("there is no chromium")
    return shared.browser(CHROMIUM)


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


@pytest.fixture
def trader(
    browser: Browser, venue: Venue, symbol: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Trader]]:
    """Puts people in front of the screen, at this test's symbol. At the end nothing must be wrong.

    Whoever changes what a browser keeps, such as its account, must be fresh.
    """
    working: list[Trader] = []
    fresh: list[Trader] = []
    failed = request.session.testsfailed

    def arrive(symbol: str = symbol, *, is_fresh: bool = False, **options: object) -> Trader:
        is_fresh = is_fresh or bool(options)
        if shared.idle and not is_fresh:
            person = shared.idle.pop()
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
    shared.idle += working
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
