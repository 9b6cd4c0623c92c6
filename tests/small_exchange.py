"""An exchange without tasks: it journals, snapshots and restarts in the order of the actors.

It is for tests that stop it at any moment, and for those that need a data folder with something in
it. What was asked of it is kept beside it, to compare with what is found on the disk.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from random import Random

import strategies
from builders import instrument
from goquant.book.commands import Command, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.instrument import Instrument
from goquant.book.market import Market
from goquant.persistence import snapshot
from goquant.persistence.codec import Commanded, Record, Ruled, encode_commands
from goquant.persistence.disk import Disk, write_whole
from goquant.persistence.opening import open_folder
from goquant.persistence.reading import JournalReader

# Two or three small frames, so that files are begun all the time.
SEGMENT_BYTES_MAX = 400

Asked = tuple[str, int, Command]  # a symbol, a time and a command


class SmallExchange:
    """Opens a data folder and goes on. `asked` is the whole journal as it has to be."""

    def __init__(
        self,
        disk: Disk,
        instruments: Collection[Instrument],
        *,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
    ) -> None:
        self.disk = disk
        self.opened = open_folder(disk, instruments, segment_bytes_max=segment_bytes_max)
        self.markets = self.opened.markets
        self.journal = self.opened.journal
        self.asked = records(disk)
        self.acknowledged = len(self.asked)

    def commit(self, *batch: Asked) -> None:
        """Carry out commands and journal them as one group."""
        lines = b""
        for symbol, time_ns, command in batch:
            market = self.markets[symbol]
            sequenced = Sequenced(market.engine.sequence + 1, time_ns, command)
            market.apply(sequenced)
            self.asked.append(Commanded(symbol, sequenced))
            lines += encode_commands(symbol, [sequenced])
        self.journal.append(lines, len(batch))
        self.acknowledged += len(batch)

    def mark(self) -> None:
        """What the exchange does when it is idle."""
        self.journal.mark()

    def take_snapshot(self, symbol: str) -> None:
        """Write one, and remove those that are too many."""
        path = snapshot.path_of(symbol, self.journal.position)
        self.disk.make_folder(snapshot.folder_of(symbol))
        write_whole(self.disk, path, snapshot_of(self.markets[symbol], self.journal.position))
        for position in snapshot.positions(self.disk, symbol)[snapshot.KEPT :]:
            self.disk.remove(snapshot.path_of(symbol, position))

    def hashes(self) -> dict[str, str]:
        """The state of every market."""
        return hashes(self.markets)


def snapshot_of(market: Market, position: int) -> bytes:
    """The whole snapshot of a market that stands at a journal sequence."""
    return b"".join(snapshot.encode(market, position))


def records(disk: Disk) -> list[Record]:
    """All that is in a journal."""
    return [record for batch in JournalReader(disk).batches() for record in batch.records]


def replayed(asked: Iterable[Record]) -> dict[str, Market]:
    """What the records of a journal come to, carried out in memory."""
    markets: dict[str, Market] = {}
    for record in asked:
        if isinstance(record, Commanded):
            markets[record.symbol].apply(record.sequenced)
        elif record.symbol in markets:
            markets[record.symbol].engine.adopt(record.instrument)
        else:
            markets[record.symbol] = Market.empty(record.instrument)
    return markets


def hashes(markets: dict[str, Market]) -> dict[str, str]:
    """The state of every market."""
    return {symbol: market.engine.state_hash() for symbol, market in markets.items()}


def rules_due(asked: Iterable[Record], instruments: Collection[Instrument]) -> list[Record]:
    """The rules that a start adds to a journal when these instruments are listed."""
    known = {each.symbol: each.instrument for each in asked if isinstance(each, Ruled)}
    return [Ruled(each) for each in instruments if known.get(each.symbol) != each]


def possible(
    asked: list[Record], acknowledged: int, rules: Collection[Instrument]
) -> list[list[Record]]:
    """The journals that a start may come to: what it finds, with the rules that it then adds."""
    found = [asked[:count] for count in range(acknowledged, len(asked) + 1)]
    return [each + rules_due(each, rules) for each in found]


def listing(symbols: Sequence[str], **rules: int) -> list[Instrument]:
    """Instruments of these symbols."""
    return [
        instrument(symbol=symbol, base=symbol.partition("-")[0], client_order_ids_max=3, **rules)
        for symbol in symbols
    ]


def wishes_of(random: Random, symbols: Sequence[str], count: int) -> list[Asked]:
    """Commands that suit the books as they will be."""
    engines = {each.symbol: Engine(each) for each in listing(symbols)}
    sent: dict[str, list[NewOrder]] = {symbol: [] for symbol in symbols}
    asked: list[Asked] = []
    for time_ns in range(1, count + 1):
        symbol = random.choice(symbols)
        engine, live = engines[symbol], sorted(engines[symbol].book.orders)
        wish = strategies.wish(random.choice)
        command = strategies.aim(wish, live, sent[symbol], time_ns)
        if isinstance(command, NewOrder):
            sent[symbol].append(command)
        engine.apply(Sequenced(engine.sequence + 1, time_ns, command))
        asked.append((symbol, time_ns, command))
    return asked


Step = Callable[[SmallExchange], None]


def plan(random: Random, symbols: Sequence[str], commands: int) -> list[Step]:
    """A while of an exchange's life: commits of one to four commands, markers and snapshots."""
    steps: list[Step] = []
    asked = wishes_of(random, symbols, commands)
    while asked:
        size = random.choice((1, 1, 2, 4))
        batch, asked = asked[:size], asked[size:]
        steps.append(partial(_commit, batch))
        if random.random() < 0.3:
            steps.append(SmallExchange.mark)
        if random.random() < 0.3:
            steps.append(partial(_take_snapshot, random.choice(symbols)))
    return steps


def is_snapshot(step: Step) -> bool:
    """Whether a step of a plan takes a snapshot: if that fails, an exchange goes on without."""
    return isinstance(step, partial) and step.func is _take_snapshot


def _commit(batch: Sequence[Asked], exchange: SmallExchange) -> None:
    exchange.commit(*batch)


def _take_snapshot(symbol: str, exchange: SmallExchange) -> None:
    exchange.take_snapshot(symbol)
