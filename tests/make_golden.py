"""Makes a golden folder: data in today's format, which every later version has to open.

    python tests/make_golden.py tests/golden/format-N

Beside the folder it writes what has to be found in it, as format-N.json. It was run once for each
format, and never again: see tests/golden/README.md.
"""

import sys
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from builders import instrument, order
from goquant.book.commands import CancelOrder, Command, ExpireOrders, MassCancel, ReplaceOrder
from goquant.book.instrument import Instrument
from goquant.book.market import Market
from goquant.book.records import OrderRecord
from goquant.persistence import snapshot
from goquant.persistence.disk import Disk, RealDisk
from goquant.persistence.opening import Opened
from small_exchange import Asked, SmallExchange

RULES = [
    instrument(client_order_ids_max=2),
    instrument(
        symbol="XYZ-EUR",
        base="XYZ",
        quote="EUR",
        tick_size=Decimal("0.5"),
        lot_size=Decimal(10),
        quantity_min=2,
        quantity_max=100,
        price_max=10_000,
        notional_min=20,
        maker_fee_rate=0,
        taker_fee_rate=1_000,
        price_band_bps=2_000,
        open_orders_max=50,
        account_open_orders_max=4,
        client_order_ids_max=5,
    ),
    instrument(symbol="BIG-USD", base="BIG", tick_size=Decimal("1e-12")),
]
# The rules that the second start goes by: two symbols change.
NEW_RULES = [replace(RULES[0], taker_fee_rate=300), replace(RULES[1], price_max=9_000), RULES[2]]
SEGMENT_BYTES_MAX = 4_000
START_NS = 1_767_225_600_000_000_000

Life = list[tuple[str, Command]]

# Every kind of command and order, with every term that an order can have.
FIRST_LIFE: Life = [
    ("ABC-USD", order("buy 10 @ 100 by ann id first")),
    ("ABC-USD", order("sell 4 @ 100 by bob id second cancel_maker")),
    ("ABC-USD", order(f"sell 5 @ 103 gtd {START_NS + 12} by zoë")),
    ("ABC-USD", order("buy 1 @ 99 post_only none")),
    ("ABC-USD", order("sell 2 stop 95 by ann")),
    ("ABC-USD", order("buy 2 stop 110 @ 111 by ann id third")),
    ("ABC-USD", order("sell 3 take_profit 120 by bob")),
    ("ABC-USD", order("buy 3 take_profit 90 @ 91 cancel_both")),
    ("XYZ-EUR", order("buy 20 @ 1000 by ann")),
    ("XYZ-EUR", order("sell 5 ioc by bob")),
    ("XYZ-EUR", order("sell 90 @ 1000 fok by bob")),
    ("XYZ-EUR", order("sell 1 @ 1000")),
    ("XYZ-EUR", order("sell 7 @ 1500")),
    ("BIG-USD", order("buy 9223 @ 1000000000000000")),
    ("BIG-USD", order("sell 9000 @ 1000000000000000 ioc")),
    ("BIG-USD", order('sell 1 @ 7 by "quoted\\"')),
]
SECOND_LIFE: Life = [
    ("ABC-USD", ReplaceOrder(1, None, 8)),
    ("ABC-USD", ReplaceOrder(4, 98, 6)),
    ("ABC-USD", ReplaceOrder(99, 98, None)),
    ("ABC-USD", order("buy 10 @ 100 by ann id first")),
    ("ABC-USD", order("buy 11 @ 100 by ann id first")),
    ("ABC-USD", CancelOrder(4)),
    ("ABC-USD", ExpireOrders()),
    ("ABC-USD", order("sell 3 @ 100 by bob id fourth")),
    ("ABC-USD", order("sell 1 @ 104 by zoë")),
    ("XYZ-EUR", MassCancel("ann")),
    ("XYZ-EUR", order("buy 4 @ 990 by ann id one")),
    ("XYZ-EUR", order("buy 4 @ 9500")),
    ("BIG-USD", MassCancel(None)),
    ("BIG-USD", order("buy 3 @ 5")),
]


class Symbol(Struct, frozen=True):
    """What has to be found of one symbol."""

    rules: Instrument
    sequence: int
    state_hash: str
    snapshots: list[int]
    open_orders: list[OrderRecord]


class Golden(Struct, frozen=True):
    """What has to be found in a golden folder."""

    position: int
    symbols: list[Symbol]


def found_in(disk: Disk, exchange: Opened | SmallExchange) -> Golden:
    """What there is in an exchange and on its disk."""
    markets = exchange.markets.values()
    return Golden(exchange.journal.position, [_symbol(disk, market) for market in markets])


def _symbol(disk: Disk, market: Market) -> Symbol:
    engine = market.engine
    records = [market.blotter.order(order_id) for order_id in engine.book.orders]
    return Symbol(
        engine.instrument,
        engine.sequence,
        engine.state_hash(),
        snapshot.positions(disk, engine.instrument.symbol),
        [record for record in records if record is not None],
    )


def make(folder: Path) -> Golden:
    """Write the data of an exchange that was started twice. Returns what has to be found there."""
    folder.mkdir()
    disk = RealDisk(folder)
    time_ns = START_NS
    for rules, life in ((RULES, FIRST_LIFE), (NEW_RULES, SECOND_LIFE)):
        exchange = SmallExchange(disk, rules, segment_bytes_max=SEGMENT_BYTES_MAX)
        _live(exchange, life, time_ns)
        exchange.journal.close()
        time_ns += len(life)
    return found_in(disk, exchange)


def _live(exchange: SmallExchange, life: Life, time_ns: int) -> None:
    """Two commands to a commit, now and then a marker and snapshots, a marker at the end."""
    asked: list[Asked] = [(symbol, time_ns + at, each) for at, (symbol, each) in enumerate(life, 1)]
    for at in range(0, len(asked), 2):
        exchange.commit(*asked[at : at + 2])
        if at in (4, 10):
            exchange.mark()
            for symbol in exchange.markets:
                exchange.take_snapshot(symbol)
    exchange.mark()


def main(target: str) -> None:
    """Make the folder, and the file beside it."""
    golden = msgspec.json.encode(make(Path(target)))
    Path(f"{target}.json").write_bytes(msgspec.json.format(golden, indent=1) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
