"""The history says what the journal says, whatever happens to the one who writes it."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import instrument, order
from goquant.book.instrument import INTEGER_MAX
from goquant.book.records import FILLS_MAX
from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_candles import SECOND_NS
from goquant.persistence.history_errors import HistoryFailed
from histories import (
    SYMBOLS,
    compare,
    dump_of,
    exchange_in,
    moment_of,
    stretched,
    traded_in,
    written,
)
from small_exchange import listing, wishes_of

# So far apart are two commands: all in one candle, a few to a minute, a few to a day.
PACES = (1, 7 * SECOND_NS, 5_000 * SECOND_NS)


DAY_NS = 86_400 * SECOND_NS


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder for each example; pytest makes one for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(PACES), st.sampled_from((1, 3, 2_000)))
def test_it_holds_everything_once_however_often_its_writer_is_killed(
    seed: int, pace: int, records_max: int
) -> None:
    random = Random(seed)
    asked = stretched(wishes_of(random, SYMBOLS, 60), pace)
    with temporary() as folder:
        exchange = exchange_in(folder)

        def report(position: int) -> None:
            """After a write is as good as before the next one."""
            if random.random() < 0.1:
                raise Killed

        def new_writer() -> HistoryWriter:
            return HistoryWriter(RealDisk(folder), report=report, records_max=records_max)

        writer = new_writer()
        while asked:
            size = random.choice((1, 1, 2, 4))
            batch, asked = asked[:size], asked[size:]
            exchange.commit(*batch)
            if random.random() < 0.2:
                exchange.take_snapshot(random.choice(SYMBOLS))
            if random.random() < 0.3:
                exchange.mark()
            if random.random() < 0.3:
                try:
                    assert writer.advance(exchange.acknowledged) == exchange.acknowledged
                    compare(folder, exchange)
                except Killed:
                    writer.close()
                    writer = new_writer()
        writer.close()
        written(folder, exchange.acknowledged)
        compare(folder, exchange)


def test_it_follows_an_exchange_through_other_rules_and_symbols(tmp_path: Path) -> None:
    exchange = traded_in(tmp_path, 40)
    written(tmp_path, exchange.acknowledged)
    everything = listing([*SYMBOLS, "NEW-USD"], maker_fee_rate=7)
    for day, listed in enumerate((listing(["NEW-USD"]), everything), 1):
        exchange = exchange_in(tmp_path, listed)
        for terms in ("buy 2 @ 100", "sell 1 @ 100 ioc"):
            exchange.commit(("NEW-USD", day * DAY_NS, order(terms)))
        written(tmp_path, exchange.acknowledged)
        compare(tmp_path, exchange)
    with moment_of(tmp_path) as moment:
        assert set(moment.progress().symbols) == {*SYMBOLS, "NEW-USD"}


def test_it_never_holds_what_is_not_committed_yet(tmp_path: Path) -> None:
    exchange = exchange_in(tmp_path)
    exchange.commit(("ABC-USD", 1, order("buy 2 @ 100")))
    committed = exchange.acknowledged
    exchange.commit(("ABC-USD", 2, order("sell 2 @ 100")))
    written(tmp_path, committed)
    with moment_of(tmp_path) as moment:
        assert moment.progress().position == committed
        assert moment.trades("ABC-USD", 10) == []
        assert len(moment.orders("ABC-USD", limit=10)) == 1


def test_a_frame_that_grows_while_it_is_read_is_no_harm(tmp_path: Path) -> None:
    exchange = exchange_in(tmp_path)
    exchange.commit(("ABC-USD", 1, order("buy 2 @ 100")))
    path = tmp_path / exchange.journal.path
    before = path.stat().st_size
    with closing(HistoryWriter(RealDisk(tmp_path))) as writer:
        committed = exchange.acknowledged
        exchange.commit(("ABC-USD", 2, order("sell 2 @ 100")))
        whole = path.read_bytes()
        for length in range(before, len(whole), 7):
            path.write_bytes(whole[:length])
            writer.advance(committed)
        path.write_bytes(whole)
        writer.advance(exchange.acknowledged)
    compare(tmp_path, exchange)


def test_numbers_beyond_64_bits_are_exact(tmp_path: Path) -> None:
    price, quantity = 10**15, 9_000
    rules = {"price_max": price, "quantity_max": 10**6, "taker_fee_rate": 250}
    exchange = exchange_in(tmp_path, [instrument(**rules)])
    for time_ns in range(3):
        exchange.commit(("ABC-USD", time_ns, order(f"sell {quantity} @ {price}")))
    exchange.commit(("ABC-USD", 4, order(f"buy {4 * quantity}")))
    written(tmp_path, exchange.acknowledged)
    compare(tmp_path, exchange)
    with moment_of(tmp_path) as moment:
        (bought, *_) = moment.orders("ABC-USD", limit=1)
        assert (bought.notional, bought.fee) == (3 * price * quantity, 750 * price * quantity)
        fees = [bought.fills[-1].fee, moment.trades("ABC-USD", 1)[0].trade.taker_fee]
        assert min(bought.notional, bought.fee, *fees) > INTEGER_MAX
        (candle,) = moment.candles("ABC-USD", 60, 10)
        assert candle.notional == 3 * price * quantity


def test_only_the_newest_fills_of_an_order_are_shown(tmp_path: Path) -> None:
    exchange = exchange_in(tmp_path)
    count = FILLS_MAX + 3
    exchange.commit(("ABC-USD", 1, order(f"buy {count + 9} @ 100")))
    exchange.commit(*[("ABC-USD", 2, order("sell 1 @ 100"))] * count)
    written(tmp_path, exchange.acknowledged)
    compare(tmp_path, exchange)
    with moment_of(tmp_path) as moment:
        record = moment.order("ABC-USD", 1)
    assert record is not None
    assert record.filled == count
    assert [fill.trade_id for fill in record.fills] == list(range(4, count + 1))


def test_an_order_that_both_took_and_was_taken_from(tmp_path: Path) -> None:
    exchange = exchange_in(tmp_path)
    for time_ns, terms in enumerate(("sell 1 @ 100", "buy 3 @ 100", "sell 1 @ 100")):
        exchange.commit(("ABC-USD", time_ns, order(terms)))
    written(tmp_path, exchange.acknowledged)
    compare(tmp_path, exchange)
    with moment_of(tmp_path) as moment:
        record = moment.order("ABC-USD", 2)
    assert record is not None
    assert [fill.is_maker for fill in record.fills] == [False, True]


def test_a_journal_that_is_shorter_than_what_was_told_fails(tmp_path: Path) -> None:
    exchange = traded_in(tmp_path, 10)
    with (
        closing(HistoryWriter(RealDisk(tmp_path))) as writer,
        pytest.raises(HistoryFailed, match=r"the journal ends at 12, and not at 13"),
    ):
        writer.advance(exchange.acknowledged + 1)
    before = dump_of(tmp_path)
    written(tmp_path, exchange.acknowledged)
    assert dump_of(tmp_path) == before
