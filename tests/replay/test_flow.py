"""Reading order flow and trades: what is taken, and what a bad line is told."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from goquant.book.enums import Side
from goquant.replay.flow import (
    ORDER_COLUMNS,
    TRADE_COLUMNS,
    Action,
    FlowError,
    OrderFlow,
    RealTrade,
    Row,
    read_trades,
)

GOOD = "7,1777689383201,1777689380521,78318.0,1e-05,created,bid"
GOOD_ROW = Row("7", 1777689383201, Decimal(78318), Decimal("0.00001"), Action.CREATED, Side.BUY)


def orders_file(folder: Path, *lines: str, header: str = ",".join(ORDER_COLUMNS)) -> Path:
    path = folder / "orders.csv"
    path.write_text("\n".join([header, *lines, ""]))
    return path


def trades_file(folder: Path, *lines: str) -> Path:
    path = folder / "trades.csv"
    path.write_text("\n".join([",".join(TRADE_COLUMNS), *lines, ""]))
    return path


def test_plain_and_compressed_files_are_read_alike(tmp_path: Path) -> None:
    plain = orders_file(tmp_path, GOOD, GOOD.replace("created,bid", "deleted,ask"))
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    rows = list(OrderFlow(plain))
    assert rows[0] == GOOD_ROW
    assert (rows[1].action, rows[1].side) == (Action.DELETED, Side.SELL)
    assert list(OrderFlow(packed)) == rows


def test_a_flow_says_how_far_it_is(tmp_path: Path) -> None:
    flow = OrderFlow(orders_file(tmp_path, GOOD))
    assert (flow.bytes_read, flow.bytes_total) == (0, flow.path.stat().st_size)
    list(flow)
    assert flow.bytes_read == flow.bytes_total


def test_a_file_without_rows_is_an_empty_flow(tmp_path: Path) -> None:
    assert list(OrderFlow(orders_file(tmp_path))) == []


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("id", "", "must be an id"),
        ("id", "x" * 37, "must be an id"),
        ("timestamp", "-1", "must be a whole number"),
        ("timestamp", "1_0", "must be a whole number"),
        ("timestamp", "\uff11", "must be a whole number"),
        ("price", "-1", "must be a number"),
        ("price", "nan", "must be a number"),
        ("price", "Infinity", "must be a number"),
        ("price", "1e1000000", "must be a number"),
        ("price", "1e05", "must be a number"),
        ("volume", "", "must be a number"),
        ("volume", ".5", "must be a number"),
        ("volume", "1234567890123", "must be a number"),
        ("action", "Created", "must be one of created, changed, deleted"),
        ("direction", "buy", "must be one of bid, ask"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_its_rule(
    tmp_path: Path, column: str, value: str, rule: str
) -> None:
    values = GOOD.split(",")
    values[ORDER_COLUMNS.index(column)] = value
    path = orders_file(tmp_path, GOOD, ",".join(values), GOOD)
    with pytest.raises(FlowError) as caught:
        list(OrderFlow(path))
    assert str(caught.value).startswith(f"{path}:3: {column} is {value!r}: {rule}")


def test_rows_before_a_bad_one_are_given_out(tmp_path: Path) -> None:
    rows = iter(OrderFlow(orders_file(tmp_path, GOOD, "bad")))
    assert next(rows) == GOOD_ROW
    with pytest.raises(FlowError, match=r"orders.csv:3: 1 values: must be 7$"):
        next(rows)


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    path = orders_file(tmp_path, GOOD.replace("created", "c" * 1000))
    with pytest.raises(FlowError) as caught:
        list(OrderFlow(path))
    assert len(str(caught.value)) < len(str(path)) + 200


@pytest.mark.parametrize("header", ["", "id,price", ",".join(reversed(ORDER_COLUMNS))])
def test_other_columns_are_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(FlowError, match=r"orders.csv:1: the columns must be id,timestamp,"):
        list(OrderFlow(orders_file(tmp_path, GOOD, header=header)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv.gz", b"no gzip at all"),
        ("orders.csv.gz", gzip.compress(b"x" * 1000)[:-20]),
        ("orders.csv", b"\xff\xfe\x00"),
        ("orders.csv", ",".join(ORDER_COLUMNS).encode() + b"\n" + b"x" * 200_000),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FlowError, match="cannot be read"):
        list(OrderFlow(path))


def test_trades_name_their_maker_and_their_taker(tmp_path: Path) -> None:
    path = trades_file(tmp_path, "1,5,4,100.5,0.2,b1,s1,buy", "2,5,4,100,1e-08,b2,s2,sell")
    assert read_trades(path) == [
        RealTrade(maker="s1", taker="b1", price=Decimal("100.5"), quantity=Decimal("0.2")),
        RealTrade(maker="b2", taker="s2", price=Decimal(100), quantity=Decimal("1E-8")),
    ]


def test_a_bad_trade_is_named(tmp_path: Path) -> None:
    path = trades_file(tmp_path, "1,5,4,100.5,0.2,b1,s1,bid")
    with pytest.raises(FlowError, match=r"trades.csv:2: side is 'bid': must be one of buy, sell"):
        read_trades(path)
