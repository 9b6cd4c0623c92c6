"""A symbol is rebuilt while others trade, so a recovery goes in small steps, whatever it reads."""

from itertools import pairwise

from builders import order
from goquant.persistence.recovery import SLICE, Recovery
from journals import RULES, SYMBOL
from simdisk import SimDisk
from small_exchange import SmallExchange, hashes

BEFORE, AFTER = 2_000, 500


def test_no_step_reads_much_of_the_journal_before_or_after_the_snapshot() -> None:
    """All is in one file, which has to be read from its begin on."""
    exchange = SmallExchange(SimDisk(), RULES, segment_bytes_max=1 << 20)
    for time_ns in range(1, BEFORE + AFTER + 1):
        exchange.commit((SYMBOL, time_ns, order("buy 1 @ 100 ioc")))
        if time_ns == BEFORE:
            exchange.take_snapshot(SYMBOL)
    recovery = Recovery(exchange.disk, [SYMBOL])
    positions = [0]
    for _ in recovery.steps():
        positions.append(0 if recovery.reader is None else recovery.reader.position)
    assert positions[-1] > BEFORE
    assert max(later - earlier for earlier, later in pairwise(positions)) <= SLICE
    assert recovery.replayed == AFTER
    assert hashes(recovery.markets) == exchange.hashes()
