"""Rows become commands, commands go out in batches, answers are counted.

Order is everything in a book, so batches go out strictly one after the other. A cancel needs
the exchange's id of its order; when that order still waits to be sent or answered, the batch
is cut there: what came before is sent, and the cancel begins the next one.
"""

import time
from collections.abc import Collection, Iterable
from decimal import Decimal

import trio
from msgspec import Struct

from ..book.enums import RejectReason
from .flow import Action, Row
from .ghosts import STANDING_MS, Waiting, ghosts_at
from .tally import Batch, Kind, Tally
from .venue import Accepted, Cancel, Done, Entry, Place, Refused, Replace, Result, Venue

MILLISECONDS = 1000

_WOULD_TAKE = Refused(RejectReason.POST_ONLY_WOULD_TAKE.value)


def order_of(row: Row, tick_size: Decimal, takers: Collection[str] | None) -> Place:
    """The order that a `created` row asks for.

    A price of zero becomes one tick: for a bid that was rounded down to zero it is the
    nearest there is, and an ask at it sells to any bid, as the market order did that it was.
    """
    return Place(
        side=row.side,
        price=row.price or tick_size,
        quantity=row.volume,
        post_only=takers is not None and row.id not in takers,
    )


class _Open(Struct, frozen=True, gc=False):
    order_id: str
    row: Row


def kind_of(entry: Entry) -> Kind:
    """What a command is counted as."""
    if isinstance(entry, Place):
        return Kind.ORDER
    return Kind.CANCEL if isinstance(entry, Cancel) else Kind.REPLACE


class Player:
    """Plays rows into one symbol of an exchange.

    With `takers` only these orders of the file may take, all others are post-only. With a
    `speed` the rows keep their distance in time, divided by it; else there is no waiting.
    """

    def __init__(
        self,
        venue: Venue,
        *,
        takers: Collection[str] | None = None,
        speed: float | None = None,
        batch_max: int = 100,
    ) -> None:
        self.tally = Tally()
        self.file_ids: dict[str, str] = {}  # of all accepted orders, by the exchange's id
        self.first_trade_id: int | None = None  # of the trades that the orders made
        self._venue = venue
        self._takers = takers
        self._speed = speed
        self._batch_max = batch_max
        self._batch: list[tuple[Row, Entry]] = []
        self._unanswered: set[str] = set()  # orders in the batch, by their id in the file
        self._open: dict[str, _Open] = {}  # orders that may be open, by their id in the file
        self._waiting = Waiting()

    async def play(self, rows: Iterable[Row]) -> None:
        """Play all rows, and return when the last one is answered.

        Raises:
            VenueError: the exchange cannot be used.
        """
        started, cpu_started = trio.current_time(), time.process_time()
        first_ms: int | None = None
        try:
            for row in rows:
                if self._speed is not None:
                    first_ms = row.time_ms if first_ms is None else first_ms
                    due = started + (row.time_ms - first_ms) / MILLISECONDS / self._speed
                    await self._wait_until(due)
                await self._take(row)
            await self._flush()
        finally:
            self.tally.seconds = trio.current_time() - started
            self.tally.cpu_seconds = time.process_time() - cpu_started

    async def _wait_until(self, due: float) -> None:
        """Sleep, but not on commands that are due already."""
        if due > trio.current_time():
            await self._flush()
            await trio.sleep_until(due)

    async def _take(self, row: Row) -> None:
        self.tally.rows[row.action] += 1
        await self._offer_again(row.time_ms)
        if row.action is Action.CREATED:
            await self._create(row)
            return
        if row.id in self._unanswered:
            await self._flush()
        gone = row.action is Action.DELETED or not row.volume
        if gone:
            self._waiting.discard(row.id)
        else:
            self._waiting.change(row.id, row.volume)
        if row.id not in self._open:
            self._leave_out(row, "not open here")
        elif gone:
            await self._add(row, Cancel(self._open.pop(row.id).order_id))
        else:
            await self._reduce(row)

    async def _offer_again(self, time_ms: int) -> None:
        """Place what waits and is due, after the ghosts at which it was refused are gone."""
        if self._batch and time_ms - self._batch[0][0].time_ms >= STANDING_MS:
            # Whether these were refused must be known by now, however large batches may be.
            await self._flush()
        while (row := self._waiting.pop_due(time_ms)) is not None:
            await self._flush()
            for ghost in ghosts_at(row, [order.row for order in self._open.values()]):
                order = self._open.pop(ghost)
                self.tally.ghosts += 1
                await self._add(order.row, Cancel(order.order_id))
            self.tally.offered_again += 1
            await self._place(row)

    async def _create(self, row: Row) -> None:
        if not row.volume:
            self._leave_out(row, "no volume")
            return
        await self._place(row)

    async def _place(self, row: Row) -> None:
        self._unanswered.add(row.id)
        await self._add(row, order_of(row, self._venue.tick_size, self._takers))

    async def _reduce(self, row: Row) -> None:
        """The file says what is left: where our book holds more, it has missed a trade."""
        await self._flush()
        order_id = self._open[row.id].order_id
        order = await self._venue.order(order_id)
        if not order.is_open or order.remaining <= row.volume:
            self._leave_out(row, "no more left here either")
            return
        await self._add(row, Replace(order_id, order.filled + row.volume))

    def _leave_out(self, row: Row, reason: str) -> None:
        self.tally.left_out[row.action, reason] += 1

    async def _add(self, row: Row, entry: Entry) -> None:
        self._batch.append((row, entry))
        if len(self._batch) >= self._batch_max:
            await self._flush()

    async def _flush(self) -> None:
        """Send what waits, and take in the answer."""
        if not self._batch:
            return
        started = trio.current_time()
        results = await self._venue.submit([entry for _, entry in self._batch])
        seconds = trio.current_time() - started
        self.tally.batches.append(Batch(len(self._batch), seconds))
        for (row, entry), result in zip(self._batch, results, strict=True):
            self._count(entry, result)
            if isinstance(result, Accepted):
                self._remember(row, result)
            elif result == _WOULD_TAKE:
                self._waiting.add(row)
        self._batch.clear()
        self._unanswered.clear()

    def _count(self, entry: Entry, result: Result) -> None:
        kind = kind_of(entry)
        self.tally.sent[kind] += 1
        match result:
            case Accepted(trade_ids=trade_ids):
                self.tally.done[kind] += 1
                self.tally.trades += len(trade_ids)
            case Done():
                self.tally.done[kind] += 1
            case Refused(reason=reason):
                self.tally.refused[kind, reason] += 1

    def _remember(self, row: Row, order: Accepted) -> None:
        self.file_ids[order.order_id] = row.id
        if order.is_open:
            self._open[row.id] = _Open(order.order_id, row)
        if order.trade_ids and self.first_trade_id is None:
            self.first_trade_id = min(order.trade_ids)
