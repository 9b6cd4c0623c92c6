"""Whatever was asked and wherever it is cut: three ways to a state come to the same.

hash(snapshot + the journal after it) = hash(the whole journal) = hash(the exchange that ran), and so
do the records of all open orders.
"""

from hypothesis import given, settings

from goquant.book.instrument import Instrument
from goquant.book.market import Market
from goquant.book.records import OrderRecord
from goquant.persistence import snapshot
from goquant.persistence.codec import Commanded
from goquant.persistence.disk import write_whole
from goquant.persistence.recovery import Recovery
from records import Steps, played
from simdisk import SimDisk
from small_exchange import SmallExchange, snapshot_of
from small_exchange import records as journal_of
from strategies import instruments, steps


def lived(rules: Instrument, wished: Steps) -> tuple[SimDisk, Market]:
    """A journal without snapshots, one command to a frame, and the market that comes of it."""
    disk = SimDisk()
    exchange = SmallExchange(disk, [rules], segment_bytes_max=1_000)
    for _, sequenced, _ in played(rules, wished):
        exchange.commit((rules.symbol, sequenced.time_ns, sequenced.command))
    return disk, exchange.markets[rules.symbol]


def open_orders(market: Market) -> list[OrderRecord | None]:
    return [market.blotter.order(order_id) for order_id in market.engine.book.orders]


def recovered(disk: SimDisk, symbol: str) -> tuple[Market, int]:
    recovery = Recovery(disk, [symbol]).run()
    return recovery.markets[symbol], recovery.replayed


@settings(max_examples=150, deadline=None)
@given(instruments(), steps(24))
def test_every_cut_point_comes_to_the_same(rules: Instrument, wished: Steps) -> None:
    disk, live = lived(rules, wished)
    expected = live.engine.state_hash(), open_orders(live)
    whole, replayed = recovered(disk, rules.symbol)
    assert (whole.engine.state_hash(), open_orders(whole)) == expected
    assert replayed == len(wished)

    market = Market.empty(rules)
    folder = snapshot.folder_of(rules.symbol)
    for position, record in enumerate(journal_of(disk), 1):
        if isinstance(record, Commanded):
            market.apply(record.sequenced)
        with_snapshot = SimDisk(disk.files())
        with_snapshot.make_folder(folder)
        path = snapshot.path_of(rules.symbol, position)
        write_whole(with_snapshot, path, snapshot_of(market, position))
        found, replayed = recovered(with_snapshot, rules.symbol)
        assert (found.engine.state_hash(), open_orders(found)) == expected, f"cut at {position}"
        assert replayed == len(wished) + 1 - position, "it went on from the snapshot"
