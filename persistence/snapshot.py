"""Snapshots: the state of one symbol at one moment, as JSON, a line for each order.

A snapshot is written in slices and read in slices, so that a book of any size holds nobody up.
Recovery can do without any of them; it then takes longer.
"""

from collections.abc import Iterator, Sequence
from zlib import crc32

import msgspec
from msgspec import Struct

from ..book.commands import NewOrder
from ..book.enums import OrderStatus
from ..book.instrument import Instrument
from ..book.market import Market
from ..book.records import Fill, OrderRecord
from ..book.state import ClientOrderId, OpenOrder, StateHash, StateHead, encode_lines
from .codec import FORMAT
from .disk import Disk

FOLDER = "snapshots"
SUFFIX = ".json"

# How many are kept for each symbol.
KEPT = 3

# Bytes read and decoded between two chances for others to run; a line may be longer.
BLOCK_BYTES = 1 << 16


class BadSnapshot(Exception):
    """The file is not a snapshot as it was written."""


class Row(Struct, frozen=True, gc=False, array_like=True):
    """An open order: its part in the state of the engine, then the rest of its record."""

    order_id: int
    terms: NewOrder
    remaining: int
    armed: bool
    sequence: int
    created_ns: int
    updated_ns: int
    notional: int
    fee: int
    fills: tuple[Fill, ...]

    @classmethod
    def of(cls, record: OrderRecord) -> "Row":
        """The row of an open order."""
        return cls(
            record.order_id,
            record.terms,
            record.terms.quantity - record.filled,
            record.status is OrderStatus.ARMED,
            record.sequence,
            record.created_ns,
            record.updated_ns,
            record.notional,
            record.fee,
            record.fills,
        )

    def open_order(self) -> OpenOrder:
        """The part that the engine knows."""
        return OpenOrder(self.order_id, self.terms, self.remaining, self.armed)

    def record(self) -> OrderRecord:
        """The whole as the blotter knows it."""
        filled = self.terms.quantity - self.remaining
        status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW
        return OrderRecord(
            self.order_id,
            self.terms,
            OrderStatus.ARMED if self.armed else status,
            filled,
            self.notional,
            self.fee,
            None,
            self.sequence,
            self.created_ns,
            self.updated_ns,
            self.fills,
        )


class SnapshotHead(Struct, frozen=True):
    """What a snapshot begins with. `position`: the journal sequence that it stands at."""

    format: int
    position: int
    instrument: Instrument
    state: StateHead


class _End(Struct, frozen=True):
    state_hash: str


# What stands between the parts of a snapshot. No string of a client can hold a line feed.
_ORDERS = b'\n"orders":[\n'
_KNOWN = b'\n],\n"client_order_ids":[\n'
_END = b"\n],\n"

_decode_head = msgspec.json.Decoder(SnapshotHead).decode
_decode_rows = msgspec.json.Decoder(list[Row]).decode
_decode_known = msgspec.json.Decoder(list[ClientOrderId]).decode
_decode_end = msgspec.json.Decoder(_End).decode


def folder_of(symbol: str) -> str:
    """Where the snapshots of a symbol are."""
    return f"{FOLDER}/{symbol}"


def path_of(symbol: str, position: int) -> str:
    """The snapshot of a symbol at a journal sequence."""
    return f"{folder_of(symbol)}/{position:020}{SUFFIX}"


def positions(disk: Disk, symbol: str) -> list[int]:
    """The journal sequences of the snapshots that a symbol has, newest first."""
    names = disk.names(folder_of(symbol))
    stems = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
    # A file with any other name was not written by us, and is left alone.
    ours = (stem for stem in stems if stem.isdecimal() and stem == f"{int(stem):020}")
    return sorted(map(int, ours), reverse=True)


def encode(market: Market, position: int) -> Iterator[bytes]:
    """The bytes of a snapshot of a market as it stands now, whatever happens to it meanwhile.

    They come piece by piece; each takes well under a millisecond to make, and so does the
    beginning. Of one market only the newest snapshot that was begun can be finished.
    """
    engine = market.engine
    head = SnapshotHead(FORMAT, position, engine.instrument, engine.head())
    return _encoded(head, market.blotter.capture(), engine.client_ids.held())


def _encoded(
    head: SnapshotHead,
    orders: Iterator[list[OrderRecord]],
    known: Iterator[list[tuple[int, NewOrder]]],
) -> Iterator[bytes]:
    digest = StateHash(head.state)
    checksum = 0
    for piece in _pieces(head, orders, known, digest):
        checksum = crc32(piece, checksum)
        yield piece
    end = b'"state_hash":"%b",\n' % digest.hexdigest().encode()
    yield end + _foot(crc32(end, checksum))


def _pieces(
    head: SnapshotHead,
    orders: Iterator[list[OrderRecord]],
    known: Iterator[list[tuple[int, NewOrder]]],
    digest: StateHash,
) -> Iterator[bytes]:
    yield msgspec.json.encode(head)[:-1] + b"," + _ORDERS
    yield from _array(_rows(orders, digest))
    yield _KNOWN
    yield from _array(_known(known, digest))
    yield _END


def _rows(orders: Iterator[list[OrderRecord]], digest: StateHash) -> Iterator[list[Row]]:
    for records in orders:
        rows = [Row.of(record) for record in records]
        digest.update([row.open_order() for row in rows])
        yield rows


def _known(
    known: Iterator[list[tuple[int, NewOrder]]], digest: StateHash
) -> Iterator[list[ClientOrderId]]:
    for entries in known:
        ids = [ClientOrderId(*entry) for entry in entries]
        digest.update(ids)
        yield ids


def _array(slices: Iterator[Sequence[Struct]]) -> Iterator[bytes]:
    """The elements of a JSON array, each on a line. A slice may be empty."""
    separator = b""
    for values in slices:
        lines = encode_lines(values)[:-1].replace(b"\n", b",\n")
        yield lines and separator + lines
        separator = separator or (lines and b",\n")


def _foot(checksum: int) -> bytes:
    return b'"checksum":"%08x"}\n' % checksum


class Reading:
    """A snapshot on its way from the disk into a market, in steps."""

    def __init__(self, disk: Disk, symbol: str, position: int) -> None:
        self.path = path_of(symbol, position)
        self._disk = disk
        self._named = (FORMAT, symbol, position)
        self.head: SnapshotHead
        self.market: Market
        self.state_hash: str

    def steps(self) -> Iterator[None]:
        """Read it. The rest of the attributes is there afterwards.

        Raises:
            BadSnapshot: it is damaged, or of another format.
            OSError: it cannot be read.
        """
        data = self._disk.read(self.path)
        yield from self._check(data)
        try:
            yield from self._parse(data)
        except ValueError as error:
            problem = f"{self.path} is not a snapshot of format {FORMAT}: {error}"
            raise BadSnapshot(problem) from error

    def _check(self, data: bytes) -> Iterator[None]:
        foot_at = max(0, len(data) - len(_foot(0)))
        checksum = 0
        for at in range(0, foot_at, BLOCK_BYTES):
            checksum = crc32(data[at : min(at + BLOCK_BYTES, foot_at)], checksum)
            yield
        if data[foot_at:] != _foot(checksum):
            raise BadSnapshot(f"{self.path} is damaged: its checksum is not that of its content")

    def _parse(self, data: bytes) -> Iterator[None]:
        orders_at = data.index(_ORDERS)
        known_at = data.index(_KNOWN, orders_at + len(_ORDERS))
        end_at = data.index(_END, known_at + len(_KNOWN))
        self.head = head = _decode_head(data[:orders_at].removesuffix(b",") + b"}")
        says = (head.format, head.state.symbol, head.position)
        if says != self._named:
            raise ValueError(f"it says (format, symbol, position) = {says}")
        market = Market.empty(head.instrument)
        market.engine.begin(head.state)
        digest = StateHash(head.state)
        for block in _blocks(data, orders_at + len(_ORDERS), known_at):
            rows = _decode_rows(block)
            orders = [row.open_order() for row in rows]
            digest.update(orders)
            market.engine.open(orders)
            market.blotter.restore(row.record() for row in rows)
            yield
        for block in _blocks(data, known_at + len(_KNOWN), end_at):
            known = _decode_known(block)
            digest.update(known)
            market.engine.remember(known)
            yield
        market.blotter.restored(head.state.sequence)
        self.market = market
        self.state_hash = _decode_end(b"{" + data[end_at + len(_END) :]).state_hash
        if digest.hexdigest() != self.state_hash:
            raise ValueError("its state has another hash than it says")


def _blocks(data: bytes, start: int, stop: int) -> Iterator[bytes]:
    """Whole lines between two places, as JSON arrays of a size that is quickly decoded."""
    while start < stop:
        end = data.find(b",\n", min(start + BLOCK_BYTES, stop), stop)
        end = stop if end < 0 else end
        yield b"[" + data[start:end] + b"]"
        start = end + len(b",\n")
