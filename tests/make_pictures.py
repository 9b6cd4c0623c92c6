"""Makes the pictures of the screen in docs/images: a real exchange, the demo's traders, a real browser.

    python tests/make_pictures.py

The traders are those of one seed; what they meet depends on the moment, so no two runs are the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from processes import GOQUANT, environment
from trader import Trader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"

SYMBOL = "BTC-USD"
SEED = 4
RATE = 3
WARM_MS = 100_000

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

# What of the market's price an order of ours asks for, in percent.
ORDERS: tuple[Mapping[str, object], ...] = (
    {"side": "buy", "type": "limit", "price": 99.93, "quantity": "0.25"},
    {"side": "sell", "type": "limit", "price": 100.08, "quantity": "0.4"},
    {"side": "sell", "type": "stop", "trigger_price": 99.2, "quantity": "0.5"},
    {"side": "sell", "type": "take_profit_limit", "trigger_price": 101.0, "price": 100.9, "quantity": "0.25"},
    {"side": "buy", "type": "market", "quantity": "0.15"},
)  # fmt: skip

TICKETS: tuple[Mapping[str, object], ...] = (
    {"side": "buy", "type": "limit", "price": 100.02, "quantity": "3"},
    {"side": "sell", "type": "market", "quantity": "1.5"},
    {"side": "sell", "type": "stop", "trigger_price": 99.5, "quantity": "0.5"},
    {"side": "buy", "type": "stop_limit", "trigger_price": 100.5, "price": 100.6, "quantity": "0.5"},
    {"side": "sell", "type": "take_profit", "trigger_price": 101.0, "quantity": "0.5"},
    {"side": "buy", "type": "take_profit_limit", "trigger_price": 99.0, "price": 99.1, "quantity": "0.5"},
)  # fmt: skip


@contextmanager
def demo() -> Iterator[str]:
    """The URL of an exchange on which simulated traders trade."""
    flags = ("--port", "0", "--seed", f"{SEED}", "--rate", f"{RATE}", "--fsync", "never")
    process = subprocess.Popen(
        [*GOQUANT, "demo", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    with process:
        try:
            yield process.stdout.readline().removeprefix("ready ").strip()
        finally:
            process.terminate()


def in_dollars(person: Trader, order: Mapping[str, object]) -> dict[str, str]:
    """An order near the last price."""
    last = float(person.page.inner_text("#last").replace(",", ""))
    return {
        name: f"{last * value / 100:.1f}" if isinstance(value, float) else f"{value}"
        for name, value in order.items()
    }


def arrive(browser: Browser, url: str, **options: object) -> Trader:
    """Somebody who looks at the candles of a second."""
    person = Trader(browser, url, SYMBOL, **options)  # type: ignore[arg-type]
    person.page.add_init_script("localStorage.setItem('interval', '1s')")
    return person.open()


def shoot(person: Trader, name: str, part: str = "body") -> None:
    """Put the messages away that lie over the orders, and take a picture of a part of the page."""
    toasts = person.page.locator(".toast button")
    toasts.evaluate_all("buttons => buttons.forEach((each) => each.click())")
    person.page.locator(part).screenshot(path=IMAGES / f"{name}.png")


def make_desk(browser: Browser, url: str) -> None:
    """The whole screen by night and by day, the depth, and each kind of ticket."""
    alice = arrive(browser, url, **DESK)
    page = alice.page
    page.wait_for_timeout(WARM_MS)
    for order in ORDERS:
        alice.place(**in_dollars(alice, order))
    alice.show("open")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(1_000)
        alice.fill(**in_dollars(alice, TICKETS[0]))
        shoot(alice, f"screen-{scheme}")
    page.emulate_media(color_scheme="dark")
    page.click("#tab-depth")
    page.wait_for_timeout(500)
    shoot(alice, "screen-depth", "#chart-panel")
    for ticket in TICKETS:
        alice.fill(**in_dollars(alice, ticket))
        page.wait_for_timeout(300)
        shoot(alice, f"ticket-{ticket['type']}", "#ticket-panel")
    alice.check()


def make_phone(browser: Browser, url: str) -> None:
    """Each part on a phone."""
    bob = arrive(browser, url, scale=2, touch=True, **PHONE)
    page = bob.page
    page.emulate_media(color_scheme="dark")
    page.click("[data-to=ticket]")
    for order in ORDERS:
        bob.place(**in_dollars(bob, order))
    bob.fill(**in_dollars(bob, TICKETS[0]))
    for view in ("ticket", "chart", "book", "orders"):
        page.click(f"[data-to={view}]")
        page.wait_for_timeout(800)
        shoot(bob, f"phone-{view}")
    bob.check()


def main() -> None:
    """Make all pictures."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no chromium on this machine")
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        make_desk(browser, url)
        make_phone(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
