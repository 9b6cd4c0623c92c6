"""The entries of the open orders in the order in which the orders took their places."""

from . import chunks
from .chunks import Chunks
from .entry import Entry

# Chunks that are swept for each that is filled. With two of them about half of what is kept is
# open, when as many orders go as come: while all is swept once, as much is added again.
SWEPT_EACH = 2


class Places(Chunks[Entry]):
    """Entries in the order in which they were appended.

    One that is not open any more stays until its chunk is swept. For every chunk that is filled the
    next ones in turn are replaced by what is open in them, and joined with the one before where
    both fit into one: an entry costs a look at two others, and the chunks stay few, however old
    the book is and however few of its orders last.
    """

    __slots__ = ("_next",)

    def __init__(self) -> None:
        super().__init__()
        self._next = 0  # the chunk to sweep

    def _keep(self, chunk: list[Entry]) -> None:
        super()._keep(chunk)
        for _ in range(SWEPT_EACH):
            self._sweep()

    def _sweep(self) -> None:
        full = self._full
        at = self._next if self._next < len(full) else 0
        living = [entry for entry in full[at] if entry.is_open]
        if at and len(full[at - 1]) + len(living) <= chunks.CHUNK_MAX:
            full[at - 1 : at + 1] = [full[at - 1] + living]
        else:
            full[at] = living
            at += 1
        self._next = at
