"""A client of the feed: its cursors in the rings that it reads, and its sleep until there is news."""

from collections.abc import Iterator
from typing import Self

import trio

from .ring import Frame, Ring


class FeedClosed(Exception):
    """Nothing will be told any more: the server or the exchange is stopping."""


class Cursor:
    """How far a subscriber has read a ring."""

    __slots__ = ("_beats", "_place", "_subscriber", "ring")

    def __init__(self, subscriber: "Subscriber", ring: Ring, since: int | None) -> None:
        self.ring = ring
        self._subscriber = subscriber
        self._place = ring.place_after(since)
        # Whoever resumes and has missed nothing hears at least a heartbeat, and so that it is well.
        self._beats = ring.beats if since is None else ring.beats - 1

    @property
    def is_behind(self) -> bool:
        """Whether there is more to take."""
        return self._place != self.ring.end or self._beats != self.ring.beats

    def take(self, with_beats: bool) -> Frame | None:
        """What comes next, if anything does, which the subscriber then knows."""
        ring = self.ring
        frame = ring.read(self._place, with_beats and self._beats != ring.beats)
        if frame is not None:
            self._place = frame.end
        if self._place == ring.end:
            self._beats = ring.beats
        return frame

    def wake(self) -> None:
        self._subscriber.notify(self)

    def end(self) -> None:
        self._subscriber.end()


class Subscriber:
    """Reads some rings, in one task. Close it, or use it as a context manager."""

    def __init__(self, *, with_beats: bool = True) -> None:
        """Without beats it never hears that nothing has happened."""
        self.cursors: dict[Ring, Cursor] = {}
        self._with_beats = with_beats
        self._due: dict[Cursor, None] = {}
        self._is_over = False
        self._sleeping = trio.lowlevel.ParkingLot()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for ring in tuple(self.cursors):
            self.unsubscribe(ring)

    def subscribe(self, ring: Ring, since: int | None = None) -> None:
        """Read a ring, from a snapshot or from what came after a sequence. Anew, if it is read already."""
        self.unsubscribe(ring)
        cursor = self.cursors[ring] = Cursor(self, ring, since)
        ring.readers[cursor] = None
        self.notify(cursor)
        if ring.is_closed:
            self.end()

    def unsubscribe(self, ring: Ring) -> None:
        """Read a ring no more; nothing happens if it is not read."""
        cursor = self.cursors.pop(ring, None)
        if cursor is not None:
            del ring.readers[cursor]
            self._due.pop(cursor, None)

    async def wait(self) -> None:
        """Sleep until something is due; that may be less than a frame.

        Raises:
            FeedClosed: nothing will be due any more.
        """
        if self._due or self._is_over:
            await trio.lowlevel.checkpoint()
        else:
            await self._sleeping.park()
        if self._is_over:
            raise FeedClosed

    def take(self) -> Iterator[tuple[Ring, Frame]]:
        """What is due, a frame for each ring; with more in a ring it is due again at once."""
        due, self._due = self._due, {}
        for cursor in due:
            ring = cursor.ring
            # It may have been given up while a frame of another one was sent.
            if self.cursors.get(ring) is cursor:
                frame = cursor.take(self._with_beats)
                if frame is not None:
                    yield ring, frame
                    if cursor.is_behind:
                        self._due[cursor] = None

    def notify(self, cursor: Cursor) -> None:
        """A cursor may have something to take."""
        self._due[cursor] = None
        self._sleeping.unpark()

    def end(self) -> None:
        """Let `wait` raise FeedClosed."""
        self._is_over = True
        self._sleeping.unpark()
