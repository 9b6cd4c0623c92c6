"""Who uses the screen and how: by keys alone, on a phone, with a screen reader, with bad intentions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from seen import violations
from trader import Trader
from venue import Venue

Arrive = Callable[..., Trader]

EVIL = "<img src=x onerror=alert(1)>"

PARTS = ("chart", "book", "tape", "ticket", "orders")


def busy(trader: Arrive, venue: Venue, symbol: str, **options: object) -> Trader:
    """Somebody with a market, open orders, past ones and fills."""
    for at in range(1, 9):
        venue.place(symbol, "sell", f"{at}", f"{100 + at}")
        venue.place(symbol, "buy", f"{at}", f"{100 - at}")
    alice = trader(**options)
    alice.page.evaluate("document.querySelector('[data-to=ticket]').click()")
    alice.place(type="market", quantity="1.5")
    alice.place(type="stop", trigger_price="120", quantity="1")
    alice.place(type="limit", price="98", quantity="2")
    return alice


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious(trader: Arrive, venue: Venue, symbol: str, scheme: str) -> None:
    alice = busy(trader, venue, symbol)
    page = alice.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert violations(page) == []
    alice.fill(type="take_profit_limit", trigger_price="x", price="1.001", quantity="0")
    alice.show("history")
    page.click("#tab-depth")
    assert violations(page) == []
    alice.show("fills")
    for opened, selector in (
        ("#market", "#markets"),
        ("#link", "#link-details"),
        (".account", "#account-panel"),
    ):
        page.click(opened)
        alice.expect(selector).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    alice.expect("#help").to_be_visible()
    assert violations(page) == []


def test_everything_is_done_by_keys(trader: Arrive, venue: Venue, symbol: str) -> None:
    venue.place(symbol, "buy", "1", "90")
    alice = trader()
    press, write = alice.page.keyboard.press, alice.page.keyboard.type
    for key in ("s", "1", "p"):
        press(key)
    write("101")
    press("ArrowUp")
    press("Shift+ArrowUp")
    press("Tab")
    write("2")
    press("Enter")
    alice.expect("#result").to_have_text("Rests at 101.11.")
    press("Escape")
    press("e")
    press("Tab")
    write("3")
    press("Enter")
    alice.expect("#edit").to_be_hidden()
    alice.wait_for_row(alice.page.locator("#open-rows tr"), "Sell", "101.11", "0 / 3")
    press("c")
    alice.expect("#open-empty").to_have_text("No open orders.")
    press("b")
    press("q")
    press("Enter")
    alice.expect("#result").to_have_text("Rests at 101.11.")
    press("Escape")
    press("x")
    alice.expect("#confirm").to_be_visible()
    press("Tab")
    press("Enter")
    alice.expect("#open-empty").to_have_text("No open orders.")
    assert venue.book(symbol) == ([("90.00", "1.0000")], [])


def test_shortcuts_choose_types_and_leave_fields_alone(trader: Arrive) -> None:
    alice = trader(is_fresh=True)
    press = alice.page.keyboard.press
    kinds = ("limit", "market", "stop", "stop_limit", "take_profit", "take_profit_limit")
    for key, kind in enumerate(kinds, 1):
        press(str(key))
        alice.expect(f"input[name=type][value={kind}]").to_be_checked()
    press("t")
    alice.page.keyboard.type("bs12?")
    alice.expect("#t-trigger_price").to_have_value("bs12?")
    alice.expect("input[name=type][value=take_profit_limit]").to_be_checked()
    press("Escape")
    press("?")
    alice.expect("#help").to_be_visible()
    alice.page.uncheck("#keys-on")
    press("Escape")
    press("1")
    alice.expect("input[name=type][value=take_profit_limit]").to_be_checked()


def test_the_book_is_walked_by_arrows(trader: Arrive, venue: Venue, symbol: str) -> None:
    for price in ("90", "91"):
        venue.place(symbol, "buy", "1", price)
    venue.place(symbol, "sell", "1", "95")
    alice = trader()
    page = alice.page
    page.locator("#grouping").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".price", has_text="91.00")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".price", has_text="95.00")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    alice.expect("#t-price").to_have_value("90.00")


def test_markets_and_tabs_are_walked_by_arrows(trader: Arrive) -> None:
    alice = trader(symbol="S57-USD")
    press = alice.page.keyboard.press
    press("m")
    # It is seen a moment before it has the focus.
    alice.expect("#markets-rows button[aria-current=true]").to_be_focused()
    press("ArrowDown")
    press("Enter")
    alice.expect("#symbol").to_have_text("S58-USD")
    alice.page.locator("#tab-open").focus()
    press("ArrowRight")
    alice.expect("#history").to_be_visible()
    alice.expect("#tab-history").to_be_focused()
    press("d")
    alice.expect("#depth").to_be_visible()


def test_it_fits_a_phone(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = busy(trader, venue, symbol, width=360, height=740, touch=True)
    page = alice.page
    for part in PARTS:
        page.click(f"[data-to={part}]")
        for other in PARTS:
            panel = page.locator(f".{other}.panel")
            expect(panel).to_be_visible() if other == part else expect(panel).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert violations(page) == []
    page.click("[data-to=book]")
    page.locator("#bids button").first.tap()
    alice.expect("#ticket-panel").to_be_visible()
    alice.expect("#submit").to_be_in_viewport()
    page.fill("#t-quantity", "1")
    page.tap("#submit")
    alice.expect("#result").to_contain_text("Rests at")
    page.click("[data-to=orders]")
    row = alice.wait_for_row(page.locator("#open-rows tr"), "Waiting for trigger")
    row.get_by_text("Cancel").tap()
    alice.wait_for_row(alice.show("history"), "Stop", "at your request")


def test_names_stay_text(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = trader(is_fresh=True)
    alice.page.on("dialog", lambda dialog: alice.complaints.append("a script of a name has run"))
    alice.page.click(".account")
    alice.page.fill("#account", EVIL)
    alice.page.press("#account", "Enter")
    alice.page.click("#more summary")
    alice.place(price="90", quantity="1", client_order_id=EVIL)
    alice.fill(price="91", quantity="1", client_order_id=EVIL)
    alice.page.click("#submit")
    alice.expect("#t-client_order_id-problem").to_contain_text(EVIL)
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("c")
    alice.wait_for_row(alice.show("history"), EVIL)
    venue.place(symbol, "buy", "1", "80", account=EVIL, client_order_id=f"2{EVIL}")
    venue.place(symbol, "sell", "1", None)
    alice.expect("#fills-live").to_contain_text("Bought 1")
    assert alice.page.locator("img").count() == 0


def test_a_symbol_stays_text(browser: Browser, venue: Venue, symbol: str) -> None:
    alice = Trader(browser, venue.url, EVIL)
    alice.page.on("dialog", lambda dialog: alice.complaints.append("a script of a name has run"))
    rules = venue.send("GET", "/symbols")["symbols"][0]
    evil = rules | {"symbol": EVIL, "base": EVIL, "quote": EVIL}
    alice.page.route("**/symbols", lambda route: route.fulfill(json={"symbols": [evil]}))
    alice.page.goto(venue.url)
    alice.expect("#symbol").to_have_text(EVIL)
    alice.page.click("#market")
    alice.expect("#markets-rows").to_contain_text(EVIL)
    assert alice.page.locator("img").count() == 0
    alice.leave()
    alice.check()


def test_nothing_inline_runs(trader: Arrive) -> None:
    alice = trader()
    refused = alice.page.evaluate(
        """() => {
        const attempts = [
            () => {
                const script = document.createElement('script');
                script.textContent = "document.title = 'broken'";
                document.body.append(script);
            },
            () => {
                const link = document.createElement('a');
                link.setAttribute('onclick', "document.title = 'broken'");
                document.body.append(link);
                link.click();
            },
            () => { document.body.innerHTML = '<img src=x onerror="document.title = 1">'; },
        ];
        return attempts.map((attempt) => {
            try { attempt(); return ''; } catch (error) { return String(error); }
        });
        }"""
    )
    assert "broken" not in alice.page.title()
    # What is made of text is refused where it is made; an attribute of text may be, or does nothing.
    assert "TrustedScript" in refused[0]
    assert "TrustedHTML" in refused[2]
    assert alice.complaints, "the browser says so on its console"
    assert all(
        "Content Security Policy" in each or "requires 'Trusted" in each
        for each in alice.complaints
    ), alice.complaints
    alice.complaints.clear()


def test_themes_follow_each_other_and_are_kept(trader: Arrive) -> None:
    alice = trader(is_fresh=True)
    page = alice.page
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.keyboard.press("n")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    alice.wait_for_book()
    assert page.evaluate(ground) == dark
    page.keyboard.press("n")
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    page.keyboard.press("n")
    assert page.evaluate(ground) == dark


def test_fills_and_errors_are_all_that_is_announced(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    alice = busy(trader, venue, symbol)
    live = "[...document.querySelectorAll('[aria-live], [role=alert], [role=status], [role=log]')]"
    found = alice.page.evaluate(f"() => {live}.map((region) => region.id)")
    assert found == ["banner", "fills-live", "errors-live"]
    alice.expect("#fills-live").to_contain_text("Bought 1.5")


def test_whoever_wants_no_motion_sees_none(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = busy(trader, venue, symbol)
    assert alice.page.evaluate("document.getAnimations().length") == 0
    moving = """() => [...document.querySelectorAll('*')].filter((each) =>
        getComputedStyle(each).animationName !== 'none').length"""
    assert alice.page.evaluate(moving) == 0
