"""What a client that trades is told: the answers to its messages, and the reports of its orders.

One task says all of it. Whenever something is due it sends what there is in one piece: an answer or a
frame of reports is a WebSocket message of its own, but many of them share one way to the socket.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import trio
from msgspec import Struct

from ..actors.cursor import Cursor, Subscriber
from ..actors.ring import Frame, Ring
from .desk import HandedIn, Pending
from .http1 import text_frame
from .routes import encode
from .websocket import Session

# Commands whose answers are written and sent in one piece. Others get a turn after so many.
SLICE_MAX = 64


class Asked:
    """A message whose commands are handed in, and how to write the answer once they are over."""

    __slots__ = ("answer", "handed_in", "left")

    def __init__(
        self,
        handed_in: Sequence[HandedIn],
        answer: Callable[[Sequence[HandedIn]], Awaitable[Struct]],
    ) -> None:
        self.handed_in = handed_in
        self.answer = answer
        self.left = len(handed_in)


class Outbox(Subscriber):
    """All that one session has to say."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight = 0  # commands of which the client does not know the outcome
        self._due_answers: deque[Asked] = deque()
        self._told = trio.lowlevel.ParkingLot()

    def promise(self, asked: Asked) -> None:
        """There will be an answer: once all the commands are over that were handed in."""
        self.in_flight += len(asked.handed_in)
        over = partial(self._over, asked)
        for each in asked.handed_in:
            if isinstance(each, Pending):
                each.then(over)
            else:
                over()

    async def room(self, in_flight_max: int) -> None:
        """Sleep until there are fewer commands in flight than that."""
        while self.in_flight >= in_flight_max:
            await self._told.park()

    async def tell(self, session: Session) -> None:
        """Say all that is due, whenever it is, until cancelled."""
        while True:
            if not self._due_answers and not self._due:
                await self._sleeping.park()
            else:
                await trio.lowlevel.checkpoint()
            frames, count = await self._answers()
            frames += [frame.message for _, frame in self.take()]
            if frames:
                await session.send_frame(b"".join(frames))
            if count:
                self.in_flight -= count
                self._told.unpark_all()

    def take(self) -> Iterator[tuple[Ring, Frame]]:
        """What is due, and what has only just been published: that goes along with its answers."""
        for cursor in self.cursors.values():
            if cursor.is_behind:
                self._due[cursor] = None
        return super().take()

    def notify(self, cursor: Cursor) -> None:
        """A cursor has something to take, unless that has gone along already."""
        if cursor.is_behind:
            super().notify(cursor)

    def end(self) -> None:
        """There will be no more reports, but still answers."""

    def _over(self, asked: Asked) -> None:
        asked.left -= 1
        if not asked.left:
            self._due_answers.append(asked)
            self._sleeping.unpark()

    async def _answers(self) -> tuple[list[bytes], int]:
        """Some answers as frames, and of how many commands they are."""
        frames: list[bytes] = []
        count = 0
        while self._due_answers and count < SLICE_MAX:
            asked = self._due_answers.popleft()
            # It waits for nothing, but for the history when an order of long ago is repeated.
            frames.append(text_frame(encode(await asked.answer(asked.handed_in))))
            count += len(asked.handed_in)
        return frames, count
