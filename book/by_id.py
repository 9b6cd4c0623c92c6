"""Things found by an ascending id, without a step that grows with their number."""

from collections.abc import Iterator
from typing import TypeVar

from sortedcontainers import SortedDict

T = TypeVar("T")

# The ids in a bucket differ in so many bits.
BUCKET_BITS = 8


class ById(SortedDict[int, dict[int, T]]):
    """Buckets of things whose ids are near each other: `by_id[key >> BUCKET_BITS][key]` is a thing.

    A bucket is there as soon as it is asked for. A dict of all would be moved as a whole now and
    then, 300,000 entries in ten milliseconds or more, and cannot be read backwards from its
    middle. To find, add and remove is O(1), but for O(log n) in the first and the last of a bucket.
    """

    def __missing__(self, number: int) -> dict[int, T]:
        bucket: dict[int, T] = {}
        self[number] = bucket
        return bucket

    def find(self, key: int) -> T | None:
        """What has this id, or None."""
        bucket = self.get(key >> BUCKET_BITS)
        return None if bucket is None else bucket.get(key)

    def take(self, key: int) -> T:
        """Take out what has this id, and return it."""
        bucket = self[key >> BUCKET_BITS]
        thing = bucket.pop(key)
        if not bucket:
            del self[key >> BUCKET_BITS]
        return thing

    def newest_first(self, before: int | None = None) -> Iterator[T]:
        """Those with smaller ids, the largest first. O(log n) to begin with, then O(1) each."""
        last = None if before is None else before >> BUCKET_BITS
        for number in self.irange(maximum=last, reverse=True):
            bucket = self[number]
            for key in sorted(bucket, reverse=True):
                if before is None or key < before:
                    yield bucket[key]
