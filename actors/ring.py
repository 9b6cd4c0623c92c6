"""One channel of one symbol: the newest of what happened there, for any number of readers.

To publish is to append and to wake one task, the broadcaster of the ring, however many readers
there are. A reader is a cursor (see `cursor.py`) and finds all that came since it last looked.
Whoever looks so late that something is gone already is told so, and starts from a snapshot.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

import trio
from msgspec import Struct

from ..book.depth import Depth
from ..book.events import Trade
from ..book.reports import Report

# What a command does in a channel: it changes levels of the book, it trades, or it does something to
# the orders of an owner.
Happened = Depth | tuple[Trade, ...] | tuple[Report, ...]

# Events in one frame, for a reader that has many to catch up with. Those of one command stay together.
FRAME_EVENTS_MAX = 1_000

# Most readers stand at one place, so that what comes next is joined once for all of them; a few
# slower ones stand at places of their own.
FRAMES_MAX = 16

# Readers that are woken before other tasks get their turn. Each of them is about to use its socket.
WAKE_MAX = 64

# Where readers stand that need a snapshot: newcomers, and those whose place is no more.
NEW, LOST = -1, -2


class Entry(Struct, gc=False):
    """What one command did in a channel; `written` are its events once somebody has read it."""

    sequence: int
    prev_sequence: int
    time_ns: int
    what: Happened
    count: int
    written: tuple[bytes, ...] = ()


class Scribe(Protocol):
    """Writes down what a channel tells. Each event is written once, whoever reads it."""

    def write(self, entry: Entry, /) -> tuple[bytes, ...]:
        """The events of an entry, as many as its `count`."""

    def heartbeat(self, sequence: int, /) -> bytes:
        """The event that says which entry is the newest."""

    def reset(self, sequence: int, /) -> bytes:
        """The event that says that the reader has missed something, and that a snapshot follows."""

    def message(self, events: Sequence[bytes], /) -> bytes:
        """Events as they are sent together."""


class Told(Struct, frozen=True):
    """Events that must not be torn apart: those of a command, or a snapshot and its reset."""

    sequence: int
    events: tuple[bytes, ...]


class Frame:
    """What a reader is told next, shared by all that stand at the same place."""

    __slots__ = ("_join", "_message", "end", "told")

    def __init__(
        self, told: Sequence[Told], end: int, join: Callable[[Sequence[bytes]], bytes]
    ) -> None:
        self.told = told
        self.end = end
        self._join = join
        self._message: bytes | None = None

    @property
    def message(self) -> bytes:
        """All of it in one piece, joined when its first reader asks."""
        if self._message is None:
            self._message = self._join([event for told in self.told for event in told.events])
        return self._message


class Reader(Protocol):
    """Somebody who wants to know of news."""

    def wake(self) -> None:
        """There is something to read. Called again and again, and must not do more than note it."""

    def end(self) -> None:
        """There will be nothing to read any more."""


class Ring:
    """The newest entries of a channel, which together have no more than `events_max` events.

    An entry with more than that is not kept at all: all readers are lost then.
    """

    def __init__(
        self,
        symbol: str,
        scribe: Scribe,
        snapshot: Callable[[int], bytes],
        *,
        sequence: int,
        events_max: int,
    ) -> None:
        """Empty, at a sequence. `snapshot` writes the state at the newest entry, whose sequence it gets."""
        self.symbol = symbol
        self.sequence = sequence  # of the newest entry that there was
        self.floor = sequence  # whatever came after this is here
        self.reached = sequence  # the newest command, whether it did anything here or not
        self.resets = 0
        self.is_closed = False
        self.readers: dict[Reader, None] = {}
        self.events = 0
        self.end = 0  # the place after the newest entry; places are 0, 1, 2, … and never come again
        self.beats = 0
        self._first = 0
        self._entries: dict[int, Entry] = {}
        self._scribe = scribe
        self._snapshot = snapshot
        self._events_max = events_max
        self._frames: dict[tuple[int, bool], Frame] = {}
        self._news = trio.Event()

    def append(self, sequence: int, time_ns: int, what: Happened, count: int) -> None:
        """Publish what a command did, `count` events of it. O(1), amortized; nobody is waited for."""
        self._entries[self.end] = Entry(sequence, self.sequence, time_ns, what, count)
        self.end += 1
        self.events += count
        self.sequence = sequence
        while self.events > self._events_max:
            oldest = self._entries.pop(self._first)
            self._first += 1
            self.events -= oldest.count
            self.floor = oldest.sequence
        self._changed()

    def restart(self, sequence: int) -> None:
        """Go on at a sequence that does not follow. All readers are lost."""
        self._entries.clear()
        self.events = 0
        self.end += 1
        self._first = self.end
        self.sequence = self.floor = self.reached = sequence
        self._changed()

    def beat(self) -> None:
        """Give all readers a sign of life."""
        self.beats += 1
        self._changed()

    def close(self) -> None:
        """Tell all readers, and those to come, that it is over. O(readers)."""
        self.is_closed = True
        self._news.set()
        for reader in self.readers:
            reader.end()

    def place_after(self, since: int | None) -> int:
        """Where somebody goes on who knows all up to a sequence; None knows nothing. O(log n)."""
        if since is None:
            return NEW
        if not self.floor <= since <= self.reached:
            return LOST
        places = range(self._first, self.end)
        return self._first + bisect_right(
            places, since, key=lambda place: self._entries[place].sequence
        )

    def read(self, place: int, has_beat: bool) -> Frame | None:
        """What comes next at a place, and the heartbeat if that is wanted; None if nothing does."""
        if place < self._first:
            place, has_beat = (NEW if place == NEW else LOST), False
            self.resets += place == LOST
        elif place == self.end and not has_beat:
            return None
        frame = self._frames.get((place, has_beat))
        if frame is None:
            if len(self._frames) >= FRAMES_MAX:
                self._frames.clear()
            frame = self._frames[place, has_beat] = self._frame(place, has_beat)
        return frame

    async def broadcast(self) -> None:
        """Wake the readers whenever there is news, until it is closed."""
        while not self.is_closed:
            await self._news.wait()
            self._news = trio.Event()
            for turn, reader in enumerate(tuple(self.readers), 1):
                reader.wake()
                if turn % WAKE_MAX == 0:
                    await trio.lowlevel.checkpoint()

    def _changed(self) -> None:
        self._frames.clear()
        self._news.set()

    def _frame(self, place: int, has_beat: bool) -> Frame:
        scribe, told = self._scribe, list[Told]()
        if place < 0:
            reset = (scribe.reset(self.sequence),) if place == LOST else ()
            events = (*reset, self._snapshot(self.sequence))
            return Frame([Told(self.sequence, events)], self.end, scribe.message)
        count = 0
        while place < self.end and count < FRAME_EVENTS_MAX:
            entry = self._entries[place]
            if not entry.written:
                entry.written = scribe.write(entry)
            told.append(Told(entry.sequence, entry.written))
            count += entry.count
            place += 1
        if has_beat and place == self.end:
            told.append(Told(self.sequence, (scribe.heartbeat(self.sequence),)))
        return Frame(told, place, scribe.message)
