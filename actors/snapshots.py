"""A snapshot of every symbol every few seconds, without holding anybody up."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

import structlog
import trio
from msgspec import Struct

from ..book.market import Market
from ..persistence import snapshot
from ..persistence.disk import TEMPORARY, File, publish
from .calls import Refused
from .journal_writer import JournalFailed, JournalWriter
from .storage import Storage
from .symbol import SymbolActor

log = structlog.get_logger()

# A snapshot of a symbol that does not change is renewed when so many commands of others follow it,
# since a start has to read the journal from the oldest snapshot on.
POSITION_LAG_MAX = 100_000

# Bytes handed to the disk at a time.
WRITE_BYTES = 1 << 20


class SnapshotStatus(Struct, frozen=True):
    """The newest snapshot of a symbol: where it stands, how large it is, and when it was taken."""

    position: int
    sequence: int
    size: int
    taken_at: float  # by trio's clock


class Snapshots:
    """Takes the snapshots of some symbols."""

    def __init__(
        self, storage: Storage, actors: Sequence[SymbolActor], writer: JournalWriter
    ) -> None:
        self._disk = storage.disk
        self._blocking = storage.runner()
        self._interval_s = storage.snapshot_interval_s
        self._actors = actors
        self._writer = writer
        self.newest: dict[str, SnapshotStatus] = {}

    async def run(self) -> None:
        """Take snapshots until cancelled, the symbols one after the other within each interval."""
        while True:
            for actor in self._actors:
                await trio.sleep(self._interval_s / len(self._actors))
                await self.take(actor)

    async def take(self, actor: SymbolActor) -> None:
        """Take a snapshot if there is something new in it.

        Whatever fails is only reported: a start can do without a snapshot.
        """
        if not self._is_due(actor):
            return
        try:
            await self._take(actor)
        except Exception as error:
            is_defect = not isinstance(error, OSError | Refused | JournalFailed)
            problem = repr(error) if is_defect else str(error)
            log.error("snapshot failed", symbol=actor.symbol, problem=problem, exc_info=is_defect)

    def age_s(self, symbol: str) -> float | None:
        """How long ago the newest snapshot of a symbol was taken by this process."""
        taken = self.newest.get(symbol)
        return None if taken is None else trio.current_time() - taken.taken_at

    def _is_due(self, actor: SymbolActor) -> bool:
        newest = self.newest.get(actor.symbol)
        return (
            newest is None
            or newest.sequence != actor.sequence
            or self._writer.committed - newest.position > POSITION_LAG_MAX
        )

    async def _take(self, actor: SymbolActor) -> None:
        moment = await actor.view.read(self._begin)
        await self._writer.flush()
        size = await self._write(snapshot.path_of(actor.symbol, moment.position), moment.pieces)
        await self._blocking(partial(self._prune, actor.symbol))
        self.newest[actor.symbol] = SnapshotStatus(
            position=moment.position,
            sequence=moment.sequence,
            size=size,
            taken_at=trio.current_time(),
        )

    def _begin(self, market: Market) -> "_Moment":
        """Hold on to the market as it is committed now. Well under a millisecond, whatever its size."""
        position = self._writer.committed
        return _Moment(position, market.engine.sequence, snapshot.encode(market, position))

    async def _write(self, path: str, content: Iterator[bytes]) -> int:
        """Write a file piece by piece, with a turn for others after each. Returns its size."""
        file = await self._blocking(partial(self._create, path))
        size = 0
        try:
            pieces: list[bytes] = []
            for piece in content:
                pieces.append(piece)
                size += len(piece)
                if sum(map(len, pieces)) >= WRITE_BYTES:
                    await self._blocking(partial(file.write, b"".join(pieces)))
                    pieces.clear()
                await trio.lowlevel.checkpoint()
            await self._blocking(partial(self._finish, path, file, b"".join(pieces)))
        except Exception:
            await self._blocking(partial(self._give_up, path))
            raise
        finally:
            file.close()
        return size

    def _create(self, path: str) -> File:
        self._disk.make_folder(path.rpartition("/")[0])
        return self._disk.create(path + TEMPORARY)

    def _finish(self, path: str, file: File, rest: bytes) -> None:
        file.write(rest)
        file.sync()
        publish(self._disk, path)

    def _give_up(self, path: str) -> None:
        with suppress(OSError):
            self._disk.remove(path + TEMPORARY)

    def _prune(self, symbol: str) -> None:
        for position in snapshot.positions(self._disk, symbol)[snapshot.KEPT :]:
            self._disk.remove(snapshot.path_of(symbol, position))


class _Moment(Struct, frozen=True):
    """A market as it is at one moment, to be read while it goes on."""

    position: int
    sequence: int
    pieces: Iterator[bytes]
