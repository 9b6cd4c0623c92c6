"""Data folders with something in their journal, and what a history of it has to say."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from random import Random

from msgspec.structs import replace

from goquant.book.blotter import Blotter
from goquant.book.commands import Command, NewOrder
from goquant.book.instrument import Instrument
from goquant.book.market import Market
from goquant.book.records import TradeRecord
from goquant.persistence.disk import RealDisk
from goquant.persistence.history import HistoryWriter
from goquant.persistence.history_candles import INTERVALS_S, SECOND_NS, Candle
from goquant.persistence.history_folder import FILE
from goquant.persistence.history_reader import HistoryReader, Moment
from records import UNBOUNDED, everything
from small_exchange import Asked, SmallExchange, listing, replayed, wishes_of

SYMBOLS = ("ABC-USD", "XYZ-USD")

# The command line of the process, as the exchange starts it.
FOLLOW = [sys.executable, "-m", "goquant", "history", "follow"]

# A process on a busy machine may need this long to import everything.
PATIENCE_S = 30.0


def exchange_in(
    folder: Path, instruments: list[Instrument] | None = None, *, segment_bytes_max: int = 400
) -> SmallExchange:
    """An exchange that goes on with what is in a folder."""
    disk, instruments = RealDisk(folder), instruments or listing(SYMBOLS)
    return SmallExchange(disk, instruments, segment_bytes_max=segment_bytes_max)


def traded_in(folder: Path, commands: int, *, size: int = 2) -> SmallExchange:
    """An exchange that has carried out random commands, so many to a commit, a second apart."""
    exchange = exchange_in(folder, segment_bytes_max=200 * size)
    asked = stretched(wishes_of(Random(1), SYMBOLS, commands), SECOND_NS)
    for at in range(0, len(asked), size):
        exchange.commit(*asked[at : at + size])
    exchange.mark()
    return exchange


def stretched(asked: Iterable[Asked], times: int) -> list[Asked]:
    """The same commands with more time between them, so that they do the same."""
    return [(symbol, time_ns * times, _later(each, times)) for symbol, time_ns, each in asked]


def _later(command: Command, times: int) -> Command:
    if isinstance(command, NewOrder) and command.expires_at_ns is not None:
        return replace(command, expires_at_ns=command.expires_at_ns * times)
    return command


def written(folder: Path, upto: int) -> None:
    """Write the history up to a journal sequence."""
    with closing(HistoryWriter(RealDisk(folder))) as writer:
        assert writer.advance(upto) == upto


@contextmanager
def moment_of(folder: Path) -> Iterator[Moment]:
    """The history of a folder, to be asked, with all the time that it takes."""
    with HistoryReader(folder / FILE, time_max_s=None).moment() as moment:
        yield moment


def compare(folder: Path, exchange: SmallExchange) -> None:
    """The history has every command of the journal, each exactly once."""
    markets = replayed(exchange.asked)
    with moment_of(folder) as moment:
        progress = moment.progress()
        assert progress.position == exchange.acknowledged
        told = {symbol: (each.sequence, each.time_ns) for symbol, each in progress.symbols.items()}
        assert told == {
            symbol: (market.engine.sequence, market.engine.time_ns)
            for symbol, market in markets.items()
        }
        for symbol, market in markets.items():
            compare_symbol(moment, symbol, market)


def compare_symbol(moment: Moment, symbol: str, market: Market) -> None:
    """One symbol with a market that has forgotten nothing."""
    assert market.blotter.known_from == 0
    assert moment.sequence(symbol) == market.engine.sequence
    trades = trades_of(market.blotter)
    assert moment.trades(symbol, UNBOUNDED) == trades[::-1]
    orders = everything(market.blotter)
    assert moment.orders(symbol, limit=UNBOUNDED) == orders
    for order in orders[:5]:
        assert moment.order(symbol, order.order_id) == order
    for interval_s in INTERVALS_S:
        assert moment.candles(symbol, interval_s, UNBOUNDED) == candles_of(trades, interval_s)


def trades_of(blotter: Blotter) -> list[TradeRecord]:
    """All trades, oldest first."""
    return blotter.trades(UNBOUNDED)[0][::-1]


def candles_of(trades: list[TradeRecord], interval_s: int) -> list[Candle]:
    """All candles, computed from all trades the plain way."""
    length = interval_s * SECOND_NS
    groups = groupby(trades, key=lambda record: record.time_ns // length)
    return [candle_of(number * length, list(group)) for number, group in groups]


def candle_of(start_ns: int, records: list[TradeRecord]) -> Candle:
    """Some trades as one candle."""
    trades = [record.trade for record in records]
    prices = [trade.price for trade in trades]
    return Candle(
        start_ns=start_ns,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(trade.quantity for trade in trades),
        notional=sum(trade.price * trade.quantity for trade in trades),
        trades=len(trades),
    )


def dump_of(folder: Path) -> list[tuple[object, ...]]:
    """Everything that is in a history, to compare one with another."""
    with moment_of(folder) as moment:
        progress = moment.progress()
        found: list[tuple[object, ...]] = [(progress,)]
        for symbol in sorted(progress.symbols):
            found += [(symbol, each) for each in moment.trades(symbol, UNBOUNDED)]
            found += [(symbol, each) for each in moment.orders(symbol, limit=UNBOUNDED)]
            for interval_s in INTERVALS_S:
                found += [(symbol, each) for each in moment.candles(symbol, interval_s, UNBOUNDED)]
    return found
