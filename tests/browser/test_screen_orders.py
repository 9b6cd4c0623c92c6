"""Orders on the screen: placed from the ticket, seen in the book, filled, changed and canceled."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from trader import Trader
from venue import Venue

Arrive = Callable[..., Trader]


def test_a_limit_order_is_seen_in_the_book_and_by_others(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    alice, bob = trader(), trader()
    assert alice.place(price="99.5", quantity="2") == "Rests at 99.50."
    alice.wait_for_row(alice.show("open"), "Buy", "99.50", "0 / 2", "GTC", "Open")
    for person in (alice, bob):
        person.wait_until(person.book, venue.book(symbol))
    alice.wait_until(alice.own_prices, ["99.50"])
    assert bob.own_prices() == []


def test_two_people_trade(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice, bob = trader(), trader()
    alice.place(price="100", quantity="2")
    said = bob.place(side="sell", type="market", quantity="0.5")
    assert said == "Filled 0.5 of 0.5 at 100.000000 on average, fee 0.0125 USD."
    bob.wait_for_row(bob.show("fills"), "Sell", "100.00", "0.5000", "0.0125 USD", "Taker")
    alice.wait_for_row(alice.show("fills"), "Buy", "100.00", "\u22120.0050 USD", "Maker")
    alice.wait_for_row(alice.show("open"), "0.5 / 2", "Partly filled")
    alice.expect("#fills-live").to_contain_text(f"Bought 0.5 {symbol} at 100.00, maker")
    bob.expect("#fills-live").to_contain_text(f"Sold 0.5 {symbol} at 100.00, taker")
    for person in (alice, bob):
        person.expect("#last").to_have_text("100.00")
        expect(person.page.locator("#tape tr").first).to_contain_text("100.00, seller took0.5000")
        person.wait_until(person.book, venue.book(symbol))


def test_every_type_that_stays_is_placed_and_canceled(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    venue.place(symbol, "sell", "1", "100")
    venue.place(symbol, "buy", "1", None)
    alice = trader()
    for fields, said, *row in (
        ({"type": "limit", "price": "90"}, "Rests at 90.00.", "Limit", "90.00", "GTC", "Open"),
        ({"time_in_force": "gtd", "price": "91"}, "Rests at 91.00.", "Limit", "91.00", "GTD"),
        ({"type": "stop", "trigger_price": "120"}, "Waits for 120.00.", "Stop", "120.00", "IOC"),
        (
            {"type": "stop_limit", "trigger_price": "122", "price": "123", "time_in_force": "gtc"},
            *("Waits for 122.00.", "Stop limit", "123.00", "122.00", "GTC", "Waiting"),
        ),
        (
            {"type": "take_profit", "trigger_price": "80", "time_in_force": "fok"},
            *("Waits for 80.00.", "Take profit", "80.00", "FOK", "Waiting"),
        ),
        (
            {"type": "take_profit_limit", "trigger_price": "82", "price": "79"},
            *("Waits for 82.00.", "Profit limit", "79.00", "82.00", "GTC", "Waiting"),
        ),
    ):
        assert alice.place(**fields, quantity="2") == said
        alice.wait_for_row(alice.show("open"), "Buy", *row).get_by_text("Cancel").click()
        alice.wait_for_row(alice.show("history"), row[0], "Canceled · at your request")
        expect(alice.show("open")).to_have_count(0)


def test_every_way_to_take_says_what_came_of_it(trader: Arrive, venue: Venue, symbol: str) -> None:
    filled = "Filled 1 of 2 at 100.000000 on average, fee 0.025 USD."
    killed = "Canceled: fill or kill: the book could not fill it whole."
    alice = trader()
    for fields, said in (
        (
            {"type": "market"},
            f"{filled} The rest was canceled: the other side of the book was empty.",
        ),
        ({"type": "market", "time_in_force": "fok"}, killed),
        (
            {"type": "limit", "time_in_force": "ioc", "price": "100"},
            f"{filled} The rest was canceled: immediate or cancel: nothing more to take at its price.",
        ),
        ({"type": "limit", "time_in_force": "fok", "price": "100"}, killed),
        (
            {"type": "limit", "time_in_force": "gtc", "price": "101"},
            f"{filled} The rest rests at 101.00.",
        ),
    ):
        venue.send("DELETE", f"/orders?symbol={symbol}")
        venue.place(symbol, "sell", "1", "100")
        assert alice.place(**fields, quantity="2") == said


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "limit", "paid"),
    [
        ("buy", "stop", "101", None, "102"),
        ("buy", "stop_limit", "101", "103", "102"),
        ("sell", "take_profit", "101", None, "99"),
        ("sell", "take_profit_limit", "101", "98", "99"),
    ],
)
def test_what_waits_is_triggered_and_filled(
    trader: Arrive,
    venue: Venue,
    symbol: str,
    side: str,
    kind: str,
    trigger: str,
    limit: str | None,
    paid: str,
) -> None:
    venue.place(symbol, "buy", "5", "99")
    venue.place(symbol, "sell", "1", "100")
    venue.place(symbol, "buy", "1", None)
    alice = trader()
    limits = {} if limit is None else {"price": limit}
    assert (
        alice.place(side=side, type=kind, trigger_price=trigger, **limits, quantity="1")
        == f"Waits for {trigger}.00."
    )
    alice.wait_for_row(alice.show("open"), f"{trigger}.00", "Waiting for trigger")
    for price in ("101", "102"):
        venue.place(symbol, "sell", "1", price)
    venue.place(symbol, "buy", "1", None)
    alice.wait_for_row(alice.show("fills"), side.title(), f"{paid}.00", "Taker")
    alice.wait_for_row(alice.show("history"), "1 / 1", f"{paid}.0000", "Filled")


def test_an_edit_changes_price_and_quantity(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = trader()
    alice.place(price="99", quantity="2")
    alice.wait_for_row(alice.show("open"), "99.00").get_by_text("Edit").click()
    page = alice.page
    expect(page.locator("#edit-save")).to_be_disabled()
    page.fill("#e-quantity", "1")
    expect(page.locator("#edit-priority")).to_have_text("It keeps its place in the queue.")
    page.fill("#e-price", "98.005")
    expect(page.locator("#e-price-problem")).to_have_text(
        "price 98.005 is not a multiple of the tick size 0.01"
    )
    page.fill("#e-price", "98")
    expect(page.locator("#edit-priority")).to_contain_text("end of the queue")
    page.click("#edit-save")
    alice.wait_for_row(alice.show("open"), "98.00", "0 / 1")
    assert venue.book(symbol) == ([("98.00", "1.0000")], [])


def test_an_edit_that_is_refused_says_why_at_its_field(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    alice = trader()
    alice.place(price="99", quantity="2")
    alice.wait_for_row(alice.show("open"), "99.00").get_by_text("Edit").click()
    venue.place(symbol, "sell", "2", "99")
    alice.page.fill("#e-quantity", "1")
    alice.page.click("#edit-save")
    alice.expect("#edit-form [data-problem='']").to_contain_text("cannot change")


def test_cancel_all_asks_first(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = trader()
    venue.place(symbol, "buy", "1", "50")
    for price in ("90", "91", "92"):
        alice.place(price=price, quantity="1")
    expect(alice.show("open")).to_have_count(3)
    alice.page.click("#cancel-all")
    alice.expect("#confirm-title").to_have_text("Cancel 3 open orders?")
    alice.page.click("text=Keep them")
    assert len(venue.book(symbol)[0]) == 4
    alice.page.click("#cancel-all")
    alice.page.click("#confirm-yes")
    expect(alice.show("open")).to_have_count(0)
    assert venue.book(symbol)[0] == [("50.00", "1.0000")]


def test_the_ticket_says_what_the_exchange_would(trader: Arrive, venue: Venue, symbol: str) -> None:
    alice = trader()
    for price, quantity, field, problem in (
        ("1.005", "2", "price", "price 1.005 is not a multiple of the tick size 0.01"),
        ("10", "0.00005", "quantity", "quantity 0.00005 is not a multiple of the lot size 0.0001"),
        ("10", "0.0005", "quantity", "quantity 0.0005 is below the minimum 0.0010"),
        ("10", "1001", "quantity", "quantity 1001.0000 is above the maximum 1000.0000"),
        ("10", "0.01", "quantity", "price x quantity = 0.10 is below the minimum notional 1.00"),
        ("10001", "1", "price", "price 10001.00 is above the maximum 10000.00"),
    ):
        alice.fill(price=price, quantity=quantity)
        alice.expect(f"#ticket [data-problem='{field}']").to_have_text(problem)
        alice.page.click("#submit")
        order = {"symbol": symbol, "side": "buy", "type": "limit"}
        error = venue.refusal({**order, "price": price, "quantity": quantity})
        assert (error["message"], error["field"]) == (problem, field)
    assert venue.send("GET", f"/orders?symbol={symbol}")["orders"] == []


def test_the_ticket_names_what_is_missing(trader: Arrive) -> None:
    alice = trader()
    alice.page.click("#submit")
    alice.expect("#t-price-problem").to_have_text("price is required")
    alice.expect("#t-quantity-problem").to_have_text("quantity is required")
    alice.expect("#t-price").to_be_focused()


def test_a_refusal_of_the_exchange_stands_at_its_field(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    venue.place(symbol, "sell", "1", "100")
    alice = trader()
    alice.fill(price="100", quantity="1")
    alice.page.check("#t-post_only")
    alice.expect("#t-post_only-problem").to_have_text("would take at 100.00 now, and be refused")
    alice.page.click("#submit")
    alice.expect("#t-post_only-problem").to_have_text(
        "a post_only order at 100.00 would take from the other side"
    )
    alice.page.uncheck("#t-post_only")
    alice.expect("#t-post_only-problem").to_have_text("")


def test_the_band_is_named(trader: Arrive, venue: Venue) -> None:
    venue.place("T-USD", "sell", "1", "100")
    venue.place("T-USD", "buy", "1", "100")
    alice = trader(symbol="T-USD")
    alice.fill(price="106", quantity="1")
    warning = "price is outside 95.00 to 105.00, 500 basis points around the last trade"
    alice.expect("#t-price-problem").to_contain_text(warning)
    alice.page.click("#submit")
    alice.expect("#t-price-problem").to_have_text(
        "price 106.00 is more than 500 basis points away from the last trade"
    )


def test_the_plan_says_what_it_would_take_and_cost(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    venue.place(symbol, "sell", "1", "100")
    venue.place(symbol, "sell", "1", "101")
    alice = trader()
    alice.fill(price="101", quantity="3")
    plan = alice.page.locator("#plan")
    expect(plan).to_contain_text("Takes now2 S")
    expect(plan).to_contain_text("Average price100.500000")
    expect(plan).to_contain_text("Taker fee0.0502 USD")
    expect(plan).to_contain_text("Maker rebate when filled0.0101 USD")
    assert (
        alice.place()
        == "Filled 2 of 3 at 100.500000 on average, fee 0.05025 USD. The rest rests at 101.00."
    )


def test_a_click_on_a_price_puts_it_into_the_ticket(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    venue.place(symbol, "sell", "1", "101.25")
    alice = trader()
    alice.page.locator("#asks button", has_text="101.25").click()
    alice.expect("#t-price").to_have_value("101.25")
    alice.expect("#t-quantity").to_be_focused()
    alice.choose("type", "stop")
    alice.page.locator("#asks button", has_text="101.25").click()
    alice.expect("#t-trigger_price").to_have_value("101.25")
    alice.choose("type", "market")
    alice.page.locator("#asks button", has_text="101.25").click()
    alice.expect("input[name=type][value=limit]").to_be_checked()


def test_prices_are_grouped(trader: Arrive, venue: Venue, symbol: str) -> None:
    for price in ("100.01", "100.04", "100.06"):
        venue.place(symbol, "buy", "1", price)
    alice = trader()
    alice.place(price="99.97", quantity="1")
    alice.page.select_option("#grouping", label="0.05")
    expect(alice.page.locator("#bids tr").first).to_contain_text("100.05")
    rows = [("100.05", "1.0000"), ("100.00", "2.0000"), ("99.95", "1.0000")]
    alice.wait_until(lambda: alice.side("bids"), rows)
    alice.wait_until(alice.own_prices, ["99.95"])


def test_an_order_of_unknown_outcome_is_placed_once(
    trader: Arrive, venue: Venue, symbol: str
) -> None:
    alice = trader()
    lost = []

    def lose_the_answer(route) -> None:  # type: ignore[no-untyped-def]
        route.fetch()
        lost.append(route.request.post_data_json)
        route.abort()

    alice.page.route("**/orders", lose_the_answer)
    alice.fill(price="99", quantity="1")
    alice.page.click("#submit")
    alice.expect("#ticket-problem").to_contain_text("it will not be placed twice")
    alice.page.unroute("**/orders")
    assert alice.place() == "Rests at 99.00."
    assert venue.book(symbol)[0] == [("99.00", "1.0000")]


def test_another_account_has_other_orders(trader: Arrive, venue: Venue, symbol: str) -> None:
    venue.place(symbol, "buy", "1", "99", account="someone")
    alice = trader(is_fresh=True)
    alice.expect("#open-empty").to_have_text("No open orders.")
    alice.page.click(".account")
    alice.page.fill("#account", "")
    alice.expect("#account-error").to_contain_text("1 to 64")
    alice.page.fill("#account", "someone")
    alice.page.press("#account", "Enter")
    alice.wait_for_row(alice.show("open"), "99.00")
    alice.page.reload()
    alice.wait_for_row(alice.show("open"), "99.00")


def test_another_market_is_chosen(trader: Arrive, venue: Venue, symbol: str) -> None:
    venue.place(symbol, "buy", "1", "99")
    venue.place("S59-USD", "buy", "1", "55")
    alice = trader()
    alice.fill(price="1", quantity="1")
    alice.page.click("#market")
    alice.page.locator("#markets button", has_text="S59-USD").click()
    expect(alice.page.locator("#bids tr").first).to_contain_text("55.00")
    alice.wait_until(alice.book, venue.book("S59-USD"))
    alice.expect("#t-price").to_have_value("")
    alice.expect("#symbol").to_have_text("S59-USD")
