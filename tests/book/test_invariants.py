"""Each rule of `check`, broken by hand on a healthy engine: check names it."""

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from builders import Market, instrument, order
from goquant.book import invariants
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, Side, TimeInForce
from goquant.book.instrument import INTEGER_MAX
from goquant.book.invariants import InvariantError, check
from goquant.book.level import PriceLevel
from goquant.book.order import Order

BOOK = """
                           | 102 | a 4
                           | 101 | b 1, c 2, d 3
    e 5 by alice gtd 900   | 100 |
    armed s: sell 6 stop 90 @ 90
"""
A, B, C, D, E, S = range(1, 7)

Damage = Callable[[Engine], object]


def level(engine: Engine, price: int) -> PriceLevel:
    return engine.book.asks.levels[price]


def change_order(engine: Engine, order_id: int, **values: Any) -> None:
    """Set some fields of an open order, or of its terms."""
    target = engine.book.orders[order_id]
    for name, value in values.items():
        if name in Order.__struct_fields__:
            setattr(target, name, value)
        else:
            target.terms = replace(target.terms, **{name: value})


def reverse_levels(engine: Engine) -> None:
    levels: Any = engine.book.asks.levels
    levels._list._lists[0].reverse()


def change_remaining(engine: Engine, order_id: int, lots: int) -> None:
    target = engine.book.orders[order_id]
    target.remaining += lots
    if not target.armed:
        level(engine, target.terms.price or 0).quantity += lots


def empty_level(engine: Engine) -> None:
    """Open a level whose only order leaves it, though the level stays."""
    gone = order("sell 1 @ 103")
    engine.book.asks.add(Order(A, gone, gone.quantity))
    level(engine, 103).remove(level(engine, 103).queue[0])


def open_order_zero(engine: Engine) -> None:
    terms = order("sell 1 @ 105")
    engine.book.open(Order(0, terms, terms.quantity))


def rest_another(engine: Engine, order_id: int, terms: str) -> None:
    new = order(terms)
    engine.book.ladder(new.side).add(Order(order_id, new, new.quantity))


# The rule, how it is broken, and some of what the message shows about it.
CASES: list[tuple[str, Damage, str]] = [
    ("levels are sorted, each price once", reverse_levels, "[102, 101]"),
    ("best is the first level", lambda e: setattr(e.book.asks, "best", None), "None"),
    ("best is the first level", lambda e: setattr(e.book.asks, "best", level(e, 102)), "level 102"),
    ("a level knows its key", lambda e: setattr(level(e, 102), "key", 103), "level 102"),
    ("a level knows its key", lambda e: setattr(level(e, 102), "price", 103), "level 103"),
    (
        "a level counts its orders and is never empty",
        lambda e: setattr(level(e, 101), "count", 2),
        "level 101: 6 in 2 orders",
    ),
    ("a level counts its orders and is never empty", empty_level, "level 103: 0 in 0 orders"),
    (
        "a level's quantity is the sum of its orders",
        lambda e: setattr(level(e, 101), "quantity", 7),
        "level 101: 7 in 3 orders",
    ),
    ("orders rest on their own side", lambda e: change_order(e, A, side=Side.BUY), "order_id=1"),
    ("orders rest at their limit", lambda e: change_order(e, A, price=103), "order_id=1"),
    ("resting orders are not armed", lambda e: change_order(e, A, armed=True), "order_id=1"),
    (
        "ioc and fok orders never rest",
        lambda e: change_order(e, A, time_in_force=TimeInForce.IOC),
        "order_id=1",
    ),
    (
        "the book is not crossed or locked",
        lambda e: rest_another(e, C, "buy 1 @ 101"),
        "(101, 101)",
    ),
    (
        "the book is not crossed or locked",
        lambda e: rest_another(e, C, "buy 1 @ 102"),
        "(102, 101)",
    ),
    ("the armed orders are counted", lambda e: setattr(e.book.triggers, "armed", 0), "0"),
    (
        "released orders act within their command",
        lambda e: e.book.triggers.released.append(e.book.orders[S]),
        "order_id=6",
    ),
    ("an order that waits is armed", lambda e: change_order(e, S, armed=False), "order_id=6"),
    (
        "an armed order's condition does not hold yet",
        lambda e: setattr(e.book, "last_price", 90),
        "order_id=6",
    ),
    ("an order stands in one place", lambda e: rest_another(e, S, "sell 6 @ 105"), "6"),
    ("the index holds all open orders", lambda e: e.book.orders.pop(A), "[2, 3, 4, 5, 6]"),
    (
        "the index holds all open orders",
        lambda e: e.book.orders.update({7: e.book.orders[A]}),
        "[1, 2, 3, 4, 5, 6, 7]",
    ),
    (
        "accounts know their orders",
        lambda e: e.book.by_account["alice"].update({A: e.book.orders[B]}),
        "alice",
    ),
    ("accounts know their orders", lambda e: e.book.by_account.update(bob={}), "bob"),
    ("accounts know their orders", lambda e: e.book.by_account.clear(), "[]"),
    ("all that expires is scheduled", lambda e: e.book.expiries.clear(), "[]"),
    ("all that expires is scheduled", lambda e: e.book.expiries.add((900, A)), "(900, 1)"),
    ("the next expiry is known", lambda e: setattr(e.book, "next_expiry_ns", None), "(900, 5)"),
    ("the next expiry is known", lambda e: setattr(e.book, "next_expiry_ns", 901), "(900, 5)"),
    ("what is due is gone", lambda e: setattr(e, "time_ns", 900), "5"),
    ("an order id is a past sequence", lambda e: setattr(e, "sequence", 5), "order_id=6"),
    ("an order id is a past sequence", open_order_zero, "order_id=0"),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, S, -6), "remaining=0"),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, A, -5), "remaining=-1"),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, A, +1), "remaining=5"),
    (
        "a notional fits into 64 bits",
        lambda e: change_order(e, S, quantity=INTEGER_MAX // 90 + 1),
        "order_id=6",
    ),
    (
        "a notional fits into 64 bits",
        lambda e: change_order(e, S, price=None, quantity=INTEGER_MAX + 1),
        "order_id=6",
    ),
    ("price as the type says", lambda e: change_order(e, S, price=None), "order_id=6"),
    (
        "only trigger orders are armed",
        lambda e: change_order(e, S, type=OrderType.LIMIT),
        "order_id=6",
    ),
    ("an armed order has no fills", lambda e: change_remaining(e, S, -1), "order_id=6"),
]


@pytest.mark.parametrize(("rule", "damage", "shown"), CASES)
def test_a_broken_rule_is_named_and_what_breaks_it_shown(
    rule: str, damage: Damage, shown: str
) -> None:
    engine = Market(BOOK).engine
    check(engine)
    damage(engine)
    message = f"^broken: {re.escape(rule)}; found .*{re.escape(shown)}"
    with pytest.raises(InvariantError, match=message):
        check(engine)


def test_every_rule_of_check_has_a_case_here() -> None:
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(invariants))))
    stated = {
        rule.value
        for call in calls
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_must"
        for rule in call.args[1:2]
        if isinstance(rule, ast.Constant)
    }
    assert stated == {rule for rule, _, _ in CASES}


def test_an_empty_engine_is_healthy() -> None:
    check(Engine(instrument()))
