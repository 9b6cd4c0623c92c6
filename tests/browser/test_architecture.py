"""The page with the chart: everybody can read it, follow its flows, and see how this exchange is doing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from goquant.diagram.chart import BOXES, WAYS
from seen import violations
from venue import Venue

# Texts that leave their box, or meet another text of it.
MISPLACED = """() => {
  const found = [];
  const inside = (text, box) =>
    text.x >= box.x - 0.5 && text.y >= box.y - 0.5 &&
    text.x + text.width <= box.x + box.width + 0.5 && text.y + text.height <= box.y + box.height + 0.5;
  const meets = (one, other) =>
    one.x < other.x + other.width - 1 && other.x < one.x + one.width - 1 &&
    one.y < other.y + other.height - 3 && other.y < one.y + one.height - 3;
  for (const box of document.querySelectorAll(".chart .box")) {
    const body = box.querySelector(".body").getBBox();
    const texts = [...box.querySelectorAll("text")].filter((text) => text.textContent);
    for (const [at, text] of texts.entries()) {
      if (!inside(text.getBBox(), body)) found.push(`outside: ${text.textContent}`);
      for (const other of texts.slice(at + 1)) {
        if (meets(text.getBBox(), other.getBBox())) found.push(`${text.textContent} on ${other.textContent}`);
      }
    }
  }
  for (const chip of document.querySelectorAll(".chart .chip + .chip-text")) {
    if (!inside(chip.getBBox(), chip.previousElementSibling.getBBox())) found.push(`chip: ${chip.textContent}`);
  }
  const asides = [...document.querySelectorAll(".chart .aside")].map((aside) => aside.getBBox());
  for (const text of document.querySelectorAll(".chart > text:not(.label, .headline)")) {
    if (!asides.some((aside) => inside(text.getBBox(), aside))) found.push(`beside: ${text.textContent}`);
  }
  return found;
}"""


@pytest.fixture
def chart(page: Page) -> Page:
    """The page, with figures in it."""
    page.goto("/architecture")
    expect(page.locator("#link")).to_have_text("live")
    return page


def lit(page: Page) -> list[str | None]:
    """The boxes that the step of a flow is about."""
    return [box.get_attribute("data-part") for box in page.locator(".chart .box.on").all()]


def test_every_text_has_its_place(chart: Page) -> None:
    assert chart.evaluate(MISPLACED) == []


def test_the_boxes_show_the_figures_of_this_exchange(
    chart: Page, venue: Venue, symbol: str
) -> None:
    journal = chart.locator("[data-live=journal]")
    before = journal.text_content()
    venue.place(symbol, "buy", "1", "100")
    expect(journal).not_to_have_text(before or "")
    position = venue.send("GET", "/status")["journal"]["position"]
    expect(journal).to_have_text(f"position {position:,}")
    for figure in ("server", "actor", "ladders", "feed", "process"):
        expect(chart.locator(f"[data-live={figure}]")).to_have_text(re.compile(r"\d"))


def test_a_flow_is_followed_by_its_button_and_the_arrow_keys(chart: Page) -> None:
    for flow in WAYS.values():
        chart.locator(f"[data-flow={flow.name}]").click()
        for number, step in enumerate(flow.steps):
            expect(chart.locator("#says")).to_have_text(step.says)
            expect(chart.locator("#count")).to_have_text(
                f"{flow.title} {number + 1}/{len(flow.steps)}"
            )
            assert set(lit(chart)) == set(step.parts) & set(BOXES)
            chart.keyboard.press("ArrowRight")
        expect(chart.locator("#next")).to_be_disabled()
    chart.keyboard.press("ArrowLeft")
    expect(chart.locator("#says")).to_have_text(flow.steps[-2].says)
    chart.keyboard.press("Escape")
    expect(chart.locator("#walk")).to_be_hidden()
    assert lit(chart) == []


def test_a_step_has_an_address(page: Page) -> None:
    page.goto("/architecture#order/6")
    expect(page.locator("#says")).to_have_text(WAYS["order"].steps[5].says)
    page.evaluate("location.hash = '#recovery/2'")
    expect(page.locator("#says")).to_have_text(WAYS["recovery"].steps[1].says)
    page.evaluate("location.hash = '#recovery/99'")
    expect(page.locator("#next")).to_be_disabled()
    page.locator("#leave").click()
    assert page.url.endswith("/architecture")


def test_a_box_says_what_it_is(chart: Page) -> None:
    actor = BOXES["actor"]
    box = chart.get_by_role("button", name=re.compile(f"^{actor.title}"))
    box.focus()
    chart.keyboard.press("Enter")
    expect(chart.locator("#part")).to_have_text(actor.title)
    expect(chart.locator("#part-says")).to_have_text(actor.says)
    expect(chart.locator("#part-facts")).to_contain_text("actors.symbol")
    expect(chart.locator("#part-now")).to_contain_text("commands/s")
    chart.locator("[data-part=orders]").click()
    expect(chart.locator("#part-facts")).to_contain_text("POST /orders/batch")


def test_the_chart_is_made_larger_and_fits_again(chart: Page) -> None:
    def wide() -> float:
        return float(
            chart.evaluate("document.querySelector('.chart').getBoundingClientRect().width")
        )

    before = wide()
    chart.locator("#larger").click()
    assert wide() == pytest.approx(1.25 * before)
    chart.locator("#fit").click()
    assert wide() == before


def test_an_exchange_that_is_gone_is_said_so(browser: Browser, venue: Venue) -> None:
    page = browser.new_page(base_url=venue.url)
    page.goto("/architecture")
    expect(page.locator("#link")).to_have_text("live")
    page.route("**/metrics", lambda route: route.abort())
    expect(page.locator("#link")).to_have_text("not connected")
    page.unroute("**/metrics")
    expect(page.locator("#link")).to_have_text("live")
    page.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious(chart: Page, scheme: str) -> None:
    chart.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    chart.locator("[data-part=feed]").click()
    assert violations(chart) == []


def test_a_phone_scrolls_the_chart_and_not_the_page(chart: Page) -> None:
    chart.set_viewport_size({"width": 360, "height": 740})
    assert chart.evaluate("document.documentElement.scrollWidth") == 360
    assert chart.evaluate("document.querySelector('#scroll').scrollWidth") > 360


@pytest.mark.parametrize("path", ["/docs", "/docs/streams", "/"])
def test_the_other_pages_lead_here(page: Page, path: str) -> None:
    page.goto(path)
    assert page.locator("a[href='/architecture']").count() == 1
