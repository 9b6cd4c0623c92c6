"""The benchmark's own parts: a figure is worth what the workload and the arithmetic are worth."""

import gc
import sys
from pathlib import Path

# bench/ is no part of the package and lies beside it, in the root of the checkout.
ROOT = str(Path(__file__).resolve().parents[1])
sys.path.append(ROOT)

import pytest
from bench.collector import POLICIES, watched
from bench.figures import Spread, percentile
from bench.filled_book import FilledBook
from bench.rivals.ours import OurAdapter
from bench.rivals.yardstick import YardstickAdapter
from bench.workload import CANCEL, LIMIT, MARKET, generate
from bench.workload_file import load, save

from goquant.book.invariants import check

sys.path.remove(ROOT)


def test_a_workload_is_the_same_every_time() -> None:
    assert generate(2_000).digest() == "955c3cef5ce77d00"
    assert generate(2_000, seed=43).digest() != generate(2_000).digest()


def test_a_workload_is_the_mix_that_it_claims() -> None:
    workload = generate(20_000)
    shares = [workload.mix.kinds[kind] / 20_000 for kind in (LIMIT, MARKET, CANCEL)]
    assert shares == pytest.approx([0.70, 0.05, 0.25], abs=0.01)


def test_a_workload_survives_its_file(tmp_path: Path) -> None:
    workload = generate(500)
    save(workload, tmp_path / "workload")
    assert load(tmp_path / "workload") == workload


@pytest.mark.parametrize("adapter", [OurAdapter, YardstickAdapter])
def test_engines_trade_what_the_model_says(
    adapter: type[OurAdapter] | type[YardstickAdapter],
) -> None:
    workload = generate(20_000)
    engine = adapter()
    assert engine.tally(engine.prepare(workload.commands)) == workload.tally


def test_an_operation_leaves_a_filled_book_as_large_as_it_was() -> None:
    book = FilledBook(2_000, 20)
    for operation in (book.add_and_cancel, book.cancel_any, book.cross):
        assert operation() > 0
        assert len(book.engine.book.orders) == 2_000
    check(book.engine)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.999, 100), (1.0, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected


def test_a_percentile_of_one_sample_is_that_sample() -> None:
    assert [percentile([7], share) for share in (0.0, 0.5, 1.0)] == [7, 7, 7]


def test_a_spread_needs_no_order() -> None:
    assert Spread.of([3, 1, 2]) == Spread(p50=2, p99=3, p999=3, maximum=3)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_collector_is_left_as_it_was(policy: str) -> None:
    before = gc.get_threshold(), len(gc.callbacks)
    with watched(policy) as pauses:
        gc.collect()
    assert pauses.count == 1
    assert (gc.get_threshold(), len(gc.callbacks)) == before
    assert gc.get_freeze_count() == 0
