"""The arithmetic of the report."""

from decimal import Decimal

import pytest

from goquant.replay.flow import Action, RealTrade
from goquant.replay.report import Comparison, compare, show
from goquant.replay.tally import Batch, Kind, Tally, percentile
from goquant.replay.venue import VenueTrade


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [
        (1, 50.0, 1),
        (2, 50.0, 1),
        (3, 50.0, 2),
        (100, 99.0, 99),
        (101, 99.0, 100),
        (999, 99.9, 999),
        (1000, 99.9, 999),
        (1001, 99.9, 1000),
        (10, 0.0, 1),
        (10, 100.0, 10),
    ],
)
def test_percentiles_are_nearest_ranks(count: int, percent: float, rank: int) -> None:
    assert percentile(range(1, count + 1), percent) == rank


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_a_command_has_the_latency_of_its_batch() -> None:
    tally = Tally(batches=[Batch(commands=2, seconds=0.5), Batch(commands=1, seconds=0.25)])
    assert tally.batch_seconds() == [0.25, 0.5]
    assert tally.command_seconds() == [0.25, 0.5, 0.5]


def test_no_time_gives_no_rate() -> None:
    assert Tally().commands_per_second == 0


def trade(maker: str, taker: str, price: str = "100", quantity: str = "1") -> VenueTrade:
    return VenueTrade(1, maker, taker, Decimal(price), Decimal(quantity))


def real(maker: str, taker: str, price: str = "100.0", quantity: str = "1.00") -> RealTrade:
    return RealTrade(maker, taker, Decimal(price), Decimal(quantity))


@pytest.mark.parametrize(
    ("ours", "exact"),
    [
        ([trade("x1", "x2")], 1),
        ([trade("x1", "x2"), trade("x1", "x2")], 1),
        ([trade("x2", "x1")], 0),
        ([trade("x1", "x2", price="100.01")], 0),
        ([trade("x1", "x2", quantity="0.5"), trade("x1", "x2", quantity="0.5")], 0),
        ([trade("x1", "somebody-else")], 0),
        ([], 0),
    ],
)
def test_a_trade_is_exact_in_all_four(ours: list[VenueTrade], exact: int) -> None:
    found = compare(ours, {"x1": "a", "x2": "b"}, [real("a", "b"), real("c", "d")])
    assert found == Comparison(exact=exact, real=2)


def test_equal_real_trades_are_found_one_by_one() -> None:
    twice = [real("a", "b"), real("a", "b")]
    ids = {"x1": "a", "x2": "b"}
    assert compare([trade("x1", "x2")], ids, twice).exact == 1
    assert compare([trade("x1", "x2")] * 2, ids, twice).exact == 2


def test_the_report_says_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(trades=4, batches=[Batch(1500, 0.012)], seconds=3.0, cpu_seconds=1.25)
    tally.rows[Action.CREATED] = tally.sent[Kind.ORDER] = 1500
    tally.done[Kind.ORDER] = 1493
    tally.refused[Kind.ORDER, "[busy]"] = 7
    tally.left_out[Action.CHANGED, "not open here"] = 2
    show(tally, Comparison(exact=221, real=284))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in (
        "orders 1,500 1,500 1,493 7",
        "trades 4",
        "order [busy] 7",
        "changed not open here 2",
        "batch 1 12.000 12.000 12.000 12.000 12.000",
        "command 1,500 12.000 12.000 12.000 12.000 12.000",
        "1,500 commands in 3.00 s with reading the file: 500 commands/s",
        "CPU time of this process meanwhile: 1.25 s",
        "real trades reproduced exactly: 221 of 284",
    ):
        assert line in lines
