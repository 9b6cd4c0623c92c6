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


def rest_another(engine: Engine, order_id: int, terms: str) -> None:
    new = order(terms)
    engine.book.ladder(new.side).add(Order(order_id, new, new.quantity))


CASES: list[tuple[str, Damage]] = [
    ("levels are sorted, each price once", reverse_levels),
    ("best is the first level", lambda e: setattr(e.book.asks, "best", None)),
    ("best is the first level", lambda e: setattr(e.book.asks, "best", level(e, 102))),
    ("a level knows its key", lambda e: setattr(level(e, 102), "key", 103)),
    ("a level knows its key", lambda e: setattr(level(e, 102), "price", 103)),
    (
        "a level counts its orders and is never empty",
        lambda e: setattr(level(e, 101), "count", 2),
    ),
    (
        "a level's quantity is the sum of its orders",
        lambda e: setattr(level(e, 101), "quantity", 7),
    ),
    ("orders rest on their own side", lambda e: change_order(e, A, side=Side.BUY)),
    ("orders rest at their limit", lambda e: change_order(e, A, price=103)),
    ("resting orders are not armed", lambda e: change_order(e, A, armed=True)),
    (
        "ioc and fok orders never rest",
        lambda e: change_order(e, A, time_in_force=TimeInForce.IOC),
    ),
    ("the book is not crossed or locked", lambda e: rest_another(e, C, "buy 1 @ 101")),
    ("the book is not crossed or locked", lambda e: rest_another(e, C, "buy 1 @ 102")),
    ("the armed orders are counted", lambda e: setattr(e.book.triggers, "armed", 0)),
    (
        "released orders act within their command",
        lambda e: e.book.triggers.released.append(e.book.orders[S]),
    ),
    ("an order that waits is armed", lambda e: change_order(e, S, armed=False)),
    (
        "an armed order's condition does not hold yet",
        lambda e: setattr(e.book, "last_price", 90),
    ),
    ("an order stands in one place", lambda e: rest_another(e, S, "sell 6 @ 105")),
    ("the index holds all open orders", lambda e: e.book.orders.pop(A)),
    ("the index holds all open orders", lambda e: e.book.orders.update({7: e.book.orders[A]})),
    ("accounts count their orders", lambda e: e.book.open_by_account.update(alice=2)),
    ("accounts count their orders", lambda e: e.book.open_by_account.update(bob=0)),
    ("accounts count their orders", lambda e: e.book.open_by_account.clear()),
    ("all that expires is scheduled", lambda e: e.book.expiries.clear()),
    ("all that expires is scheduled", lambda e: e.book.expiries.add((900, A))),
    ("the next expiry is known", lambda e: setattr(e.book, "next_expiry_ns", None)),
    ("the next expiry is known", lambda e: setattr(e.book, "next_expiry_ns", 901)),
    ("what is due is gone", lambda e: setattr(e, "time_ns", 900)),
    ("an order id is a past sequence", lambda e: setattr(e, "sequence", 5)),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, S, -6)),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, A, -5)),
    ("0 < remaining <= quantity", lambda e: change_remaining(e, A, +1)),
    (
        "no quantity above its maximum",
        lambda e: setattr(e, "instrument", instrument(quantity_max=5)),
    ),
    ("price as the type says", lambda e: change_order(e, S, price=None)),
    ("only trigger orders are armed", lambda e: change_order(e, S, type=OrderType.LIMIT)),
    ("an armed order has no fills", lambda e: change_remaining(e, S, -1)),
]


@pytest.mark.parametrize(("rule", "damage"), CASES)
def test_a_broken_rule_is_named(rule: str, damage: Damage) -> None:
    engine = Market(BOOK).engine
    check(engine)
    damage(engine)
    with pytest.raises(InvariantError, match=f"^broken: {re.escape(rule)}; found "):
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
    assert stated == {rule for rule, _ in CASES}


def test_an_empty_engine_is_healthy() -> None:
    check(Engine(instrument()))
