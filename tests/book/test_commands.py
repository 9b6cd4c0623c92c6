"""The shape of commands: what an order must name, and what it must not."""

import gc
from typing import Any

import pytest
from msgspec.structs import replace

from builders import order
from goquant.book.commands import NewOrder, problem_with
from goquant.book.enums import (
    LIMIT_TYPES,
    TRIGGER_TYPES,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

WELL_FORMED = [
    "buy 1 @ 100",
    "sell 1 @ 100 gtc post_only",
    "buy 1 @ 100 gtd 500",
    "buy 1 @ 100 gtd 500 post_only by alice id x cancel_both",
    "buy 1 @ 1 ioc",
    "buy 1 @ 100 fok",
    "buy 1 market",
    "sell 1 market fok",
    "buy 1 stop 1",
    "buy 1 stop 100 fok",
    "buy 1 stop 100 @ 101",
    "buy 1 stop 100 @ 101 ioc",
    "buy 1 stop 100 @ 101 gtd 500 post_only",
    "sell 1 take_profit 100",
    "sell 1 take_profit 100 @ 99 post_only",
]
MORE_THAN_ZERO = "must be more than zero"
WITH_GTD = "is required with time_in_force gtd, and only then allowed"
MAY_REST = "is only for limit orders that may rest (gtc or gtd)"


@pytest.mark.parametrize("terms", WELL_FORMED)
def test_a_well_formed_order_has_no_problem(terms: str) -> None:
    assert problem_with(order(terms)) is None


@pytest.mark.parametrize(
    ("terms", "change", "field", "rule"),
    [
        ("buy 1 @ 100", {"quantity": 0}, "quantity", MORE_THAN_ZERO),
        ("buy 1 market", {"quantity": -1}, "quantity", MORE_THAN_ZERO),
        ("buy 1 @ 100", {"price": None}, "price", "is required for limit orders"),
        ("buy 1 stop 9 @ 9", {"price": None}, "price", "is required for stop_limit orders"),
        (
            "buy 1 take_profit 9 @ 9",
            {"price": None},
            "price",
            "is required for take_profit_limit orders",
        ),
        ("buy 1 market", {"price": 1}, "price", "is not allowed for market orders"),
        ("buy 1 market", {"price": 0}, "price", "is not allowed for market orders"),
        ("buy 1 stop 9", {"price": 1}, "price", "is not allowed for stop orders"),
        ("buy 1 take_profit 9", {"price": 1}, "price", "is not allowed for take_profit orders"),
        ("buy 1 @ 100", {"price": 0}, "price", MORE_THAN_ZERO),
        ("buy 1 stop 9 @ 100", {"price": -1}, "price", MORE_THAN_ZERO),
        ("buy 1 @ 9", {"trigger_price": 9}, "trigger_price", "is not allowed for limit orders"),
        ("buy 1 market", {"trigger_price": 9}, "trigger_price", "is not allowed for market orders"),
        *(
            (terms, {"trigger_price": None}, "trigger_price", f"is required for {kind} orders")
            for terms, kind in [
                ("buy 1 stop 9", "stop"),
                ("buy 1 stop 9 @ 9", "stop_limit"),
                ("buy 1 take_profit 9", "take_profit"),
                ("buy 1 take_profit 9 @ 9", "take_profit_limit"),
            ]
        ),
        ("buy 1 stop 9", {"trigger_price": 0}, "trigger_price", MORE_THAN_ZERO),
        ("buy 1 take_profit 9 @ 9", {"trigger_price": -1}, "trigger_price", MORE_THAN_ZERO),
        *(
            (terms, change, "time_in_force", f"must be ioc or fok for {kind} orders")
            for terms, kind in [
                ("buy 1 market", "market"),
                ("buy 1 stop 9", "stop"),
                ("buy 1 take_profit 9", "take_profit"),
            ]
            for change in (
                {"time_in_force": TimeInForce.GTC},
                {"time_in_force": TimeInForce.GTD, "expires_at_ns": 500},
            )
        ),
        ("buy 1 @ 9", {"time_in_force": TimeInForce.GTD}, "expires_at", WITH_GTD),
        ("buy 1 @ 9", {"expires_at_ns": 500}, "expires_at", WITH_GTD),
        ("buy 1 @ 9 ioc", {"expires_at_ns": 500}, "expires_at", WITH_GTD),
        ("buy 1 market", {"expires_at_ns": 500}, "expires_at", WITH_GTD),
        ("buy 1 @ 9 ioc", {"post_only": True}, "post_only", MAY_REST),
        ("buy 1 @ 9 fok", {"post_only": True}, "post_only", MAY_REST),
        ("buy 1 market", {"post_only": True}, "post_only", MAY_REST),
        ("buy 1 stop 9", {"post_only": True}, "post_only", MAY_REST),
        ("buy 1 stop 9 @ 9 ioc", {"post_only": True}, "post_only", MAY_REST),
    ],
)
def test_the_first_broken_rule_of_shape_is_named(
    terms: str, change: dict[str, Any], field: str, rule: str
) -> None:
    assert problem_with(replace(order(terms), **change)) == (field, rule)


def test_of_several_problems_the_first_is_named() -> None:
    bad = NewOrder(Side.BUY, OrderType.LIMIT, 0, None, 9, TimeInForce.GTD, post_only=True)
    assert problem_with(bad) == ("quantity", MORE_THAN_ZERO)
    assert problem_with(replace(bad, quantity=1)) == ("price", "is required for limit orders")


def test_an_order_says_no_more_than_it_must() -> None:
    bare = NewOrder(Side.BUY, OrderType.LIMIT, 1, 100)
    assert bare == order("buy 1 @ 100 gtc cancel_taker")
    assert bare.self_trade_prevention is SelfTradePrevention.CANCEL_TAKER


def test_commands_cannot_be_changed_and_are_not_tracked_by_the_garbage_collector() -> None:
    command: Any = order("buy 1 @ 100")
    with pytest.raises(AttributeError):
        command.price = 101
    assert not gc.is_tracked(command)


def test_orders_have_limits_triggers_both_or_neither() -> None:
    kinds = {kind: (kind in LIMIT_TYPES, kind in TRIGGER_TYPES) for kind in OrderType}
    assert kinds == {
        OrderType.MARKET: (False, False),
        OrderType.LIMIT: (True, False),
        OrderType.STOP: (False, True),
        OrderType.STOP_LIMIT: (True, True),
        OrderType.TAKE_PROFIT: (False, True),
        OrderType.TAKE_PROFIT_LIMIT: (True, True),
    }


def test_an_order_is_open_until_it_is_filled_canceled_or_expired() -> None:
    assert [status.value for status in OrderStatus if status.is_open] == [
        *("armed", "new", "partially_filled")
    ]
    assert [status.value for status in OrderStatus if not status.is_open] == [
        *("filled", "canceled", "expired")
    ]
