"""A person in front of the trading screen: what they do, and what they see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from playwright.sync_api._generated import LocatorAssertions

# Chromium says so itself whenever a request fails that a test lets fail, and whenever the
# exchange refuses an order.
EXPECTED = re.compile(r"Failed to load resource|WebSocket connection to")

# A paint may wait for a machine that is busy with other things.
PATIENCE_MS = 15_000
LOOK_EVERY_MS = 50

# The screen has an en dash where it has nothing to show.
NOTHING = "\u2013"

T = TypeVar("T")

Row = tuple[str, str]


class Trader:
    """One browser context: its own storage, so its own account."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        symbol: str,
        *,
        width: int = 1440,
        height: int = 900,
        touch: bool = False,
        scale: float = 1,
        script: str | None = None,
    ) -> None:
        """`scale` is how many pixels of a picture one of the page is; `script` runs before the page does."""
        self.url = url
        self.symbol = symbol
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=touch,
            device_scale_factor=scale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        self._watch()
        self.page.add_init_script(f"localStorage.setItem('symbol', '{symbol}')")
        if script is not None:
            self.page.add_init_script(script)

    def _watch(self) -> None:
        """Note what the console says, what is thrown, and which requests leave the origin."""

        def said(kind: str, text: str) -> None:
            if kind in ("error", "warning") and not EXPECTED.search(text):
                self.complaints.append(text)

        self.page.on("console", lambda message: said(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        self.page.on("request", lambda request: self._check_origin(request.url))
        self.page.on("websocket", lambda socket: self._check_origin(socket.url))

    def _check_origin(self, url: str) -> None:
        host = self.url.removeprefix("http://")
        if not re.match(rf"(http|ws)://{re.escape(host)}/|data:|blob:", url):
            self.strangers.append(url)

    def open(self) -> Trader:
        """Go to the screen, and wait for its book."""
        self.page.goto(self.url)
        self.wait_for_book()
        return self

    def move_to(self, symbol: str) -> None:
        """Begin another test without loading the page again: at another market, with a new ticket."""
        self.symbol = symbol
        for _ in range(3):
            self.page.keyboard.press("Escape")
        self.page.click("#tab-candles")
        self.page.click("#tab-open")
        # Orders of other tests are of other markets.
        self.page.check("#orders-only")
        self.page.click("#market")
        self.page.locator("#markets").get_by_text(symbol, exact=True).click()
        self.expect("#symbol").to_have_text(symbol)
        self.wait_for_book()

    def leave(self) -> None:
        """Close the browser."""
        self.page.context.close()

    def check(self) -> None:
        """Make sure that nothing was wrong."""
        assert self.complaints == []
        assert self.strangers == []

    def wait_for_book(self) -> None:
        self.expect("#link-sequence").not_to_have_text(NOTHING)

    # What is done.

    def choose(self, name: str, value: str) -> None:
        """Choose one of the ticket's radio buttons, by its label as a person does."""
        self.page.locator(f"label:has(> input[name={name}][value={value}])").click()

    def fill(self, **fields: str) -> None:
        """Fill the ticket in, in this order."""
        for name, value in fields.items():
            if name in ("side", "type", "time_in_force"):
                self.choose(name, value)
            else:
                self.page.fill(f"#t-{name}", value)

    def place(self, **fields: str) -> str:
        """Fill the ticket in and hand it in. Returns what the ticket says then."""
        self.fill(**fields)
        self.page.click("#submit")
        self.expect("#result").not_to_be_empty()
        return self.page.inner_text("#result")

    def show(self, tab: str) -> Locator:
        """Show a table of orders: open, history or fills. Returns its rows."""
        self.page.click(f"#tab-{tab}")
        return self.page.locator(f"#{tab}-rows tr")

    # What is seen.

    def expect(self, selector: str) -> LocatorAssertions:
        """What an element must become, sooner or later."""
        from playwright.sync_api import expect

        return expect(self.page.locator(selector))

    def side(self, name: str) -> list[Row]:
        """Prices and quantities of one side of the book, best first."""
        rows: list[list[str]] = self.page.evaluate(
            """name => [...document.querySelectorAll(`#${name} tr`)]
            .map(row => [...row.cells].slice(0, 2).map(cell => cell.textContent.replaceAll(',', '')))
            .filter(([price]) => price)""",
            name,
        )
        found = [(price, quantity) for price, quantity in rows]
        return found[::-1] if name == "asks" else found

    def book(self) -> tuple[list[Row], list[Row]]:
        """Bids and asks."""
        return self.side("bids"), self.side("asks")

    def trades(self) -> list[Row]:
        """Prices and quantities of the tape, newest first."""
        rows: list[list[str]] = self.page.evaluate(
            """() => [...document.querySelectorAll('#tape tr')].filter(row => !row.ariaHidden)
            .map(row => [row.text.textContent, row.cells[1].textContent])"""
        )
        return [(price, quantity) for price, quantity in rows]

    def wait_until(self, look: Callable[[], T], expected: T) -> None:
        """Until a look finds what is expected; in the end it must."""
        for _ in range(PATIENCE_MS // LOOK_EVERY_MS):
            if look() == expected:
                return
            self.page.wait_for_timeout(LOOK_EVERY_MS)
        assert look() == expected

    def wait_for_row(self, rows: Locator, *texts: str) -> Locator:
        """A row that says all of this."""
        for text in texts:
            rows = rows.filter(has_text=text)
        rows.first.wait_for()
        return rows.first

    def own_prices(self) -> list[str]:
        """The prices of the book that are marked as one's own."""
        return [
            text.replace(",", "") for text in self.page.locator(".is-own .price").all_inner_texts()
        ]
