"""The shape of every request, and the command that it becomes."""

import json
import time
from collections.abc import Callable

import pytest

from api import INSTRUMENTS, START, START_NS, order
from goquant.book.commands import CancelOrder, NewOrder, ReplaceOrder
from goquant.book.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.web.errors import ApiError
from goquant.web.requests import BatchRequest, OrderRequest
from goquant.web.shapes import decode_object, structure
from goquant.web.wire import Wire

WIRE = Wire(INSTRUMENTS)

# Limit buy of 1 at 100 with one thing changed, and the error that this has to be.
REFUSED: dict[str, tuple[dict[str, object], str, str | None]] = {
    "no-symbol": ({"symbol": None}, "malformed", "symbol"),
    "no-side": ({"side": None}, "malformed", "side"),
    "no-type": ({"type": None}, "malformed", "type"),
    "no-quantity": ({"quantity": None}, "malformed", "quantity"),
    "no-price": ({"price": None}, "malformed", "price"),
    "symbol-is-number": ({"symbol": 1}, "malformed", "symbol"),
    "symbol-is-list": ({"symbol": ["BTC-USD"]}, "malformed", "symbol"),
    "symbol-unknown": ({"symbol": "XRP-USD"}, "unknown_symbol", "symbol"),
    "symbol-lower-case": ({"symbol": "btc-usd"}, "unknown_symbol", "symbol"),
    "symbol-empty": ({"symbol": ""}, "unknown_symbol", "symbol"),
    "symbol-long": ({"symbol": "B" * 10_000}, "unknown_symbol", "symbol"),
    "side-upper-case": ({"side": "BUY"}, "malformed", "side"),
    "side-is-bool": ({"side": True}, "malformed", "side"),
    "side-is-object": ({"side": {}}, "malformed", "side"),
    "type-unknown": ({"type": "iceberg"}, "malformed", "type"),
    "quantity-zero": ({"quantity": "0"}, "malformed", "quantity"),
    "quantity-zero-number": ({"quantity": 0}, "malformed", "quantity"),
    "quantity-negative": ({"quantity": "-1"}, "malformed", "quantity"),
    "quantity-negative-number": ({"quantity": -1}, "malformed", "quantity"),
    "quantity-bool": ({"quantity": True}, "malformed", "quantity"),
    "quantity-list": ({"quantity": [1]}, "malformed", "quantity"),
    "quantity-empty": ({"quantity": ""}, "malformed", "quantity"),
    "quantity-off-lot": ({"quantity": "1.000000001"}, "invalid_quantity", "quantity"),
    "quantity-13-decimals": ({"quantity": "1.0000000000000"}, "malformed", "quantity"),
    "price-zero": ({"price": "0.00"}, "malformed", "price"),
    "price-off-tick": ({"price": "100.005"}, "invalid_price", "price"),
    "price-below-tick": ({"price": "0.001"}, "invalid_price", "price"),
    "price-nan": ({"price": "NaN"}, "malformed", "price"),
    "price-infinity": ({"price": "Infinity"}, "malformed", "price"),
    "price-exponent": ({"price": "1e2"}, "malformed", "price"),
    "price-huge-exponent": ({"price": "1e1000000"}, "malformed", "price"),
    "price-underscore": ({"price": "1_000"}, "malformed", "price"),
    "price-comma": ({"price": "1,000"}, "malformed", "price"),
    "price-plus": ({"price": "+1"}, "malformed", "price"),
    "price-space": ({"price": " 1"}, "malformed", "price"),
    "price-newline": ({"price": "1\n"}, "malformed", "price"),
    "price-leading-zero": ({"price": "01"}, "malformed", "price"),
    "price-no-whole": ({"price": ".5"}, "malformed", "price"),
    "price-no-fraction": ({"price": "1."}, "malformed", "price"),
    "price-hex": ({"price": "0x10"}, "malformed", "price"),
    "price-full-width": ({"price": "\uff11\uff10\uff10"}, "malformed", "price"),
    "price-arabic": ({"price": "\u0661\u0660\u0660"}, "malformed", "price"),
    "price-superscript": ({"price": "10²"}, "malformed", "price"),
    "price-16-digits": ({"price": "1" * 16}, "malformed", "price"),
    "price-huge": ({"price": "9" * 60_000}, "malformed", "price"),
    "price-huge-number": ({"price": 10**15}, "malformed", "price"),
    "price-of-market": ({"type": "market"}, "malformed", "price"),
    "trigger-of-limit": ({"trigger_price": "90"}, "malformed", "trigger_price"),
    "trigger-zero": ({"type": "stop_limit", "trigger_price": "0"}, "malformed", "trigger_price"),
    "trigger-missing": ({"type": "stop_limit"}, "malformed", "trigger_price"),
    "trigger-off-tick": (
        {"type": "stop_limit", "trigger_price": "90.001"},
        "invalid_price",
        "trigger_price",
    ),
    "tif-unknown": ({"time_in_force": "day"}, "malformed", "time_in_force"),
    "tif-of-market": (
        {"type": "market", "price": None, "time_in_force": "gtc"},
        "malformed",
        "time_in_force",
    ),
    "tif-of-ioc": ({"type": "ioc", "time_in_force": "gtc"}, "malformed", "time_in_force"),
    "tif-of-fok": ({"type": "fok", "time_in_force": "ioc"}, "malformed", "time_in_force"),
    "gtd-without-time": ({"time_in_force": "gtd"}, "malformed", "expires_at"),
    "time-without-gtd": ({"expires_at": START}, "malformed", "expires_at"),
    "time-is-number": ({"time_in_force": "gtd", "expires_at": 1}, "malformed", "expires_at"),
    "post-only-is-number": ({"post_only": 1}, "malformed", "post_only"),
    "post-only-is-text": ({"post_only": "false"}, "malformed", "post_only"),
    "post-only-ioc": ({"type": "ioc", "post_only": True}, "malformed", "post_only"),
    "stp-unknown": ({"self_trade_prevention": "yes"}, "malformed", "self_trade_prevention"),
    "account-empty": ({"account": ""}, "malformed", "account"),
    "account-long": ({"account": "a" * 65}, "malformed", "account"),
    "account-newline": ({"account": "a\nb"}, "malformed", "account"),
    "account-not-ascii": ({"account": "zoë"}, "malformed", "account"),
    "account-is-number": ({"account": 7}, "malformed", "account"),
    "client-id-empty": ({"client_order_id": ""}, "malformed", "client_order_id"),
    "client-id-long": ({"client_order_id": "x" * 37}, "malformed", "client_order_id"),
    "client-id-zero-byte": ({"client_order_id": "\0"}, "malformed", "client_order_id"),
    "unknown-field": ({"prize": "100"}, "malformed", "prize"),
    "unknown-field-long": ({"x" * 1000: 1}, "malformed", "x" * 64),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_order_with_one_thing_wrong_is_refused_and_the_thing_is_named(name: str) -> None:
    changes, code, field = REFUSED[name]
    with pytest.raises(ApiError) as raised:
        WIRE.place(order(**changes))
    assert (raised.value.code, raised.value.field) == (code, field)
    assert len(raised.value.message) < 200


def test_an_order_becomes_a_command_in_ticks_and_lots() -> None:
    body = order(
        type="stop_limit",
        trigger_price="99.99",
        price=100,
        quantity="0.00000002",
        time_in_force="gtd",
        expires_at="2026-05-02T10:00:01.5Z",
        post_only=True,
        self_trade_prevention="cancel_both",
        account="<img src=x onerror=alert(1)>",
        client_order_id=" ~" * 18,
    )
    ask = WIRE.place(body)
    assert ask.symbol == "BTC-USD"
    assert ask.command == NewOrder(
        side=Side.BUY,
        type=OrderType.STOP_LIMIT,
        quantity=2,
        price=10_000,
        trigger_price=9_999,
        time_in_force=TimeInForce.GTD,
        expires_at_ns=START_NS + 1_500_000_000,
        post_only=True,
        self_trade_prevention=SelfTradePrevention.CANCEL_BOTH,
        account="<img src=x onerror=alert(1)>",
        client_order_id=" ~" * 18,
    )


@pytest.mark.parametrize(
    ("changes", "order_type", "time_in_force"),
    [
        ({"type": "limit"}, OrderType.LIMIT, TimeInForce.GTC),
        ({"type": "ioc"}, OrderType.LIMIT, TimeInForce.IOC),
        ({"type": "fok", "time_in_force": "fok"}, OrderType.LIMIT, TimeInForce.FOK),
        ({"type": "limit", "time_in_force": "fok"}, OrderType.LIMIT, TimeInForce.FOK),
        ({"type": "market", "price": None}, OrderType.MARKET, TimeInForce.IOC),
        ({"type": "stop", "price": None, "trigger_price": 9}, OrderType.STOP, TimeInForce.IOC),
        (
            {"type": "take_profit", "price": None, "trigger_price": 9},
            OrderType.TAKE_PROFIT,
            TimeInForce.IOC,
        ),
        ({"type": "stop_limit", "trigger_price": 9}, OrderType.STOP_LIMIT, TimeInForce.GTC),
        (
            {"type": "take_profit_limit", "trigger_price": 9},
            OrderType.TAKE_PROFIT_LIMIT,
            TimeInForce.GTC,
        ),
    ],
)
def test_the_time_in_force_has_a_default_by_type(
    changes: dict[str, object], order_type: OrderType, time_in_force: TimeInForce
) -> None:
    command = WIRE.place(order(**changes)).command
    assert isinstance(command, NewOrder)
    assert (command.type, command.time_in_force) == (order_type, time_in_force)


def test_a_null_is_as_good_as_nothing_where_nothing_is_allowed() -> None:
    body = order() | {"trigger_price": None, "account": None, "time_in_force": None}
    assert WIRE.place(body) == WIRE.place(order())


@pytest.mark.parametrize("number", ["100", "100.0", "100.00", "100.000000000000"])
def test_a_json_number_is_read_as_it_is_written(number: str) -> None:
    body = json.dumps(order(price="here")).replace('"here"', number)
    assert WIRE.place(decode_object(body.encode())) == WIRE.place(order())


def test_a_json_number_is_no_text() -> None:
    fields = decode_object(
        b'{"symbol":"BTC-USD","side":"buy","type":"limit","quantity":1,"account":1.5}'
    )
    with pytest.raises(ApiError, match="account must be"):
        structure(OrderRequest, fields)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" ", id="blank"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"x"', id="text"),
        pytest.param(b"1", id="number"),
        pytest.param(b"{", id="half"),
        pytest.param(b"{}{}", id="two"),
        pytest.param(b"{'a':1}", id="single-quotes"),
        pytest.param(b'{"a":1,}', id="trailing-comma"),
        pytest.param(b'{"a":NaN}', id="nan"),
        pytest.param(b'{"a":Infinity}', id="infinity"),
        pytest.param(b'{"a":-Infinity}', id="minus-infinity"),
        pytest.param(b'{"a":1_000}', id="underscore"),
        pytest.param(b'{"a":01}', id="leading-zero"),
        pytest.param(b'{"a":' + b"9" * 60_000 + b"}", id="endless-number"),
        pytest.param(b'{"a":"\xff"}', id="not-utf8"),
        pytest.param(b'{"a":"\\ud800"}', id="lone-surrogate"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte-order-mark"),
        pytest.param("{}".encode("utf-16"), id="utf-16"),
        pytest.param(b'{"a":"\n"}', id="newline-in-text"),
        pytest.param(b"[" * 60_000, id="deep-lists"),
        pytest.param(b'{"a":' * 10_000, id="deep-objects"),
    ],
)
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(ApiError) as raised:
        decode_object(body)
    assert raised.value.code == "malformed"
    assert len(raised.value.message) < 200


def test_of_a_field_that_is_there_twice_the_last_one_counts() -> None:
    assert decode_object(b'{"a":1,"a":2}') == {"a": 2}


def test_an_entry_of_a_batch_names_its_operation() -> None:
    assert WIRE.operation(order()) == WIRE.operation(order(op="place")) == WIRE.place(order())
    assert WIRE.operation({"op": "cancel", "order_id": "ETH-USD-7"}).command == CancelOrder(7)
    replace = WIRE.operation({"op": "replace", "order_id": "BTC-USD-7", "price": "1"})
    assert replace.command == ReplaceOrder(7, 100, None)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        "place",
        [],
        {},
        {"op": "cancel"},
        {"op": "cancel", "order_id": 7},
        {"op": "cancel", "order_id": "BTC-USD-7", "price": 1},
        {"op": "replace", "order_id": "BTC-USD-7"},
        {"op": "replace", "price": "1"},
        {"op": "replace", "order_id": "BTC-USD-7", "quantity": "0"},
        {"op": "Place"},
        {"op": None},
        {"op": ["place"]},
    ],
)
def test_an_entry_of_a_batch_that_is_no_operation_is_malformed(entry: object) -> None:
    with pytest.raises(ApiError) as raised:
        WIRE.operation(entry)
    assert raised.value.code == "malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "BTC-USD",
        "BTC-USD-",
        "-7",
        "BTC-USD-0",
        "BTC-USD-07",
        "BTC-USD--7",
        "BTC-USD-7 ",
        "BTC-USD-7\n",
        "BTC-USD-\uff17",
        "BTC-USD-" + "9" * 5_000,
        "XRP-USD-7",
    ],
)
def test_an_order_id_that_no_order_can_have_is_not_found(text: str) -> None:
    with pytest.raises(ApiError) as raised:
        WIRE.cancel(text)
    assert raised.value.code == "order_not_found"


def refuse_body(body: bytes) -> None:
    structure(OrderRequest, decode_object(body))


def refuse_batch(body: bytes) -> None:
    for entry in structure(BatchRequest, decode_object(body)).orders:
        with pytest.raises(ApiError):
            WIRE.operation(entry)
    raise ApiError("not_found")


@pytest.mark.parametrize(
    ("refuse", "body"),
    [
        pytest.param(refuse_body, b"[" * 65_536, id="deep-lists"),
        pytest.param(refuse_body, b'{"a":' * 13_000, id="deep-objects"),
        pytest.param(refuse_body, b'{"price":' + b"9" * 65_000 + b"}", id="endless-number"),
        pytest.param(refuse_body, b'{"price":1.' + b"9" * 65_000 + b"}", id="endless-fraction"),
        pytest.param(refuse_body, b'{"price":"' + b"9" * 65_000 + b'"}', id="endless-text"),
        pytest.param(
            refuse_body,
            json.dumps({str(number): 1 for number in range(6_500)}).encode(),
            id="many-fields",
        ),
        pytest.param(
            refuse_batch,
            json.dumps(
                {"orders": [order(side=1, type=2, quantity="x", x="y" * 99)] * 100}
            ).encode(),
            id="bad-batch",
        ),
    ],
)
def test_a_malformed_body_costs_less_than_10_ms(
    refuse: Callable[[bytes], None], body: bytes
) -> None:
    costs = []
    for _ in range(5):
        start = time.thread_time()
        with pytest.raises(ApiError):
            refuse(body)
        costs.append(time.thread_time() - start)
    assert min(costs) < 0.010
