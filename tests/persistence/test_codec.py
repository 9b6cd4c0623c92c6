"""The lines of the journal: as they stand in format 1, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import instrument, order
from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    Sequenced,
)
from goquant.book.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.book.instrument import Instrument
from goquant.persistence.codec import Commanded, Ruled, decode, encode_commands, encode_rules
from strategies import Again, instruments, wishes

# Every kind of line. None of them may ever change, or what is on somebody's disk is lost.
LINES: list[tuple[Command, str]] = [
    (
        order("buy 1"),
        '["new","S",7,9,{"side":"buy","type":"market","quantity":1,"time_in_force":"ioc"}]',
    ),
    (order("sell 2 @ 3"), '["new","S",7,9,{"side":"sell","type":"limit","quantity":2,"price":3}]'),
    (
        NewOrder(
            Side.SELL,
            OrderType.TAKE_PROFIT_LIMIT,
            2**63 - 1,
            price=4,
            trigger_price=5,
            time_in_force=TimeInForce.GTD,
            expires_at_ns=6,
            post_only=True,
            self_trade_prevention=SelfTradePrevention.CANCEL_BOTH,
            account="a",
            client_order_id='"\n\\é€😀',
        ),
        (
            '["new","S",7,9,{"side":"sell","type":"take_profit_limit","quantity":9223372036854775807,'
            '"price":4,"trigger_price":5,"time_in_force":"gtd","expires_at_ns":6,"post_only":true,'
            '"self_trade_prevention":"cancel_both","account":"a",'
            '"client_order_id":"\\"\\n\\\\é€😀"}]'
        ),
    ),
    (CancelOrder(5), '["cancel","S",7,9,5]'),
    (ReplaceOrder(5, 6, None), '["replace","S",7,9,5,6,null]'),
    (ReplaceOrder(5, None, 8), '["replace","S",7,9,5,null,8]'),
    (MassCancel(), '["mass_cancel","S",7,9,null]'),
    (MassCancel("ann"), '["mass_cancel","S",7,9,"ann"]'),
    (ExpireOrders(), '["expire","S",7,9]'),
]
RULES = (
    '["rules",{"symbol":"ABC-USD","base":"ABC","quote":"USD","tick_size":"0.01","lot_size":"0.001",'
    '"quantity_min":1,"quantity_max":1000000000000000,"price_max":1000000000000000,'
    '"notional_min":0,"maker_fee_rate":-100,"taker_fee_rate":250,"price_band_bps":0,'
    '"open_orders_max":1000000,"account_open_orders_max":1000,"client_order_ids_max":100000}]'
)

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("command", "line"), LINES)
def test_the_line_of_a_command(command: Command, line: str) -> None:
    sequenced = Sequenced(7, 9, command)
    assert encode_commands("S", [sequenced]).decode() == line + "\n"
    assert decode(line.encode() + b"\n") == [Commanded("S", sequenced)]


def test_the_line_of_rules() -> None:
    assert encode_rules([instrument()]).decode() == RULES + "\n"
    assert decode(RULES.encode() + b"\n") == [Ruled(instrument())]


def test_every_word_of_the_vocabularies() -> None:
    assert list(Side) == ["buy", "sell"]
    assert list(OrderType) == [
        "market", "limit", "stop", "stop_limit", "take_profit", "take_profit_limit"
    ]  # fmt: skip
    assert list(TimeInForce) == ["gtc", "ioc", "fok", "gtd"]
    assert list(SelfTradePrevention) == ["cancel_taker", "cancel_maker", "cancel_both", "none"]


@given(st.lists(wishes().filter(lambda wish: not isinstance(wish, Again))), ANY_TEXT)
def test_commands_come_back(wished: list[Command], symbol: str) -> None:
    sequenced = [Sequenced(n, 2 * n, command) for n, command in enumerate(wished, 1)]
    lines = encode_commands(symbol, sequenced)
    assert lines.count(b"\n") == len(wished), "a line for each"
    assert decode(lines) == [Commanded(symbol, each) for each in sequenced]


@given(st.lists(instruments()))
def test_rules_come_back(rules: list[Instrument]) -> None:
    assert decode(encode_rules(rules)) == [Ruled(each) for each in rules]


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_comes_back(account: str, client_order_id: str) -> None:
    command = NewOrder(
        Side.BUY, OrderType.LIMIT, 1, price=1, account=account, client_order_id=client_order_id
    )
    lines = encode_commands("S", [Sequenced(1, 1, command)])
    assert decode(lines) == [Commanded("S", Sequenced(1, 1, command))]


@pytest.mark.parametrize(
    "lines",
    [
        b"nonsense",
        b'["unheard_of","S",1,1]',
        b'["cancel","S",1]',
        b'["cancel","S",1,1,"5"]',
        b'["cancel","S",1,1,5,7]',
        b'["expire","S",1,1,null]',
        b'["new","S",1,1,{"side":"up","type":"limit","quantity":1}]',
        b'["new","S",1,1,{"side":"buy","type":"limit"}]',
        b'["expire","\xff",1,1]',
        b'["rules",{"symbol":"S"}]',
        b"[]",
    ],
)
def test_other_lines_are_a_value_error(lines: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(lines + b"\n")
