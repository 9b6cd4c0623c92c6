"""The way back: the newest good snapshot of each symbol, then the journal after it."""

from collections.abc import Callable, Collection, Iterator, Mapping

from msgspec import Struct

from ..book.instrument import Instrument
from ..book.market import Answer, Market
from . import snapshot
from .codec import Record, Ruled
from .disk import Disk
from .errors import Corrupt, DataRefused
from .journal import segment_path
from .reading import JournalReader

# Records replayed between two chances for others to run.
SLICE = 64

# Is told what every replayed command did.
Sink = Callable[[str, Answer], None]


class BadFile(Struct, frozen=True):
    """A snapshot that was not used, and why."""

    path: str
    problem: str


class Recovery:
    """Rebuilds the markets of some symbols, in steps that each take about a millisecond.

    Reads, and changes nothing on disk.
    """

    def __init__(
        self,
        disk: Disk,
        symbols: Collection[str] | None = None,
        *,
        newest: int | None = None,
        upto: int | None = None,
        sink: Sink | None = None,
    ) -> None:
        """Of all symbols unless some are named, to the end of a journal at rest unless `upto` says
        where it is committed to; from snapshots that stand at `newest` or before.
        """
        self._disk = disk
        self._symbols = symbols
        self._newest = newest
        self._upto = upto
        self._sink = sink
        self.markets: dict[str, Market] = {}
        self.snapshots: dict[str, int] = {}
        self.bad: list[BadFile] = []
        self.replayed = 0
        self.reader: JournalReader | None = None

    def run(self) -> "Recovery":
        """Take all steps at once. Raises as `steps`."""
        for _ in self.steps():
            pass
        return self

    def steps(self) -> Iterator[None]:
        """Do the work.

        Raises:
            Corrupt, DataRefused: the journal cannot be read to its end.
            OSError: the disk cannot be read.
        """
        names = self._disk.names(snapshot.FOLDER) if self._symbols is None else self._symbols
        for symbol in names:
            yield from self._load(symbol)
        # A symbol that nobody named may have no snapshot: only the whole journal tells.
        is_named = self._symbols is not None
        starts = [self.snapshots.get(symbol, 0) for symbol in names] if is_named else []
        self.reader = JournalReader(self._disk, min(starts, default=0))
        for number, batch in enumerate(self.reader.batches(self._upto)):
            for position, record in enumerate(batch.records, batch.first):
                if self._concerns(record.symbol, position):
                    self._replay(position, record)
                if position % SLICE == 0:
                    yield
            # The file begins before the first record that is wanted.
            if not batch.records and number % SLICE == 0:
                yield
        self._check_end(self.reader.position)

    def take(self, record: Record) -> None:
        """Go on by one record of the journal."""
        market = self.markets.get(record.symbol)
        if isinstance(record, Ruled):
            if market is None:
                self.markets[record.symbol] = Market.empty(record.instrument)
            else:
                market.engine.adopt(record.instrument)
            return
        if market is None:
            raise ValueError(f"{record.symbol} gets a command before its rules")
        answer = market.apply(record.sequenced)
        self.replayed += 1
        if self._sink is not None:
            self._sink(record.symbol, answer)

    def _replay(self, position: int, record: Record) -> None:
        try:
            self.take(record)
        except Exception as error:
            raise DataRefused(
                f"journal sequence {position} cannot be carried out again: {error!r} on {record}. "
                "The journal is from another version, or this is a bug; nothing was changed"
            ) from error

    def _concerns(self, symbol: str, position: int) -> bool:
        is_wanted = self._symbols is None or symbol in self._symbols
        return is_wanted and position > self.snapshots.get(symbol, 0)

    def _load(self, symbol: str) -> Iterator[None]:
        """Use the newest snapshot that is good."""
        for position in snapshot.positions(self._disk, symbol):
            if self._newest is not None and position > self._newest:
                continue
            reading = snapshot.Reading(self._disk, symbol, position)
            try:
                yield from reading.steps()
            except snapshot.BadSnapshot as bad:
                self.bad.append(BadFile(reading.path, str(bad)))
                continue
            self.markets[symbol] = reading.market
            self.snapshots[symbol] = position
            return

    def _check_end(self, end: int) -> None:
        """A snapshot is only written of what is in the journal, so that must be there."""
        if self._upto is not None and end < self._upto:
            problem = f"the journal is committed to sequence {self._upto}, and ends at {end}"
            raise Corrupt(segment_path(end + 1), 0, problem, end + 1, self._upto)
        for symbol, position in self.snapshots.items():
            if position > end:
                path = snapshot.path_of(symbol, position)
                problem = f"{path} was taken at journal sequence {position}, and the journal ends at {end}"
                raise Corrupt(segment_path(end + 1), 0, problem, end + 1, position)


def changed_rules(
    markets: Mapping[str, Market], instruments: Collection[Instrument]
) -> list[Instrument]:
    """The instruments whose rules are not those that the journal knows. The markets go by them now.

    Raises:
        DataRefused: the units that a symbol counts in would change.
    """
    changed = []
    for instrument in instruments:
        market = markets.get(instrument.symbol)
        if market is None:
            changed.append(instrument)
        elif market.instrument != instrument:
            try:
                market.engine.adopt(instrument)
            except ValueError as error:
                raise DataRefused(
                    f"the configuration does not fit the journal: {error}. Keep the units, or begin "
                    "with another --data-dir"
                ) from error
            changed.append(instrument)
    return changed
