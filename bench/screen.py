"""`bench screen`: what the trading screen costs the browser, and how soon it shows a book.

A real exchange, a process that sends it orders, and a headless Chromium, all on this machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING
from urllib.request import urlopen
from zlib import compress

from goquant.web.assets import assets

from .environments import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, WebSocket

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)

# About 1,000 events a second in the page: orders of one commit share an update.
RATE = 1_500
MINUTES = 10.0

LOADS = 7

# Of the flow before anything is measured: caches and compilers get warm, the book gets deep.
WARM_S = 5.0

# Between two looks at the page.
LOOK_S = 30.0

HOW = """\
A headless Chromium without a graphics card, 1440 x 900; exchange, orders and browser share the machine.
An event is a trade, or an update: what one commit did to the book, with all orders in it. Main-thread time is that of
all tasks of the page's thread: at 100 % it would not keep up. The heap is looked at after a collection."""

NOT_MEASURED = """\
Not measured: a graphics card, a phone, a slow network, hours."""

# In the page: how many frames were painted.
COUNT_FRAMES = """
window.framesPainted = 0;
requestAnimationFrame(function next() { window.framesPainted += 1; requestAnimationFrame(next); });
"""

# In the page: how long after the start of the navigation the first book was painted.
NOTE_FIRST_BOOK = """
window.firstBookMs = new Promise((resolve) => requestAnimationFrame(function look() {
  if (!document.querySelector("#bids .price:not([hidden])")) requestAnimationFrame(look);
  else requestAnimationFrame(() => resolve(performance.now()));
}));
"""


@dataclass
class Heard:
    """What the page was told."""

    updates: int = 0
    trades: int = 0

    def watch(self, socket: WebSocket) -> None:
        """Count what comes on a socket."""
        socket.on("framereceived", lambda text: self._count(str(text)))

    def _count(self, text: str) -> None:
        self.updates += text.count('"type":"update"')
        self.trades += text.count('"type":"trade"')


@dataclass
class Look:
    """The page at one moment; the difference of two is what happened between them."""

    at_s: float
    frames: int
    task_s: float
    script_s: float
    layout_s: float
    updates: int
    trades: int
    heap_mib: float
    nodes: int

    @property
    def events(self) -> int:
        return self.updates + self.trades

    def row(self, before: Look) -> str:
        """What happened since another look, per second."""
        took_s = self.at_s - before.at_s

        def rate(now: float, then: float) -> float:
            return (now - then) / took_s

        tasks, script, layout = (
            100 * rate(getattr(self, name), getattr(before, name))
            for name in ("task_s", "script_s", "layout_s")
        )
        return (
            f"{self.at_s:8.0f} s{rate(self.events, before.events):10.0f}"
            f"{rate(self.trades, before.trades):10.0f}{rate(self.frames, before.frames):10.1f}"
            f"{tasks:10.1f} %{script:8.1f} %{layout:8.1f} %{self.heap_mib:10.2f}{self.nodes:8}"
        )


HEADING = (
    f"{'':10}{'events/s':>10}{'trades/s':>10}{'frames/s':>10}{'main':>12}{'script':>10}"
    f"{'layout':>10}{'heap, MiB':>10}{'nodes':>8}"
)


def bench_screen(minutes: float = MINUTES, rate: int = RATE) -> Iterator[str]:
    """Sizes, then loads, then the page under load. Raises FileNotFoundError without a Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("there is no chromium on this machine")
    with exchange() as url, flow(url, rate, minutes), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield sizes(url)
        time.sleep(WARM_S)
        yield loads(browser, url)
        yield from under_load(browser, url, minutes)
        browser.close()


def sizes(url: str) -> str:
    """How much the page at a URL is made of."""
    kinds = {"scripts": ".js", "styles": ".css", "typeface": ".woff2"}
    served = {path: asset for path, asset in assets().items() if path.split("/")[0] != "docs"}
    groups = {
        "lightweight-charts": [path for path in served if path.endswith("lightweight-charts.js")]
    }
    for name, suffix in kinds.items():
        groups[name] = [
            path
            for path in served
            if path.endswith(suffix) and path.split("/")[0] in ("screen", "fonts")
        ]
    contents = {name: [served[path].content for path in paths] for name, paths in groups.items()}
    with urlopen(url) as answer:
        contents["page"] = [answer.read()]
    contents["in all"] = [content for group in contents.values() for content in group]
    return "\n".join(
        f"{name:20}{len(group):4} files{sum(map(len, group)) / 1024:9.1f} KiB, "
        f"compressed {sum(len(compress(content)) for content in group) / 1024:6.1f} KiB"
        for name, group in contents.items()
    )


def loads(browser: Browser, url: str) -> str:
    """How long from a navigation to the first book, without and with the files in the cache."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(LOADS):
        page = new_page(browser)
        for found in (cold, warm):
            page.goto(url)
            found.append(page.evaluate("window.firstBookMs"))
        page.context.close()
    return "\n".join(
        f"first book, {name}: median {median(found):.0f} ms ({min(found):.0f} to {max(found):.0f})"
        for name, found in (("empty cache", cold), ("again", warm))
    )


def under_load(browser: Browser, url: str, minutes: float) -> Iterator[str]:
    """What a page does while the market moves, look by look."""
    heard = Heard()
    page = new_page(browser)
    page.on("websocket", heard.watch)
    page.goto(url)
    page.evaluate("window.firstBookMs")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(WARM_S * 1000)
    began_at = time.monotonic()
    first = before = look(page, session, heard, began_at)
    yield HEADING
    while before.at_s < minutes * 60:
        page.wait_for_timeout(LOOK_S * 1000)
        now = look(page, session, heard, began_at)
        yield now.row(before)
        before = now
    yield f"all of it:\n{before.row(first)}"
    yield f"heap: {first.heap_mib:.2f} MiB at first, {before.heap_mib:.2f} MiB at last"


def new_page(browser: Browser) -> Page:
    """A page with nothing in its cache."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(COUNT_FRAMES + NOTE_FIRST_BOOK)
    return page


def look(page: Page, session: CDPSession, heard: Heard, began_at: float) -> Look:
    """What the page has done by now."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {
        each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
    }
    return Look(
        at_s=time.monotonic() - began_at,
        frames=page.evaluate("window.framesPainted"),
        task_s=metrics["TaskDuration"],
        script_s=metrics["ScriptDuration"],
        layout_s=metrics["LayoutDuration"] + metrics["RecalcStyleDuration"],
        updates=heard.updates,
        trades=heard.trades,
        heap_mib=metrics["JSHeapUsedSize"] / 2**20,
        nodes=int(metrics["Nodes"]),
    )


@contextmanager
def exchange() -> Iterator[str]:
    """The address of an exchange of its own."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [*(sys.executable, "-m", "goquant", "serve", "--port", "0", "--data-dir", folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout:
            yield process.stdout.readline().removeprefix("ready ").strip()
            process.terminate()
            process.wait()


@contextmanager
def flow(url: str, rate: int, minutes: float) -> Iterator[None]:
    """Orders, for as long as somebody looks."""
    seconds = minutes * 60 + 600
    process = subprocess.Popen(
        [
            *(sys.executable, ROOT / "tests" / "flow.py", url),
            *("--rate", f"{rate}", "--seconds", f"{seconds}"),
        ]
    )
    yield
    process.kill()
    process.wait()
