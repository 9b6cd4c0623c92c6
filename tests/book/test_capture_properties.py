"""Whatever happens between two pieces: captures, and the blotters that are made of them."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from goquant.book.blotter import Blotter
from goquant.book.engine import Engine
from goquant.book.instrument import Instrument
from goquant.book.records import OrderRecord
from records import UNBOUNDED, Steps, chunks_of, everything, pages_of, played
from strategies import instruments, steps

SIZES = st.integers(1, 4)


class Run:
    """Wishes that come true a few at a time, on record in blotters that forget early."""

    def __init__(self, rules: Instrument, wished: Steps, *blotters: Blotter) -> None:
        self.blotters = list(blotters)
        self.engine = Engine(rules)
        self._rest = played(rules, wished)

    def go_on(self, count: int) -> bool:
        """Carry out so many commands, and say whether that many were left."""
        before = self.engine.sequence
        for engine, sequenced, events in islice(self._rest, count):
            self.engine = engine
            for blotter in self.blotters:
                blotter.record(sequenced, events)
        return self.engine.sequence == before + count

    def open_records(self) -> list[OrderRecord]:
        """Those of the first blotter, in the order of the places."""
        found = [self.blotters[0].order(order_id) for order_id in self.engine.book.orders]
        return [record for record in found if record is not None]


@given(instruments(), steps(), SIZES, st.data())
def test_a_capture_is_of_the_moment_when_it_began(
    rules: Instrument, wished: Steps, size: int, data: st.DataObject
) -> None:
    """One after the other, each of all open orders, until the commands have run out."""
    blotter = Blotter(finished_orders_max=3)
    run = Run(rules, wished, blotter)
    with chunks_of(size):
        while run.go_on(data.draw(st.integers(1, 20), label="commands before")):
            before, found = run.open_records(), list[OrderRecord]()
            for part in blotter.capture():
                assert len(part) <= size
                found += part
                run.go_on(data.draw(st.integers(0, 5), label="commands between"))
            assert found == before
            assert [record.order_id for record in found] == [one.order_id for one in before]


@given(instruments(), steps(), SIZES)
def test_the_places_are_those_of_the_engine(rules: Instrument, wished: Steps, size: int) -> None:
    """The records tell of the same orders in the same order, after every command."""
    blotter = Blotter(finished_orders_max=3)
    with chunks_of(size):
        for engine, sequenced, events in played(rules, wished):
            blotter.record(sequenced, events)
            found = [record.order_id for part in blotter.capture() for record in part]
            assert found == list(engine.book.orders)


@given(instruments(), steps(), st.integers(1, 30), st.integers(0, 4), SIZES)
def test_a_restored_blotter_goes_on_like_the_original(
    rules: Instrument, wished: Steps, cut: int, bound: int, size: int
) -> None:
    """What was changed since the cut, or open then, it answers as the original does."""
    original, restored = (Blotter(bound, trades_max=3) for _ in range(2))
    run = Run(rules, wished, original)
    with chunks_of(size):
        run.go_on(cut)
        for part in original.capture():
            restored.restore(part)
        restored.restored(run.engine.sequence)
        run.blotters.append(restored)
        cut, was_open = run.engine.sequence, set(run.engine.book.orders)
        compare(original, restored, cut, was_open)
        while run.go_on(1):
            compare(original, restored, cut, was_open)


def compare(original: Blotter, restored: Blotter, cut: int, was_open: set[int]) -> None:
    """The restored one knows what the original knows, but for what had ended by the cut."""
    expected = [
        record
        for record in everything(original)
        if record.order_id > cut or record.order_id in was_open
    ]
    assert everything(restored) == expected
    assert [restored.order(record.order_id) for record in expected] == expected
    ids = [record.order_id for record in expected]
    assert pages_of(restored, 2) == [ids[at : at + 2] for at in range(0, len(ids), 2)] or [[]]
    trades, _ = original.trades(UNBOUNDED)
    assert restored.trades(UNBOUNDED)[0] == [one for one in trades if one.sequence > cut]
    assert restored.known_from == max(cut, original.known_from)
