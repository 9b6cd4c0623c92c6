"""A second engine, written from docs/matching.md alone: obviously right, not fast.

It shares no code with the package and imports nothing of it. Commands and events are plain
tuples, terms are plain dicts, the book is one list that is searched from its start, and each
method says one sentence of the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Terms = dict[str, Any]
Command = tuple[Any, ...]
Event = tuple[Any, ...]

NOTIONAL_MAX = 2**63 - 1


@dataclass(eq=False)
class Order:
    """An open order. Two orders are never equal, so that lists find the very one."""

    order_id: int
    terms: Terms
    remaining: int


class Reference:
    """One book under the rules of an instrument, given as a dict of its fields."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.rules = rules
        self.resting: list[Order] = []  # in the order of coming to rest
        self.armed: list[Order] = []  # in the order of being armed
        self.line: list[Order] = []  # released, first in first out
        self.remembered: list[tuple[int, Terms]] = []  # the longest remembered first
        self.last_price: int | None = None
        self.last_trade_id = 0
        self.sequence = 0
        self.time_ns = 0
        self.events: list[Event] = []

    def apply(self, sequence: int, time_ns: int, command: Command) -> list[Event]:
        """Do what `("NewOrder", terms)`, `("CancelOrder", order_id)` and so on ask for."""
        self.sequence, self.time_ns, self.events = sequence, time_ns, []
        self._expire()
        name, *arguments = command
        handlers: dict[str, Callable[..., None]] = {
            "NewOrder": self._new_order,
            "CancelOrder": self._cancel_order,
            "ReplaceOrder": self._replace_order,
            "MassCancel": self._mass_cancel,
            "ExpireOrders": lambda: None,
        }
        handlers[name](*arguments)
        while self.line:
            self._act(self.line.pop(0))
        return self.events

    # What can be seen of the book.

    def open_orders(self) -> list[Order]:
        """Resting and armed orders, lowest order id first."""
        return sorted(self.resting + self.armed, key=lambda order: order.order_id)

    def queue(self, side: str) -> list[Order]:
        """The resting orders of one side in the order of matching."""
        sign = -1 if side == "buy" else 1
        own = [order for order in self.resting if order.terms["side"] == side]
        return sorted(own, key=lambda order: sign * order.terms["price"])  # a stable sort

    def releasable(self, price: int | None = None) -> list[Order]:
        """The armed orders that a trade at a price releases (all without one), in that order."""
        met = [order for order in self.armed if price is None or is_met(order.terms, price)]
        rises = [order for order in met if waits_for_rise(order.terms)]
        falls = [order for order in met if not waits_for_rise(order.terms)]
        rises.sort(key=lambda order: int(order.terms["trigger_price"]))
        falls.sort(key=lambda order: -int(order.terms["trigger_price"]))
        return rises + falls

    # Commands.

    def _expire(self) -> None:
        due = [order for order in self.open_orders() if self._is_due(order.terms)]
        for order in sorted(due, key=lambda order: order.terms["expires_at_ns"]):
            self._cancel(order, "expired")

    def _new_order(self, terms: Terms) -> None:
        known = self._remembered_as(terms)
        if known is not None and known[1] == terms:
            self.events.append(("OrderRepeated", known[0]))
            return
        if known is not None:
            self._reject("client_order_id_reused", known[0])
            return
        reason = self._new_order_refusal(terms)
        if reason is not None:
            self._reject(reason)
            return
        self.events.append(("OrderAccepted", self.sequence, terms))
        self._remember(terms)
        order = Order(self.sequence, terms, terms["quantity"])
        if not self._acts_now(terms):
            self.armed.append(order)
            return
        if terms["trigger_price"] is not None:
            self.events.append(("OrderTriggered", order.order_id))
        self._execute(order)

    def _cancel_order(self, order_id: int) -> None:
        order = self._find(order_id)
        if order is None:
            self._reject("unknown_order", order_id)
            return
        self._cancel(order, "requested")

    def _mass_cancel(self, account: str | None) -> None:
        for order in self.open_orders():
            if account is None or order.terms["account"] == account:
                self._cancel(order, "requested")

    def _replace_order(self, order_id: int, price: int | None, quantity: int | None) -> None:
        order = self._find(order_id)
        if order is None:
            self._reject("unknown_order", order_id)
            return
        before, after = order.terms, dict(order.terms)
        after["price"] = before["price"] if price is None else price
        after["quantity"] = before["quantity"] if quantity is None else quantity
        filled = before["quantity"] - order.remaining
        keeps = after["price"] == before["price"] and after["quantity"] <= before["quantity"]
        reason = self._replace_refusal(order, after, filled, keeps)
        if reason is not None:
            self._reject(reason, order_id)
            return
        self.events.append(("OrderReplaced", order_id, before, after, keeps))
        order.terms = after
        order.remaining = after["quantity"] - filled
        if keeps:
            return
        was_armed = order in self.armed
        self._take_off(order)
        if was_armed:
            self.armed.append(order)
        else:
            self._execute(order)

    def _act(self, order: Order) -> None:
        self.events.append(("OrderTriggered", order.order_id))
        reason = self._acting_refusal(order.terms)
        if reason is None:
            self._execute(order)
        else:
            self._cancel(order, reason)

    # Is it taken?

    def _new_order_refusal(self, terms: Terms) -> str | None:
        reason = self._limits_refusal(terms)
        if reason is None and self._is_due(terms):
            reason = "already_expired"
        may_stay = terms["time_in_force"] in ("gtc", "gtd") or terms["trigger_price"] is not None
        if reason is None and may_stay:
            reason = self._room_refusal(terms["account"])
        if reason is None and self._acts_now(terms):
            reason = self._acting_refusal(terms)
        return reason

    def _replace_refusal(self, order: Order, after: Terms, filled: int, keeps: bool) -> str | None:
        if order.terms["price"] is None and after["price"] is not None:
            return "price_not_allowed"
        if after["quantity"] <= filled:
            return "quantity_filled"
        reason = self._limits_refusal(after)
        if reason is None and order in self.resting and not keeps:
            reason = self._acting_refusal(after)
        return reason

    def _is_due(self, terms: Terms) -> bool:
        return terms["expires_at_ns"] is not None and terms["expires_at_ns"] <= self.time_ns

    def _limits_refusal(self, terms: Terms) -> str | None:
        """Rules 2 to 4."""
        quantity, price, trigger = terms["quantity"], terms["price"], terms["trigger_price"]
        if quantity < self.rules["quantity_min"]:
            return "quantity_too_small"
        if quantity > self.rules["quantity_max"]:
            return "quantity_too_large"
        if price is not None and price > self.rules["price_max"]:
            return "price_too_large"
        if trigger is not None and trigger > self.rules["price_max"]:
            return "trigger_price_too_large"
        if price is not None and price * quantity < self.rules["notional_min"]:
            return "notional_too_small"
        if price is not None and price * quantity > NOTIONAL_MAX:
            return "notional_too_large"
        return None

    def _room_refusal(self, account: str | None) -> str | None:
        """Rule 6."""
        owners = [order.terms["account"] for order in self.open_orders()]
        if account is not None and owners.count(account) >= self.rules["account_open_orders_max"]:
            return "too_many_open_orders"
        if len(owners) >= self.rules["open_orders_max"]:
            return "book_full"
        return None

    def _acting_refusal(self, terms: Terms) -> str | None:
        """Rule 7."""
        if terms["price"] is None:
            return None
        band = self._band()
        if band is not None and not band[0] <= terms["price"] <= band[1]:
            return "price_band"
        others = self.queue(other(terms["side"]))
        if terms["post_only"] and others and reaches(terms, terms["price"], others[0]):
            return "post_only_would_take"
        return None

    def _band(self) -> tuple[Fraction, Fraction] | None:
        if self.rules["price_band_bps"] == 0 or self.last_price is None:
            return None
        width = Fraction(self.last_price * self.rules["price_band_bps"], 10_000)
        return self.last_price - width, self.last_price + width

    def _acts_now(self, terms: Terms) -> bool:
        if terms["trigger_price"] is None:
            return True
        return self.last_price is not None and is_met(terms, self.last_price)

    # Client order ids.

    def _remembered_as(self, terms: Terms) -> tuple[int, Terms] | None:
        for order_id, body in self.remembered:
            same_account = body["account"] == terms["account"]
            if same_account and body["client_order_id"] == terms["client_order_id"]:
                return order_id, body
        return None

    def _remember(self, terms: Terms) -> None:
        if terms["client_order_id"] is None:
            return
        self.remembered.append((self.sequence, terms))
        too_many = len(self.remembered) - self.rules["client_order_ids_max"]
        for _ in range(min(too_many, 2)):
            longest = self.remembered.pop(0)
            if self._find(longest[0]) is not None:
                self.remembered.append(longest)

    # Execution.

    def _execute(self, order: Order) -> None:
        bound = self._bound(order.terms)
        if order.terms["time_in_force"] == "fok" and not self._would_fill(order, bound):
            self._cancel(order, "fok_not_fillable")
            return
        while order.remaining > 0:
            others = self.queue(other(order.terms["side"]))
            if not others or not reaches(order.terms, bound, others[0]):
                break
            maker = others[0]
            policy = order.terms["self_trade_prevention"]
            if policy == "none" or not same_owner(order, maker):
                self._trade(order, maker)
                continue
            if policy in ("cancel_maker", "cancel_both"):
                self._cancel(maker, "self_trade")
            if policy in ("cancel_taker", "cancel_both"):
                self._cancel(order, "self_trade")
                return
        if order.remaining > 0:
            self._settle_rest(order)

    def _bound(self, terms: Terms) -> int | Fraction | None:
        if terms["price"] is not None:
            return int(terms["price"])
        band = self._band()
        if band is None:
            return None
        return band[1] if terms["side"] == "buy" else band[0]

    def _would_fill(self, order: Order, bound: int | Fraction | None) -> bool:
        offered = 0
        for maker in self.queue(other(order.terms["side"])):
            if offered >= order.remaining or not reaches(order.terms, bound, maker):
                break
            policy = order.terms["self_trade_prevention"]
            if policy == "none" or not same_owner(order, maker):
                offered += maker.remaining
            elif policy != "cancel_maker":
                return False
        return offered >= order.remaining

    def _trade(self, taker: Order, maker: Order) -> None:
        quantity, price = min(taker.remaining, maker.remaining), maker.terms["price"]
        rates = (self.rules["maker_fee_rate"], self.rules["taker_fee_rate"])
        maker.remaining -= quantity
        taker.remaining -= quantity
        if maker.remaining == 0:
            self._take_off(maker)
        self.last_trade_id += 1
        self.last_price = price
        fees = [fee(price * quantity, rate) for rate in rates]
        ids = (maker.order_id, taker.order_id)
        trade = (self.last_trade_id, price, quantity, taker.terms["side"], *ids, *fees)
        self.events.append(("Trade", *trade))
        for released in self.releasable(price):
            self.armed.remove(released)
            self.line.append(released)

    def _settle_rest(self, order: Order) -> None:
        if order.terms["time_in_force"] in ("gtc", "gtd"):
            self.resting.append(order)
        elif order.terms["price"] is not None:
            self._cancel(order, "ioc_remainder")
        elif self.queue(other(order.terms["side"])):
            self._cancel(order, "price_band")
        else:
            self._cancel(order, "no_liquidity")

    def _find(self, order_id: int) -> Order | None:
        return next((order for order in self.open_orders() if order.order_id == order_id), None)

    def _take_off(self, order: Order) -> None:
        self.resting = [open_order for open_order in self.resting if open_order is not order]
        self.armed = [open_order for open_order in self.armed if open_order is not order]

    def _reject(self, reason: str, order_id: int | None = None) -> None:
        self.events.append(("OrderRejected", reason, order_id))

    def _cancel(self, order: Order, reason: str) -> None:
        """End an order, which is resting, armed, or in neither list while it acts."""
        self._take_off(order)
        terms = order.terms
        what = (order.order_id, terms["side"], terms["price"], order.remaining, reason)
        self.events.append(("OrderCanceled", *what))


def other(side: str) -> str:
    """The side that an order of this side trades with."""
    return "sell" if side == "buy" else "buy"


def reaches(terms: Terms, bound: int | Fraction | None, maker: Order) -> bool:
    """Whether the maker's price is within the bound of an order with these terms."""
    if bound is None:
        return True
    price = maker.terms["price"]
    return bool(price <= bound if terms["side"] == "buy" else price >= bound)


def same_owner(one: Order, another: Order) -> bool:
    """Whether both name the same account. An order without one is nobody's own."""
    return one.terms["account"] is not None and one.terms["account"] == another.terms["account"]


def waits_for_rise(terms: Terms) -> bool:
    """Stop buys and take-profit sells wait for a rise, the others for a fall."""
    return bool(terms["type"].startswith("stop") == (terms["side"] == "buy"))


def is_met(terms: Terms, last_price: int) -> bool:
    """Whether a last trade at this price meets the trigger condition."""
    trigger = terms["trigger_price"]
    return bool(last_price >= trigger if waits_for_rise(terms) else last_price <= trigger)


def fee(notional: int, rate: int) -> int:
    """What a side pays, in millionths, by way of the quote currency itself."""
    millionths = notional * Fraction(rate, 10**6) / Fraction(1, 10**6)
    assert millionths.denominator == 1
    return millionths.numerator
