"""Buckets of things by their ids, beside a dict that is sorted whenever it is asked."""

from hypothesis import given
from hypothesis import strategies as st

from goquant.book.by_id import BUCKET_BITS, ById

BUCKET = 1 << BUCKET_BITS

# Few enough to meet again, and on both sides of the ends of buckets.
IDS = st.one_of(st.integers(1, 5), st.integers(BUCKET - 2, BUCKET + 2), st.integers(1, 5 * BUCKET))


def of(*ids: int) -> ById[str]:
    found: ById[str] = ById()
    for key in ids:
        found[key >> BUCKET_BITS][key] = f"thing {key}"
    return found


@given(st.lists(st.tuples(st.booleans(), IDS), max_size=60), IDS)
def test_it_is_a_sorted_dict(steps: list[tuple[bool, int]], before: int) -> None:
    things, model = of(), dict[int, str]()
    for turn, (is_new, key) in enumerate(steps):
        if is_new:
            things[key >> BUCKET_BITS][key] = model[key] = f"thing {turn}"
        elif key in model:
            assert things.take(key) == model.pop(key)
        assert things.find(key) == model.get(key)
    ordered = sorted(model, reverse=True)
    assert list(things.newest_first()) == [model[key] for key in ordered]
    older = [model[key] for key in ordered if key < before]
    assert list(things.newest_first(before)) == older
    assert all(things.values()), "no bucket is left empty"


def test_ids_may_come_in_any_order() -> None:
    things = of(3, BUCKET, 2, 5 * BUCKET, BUCKET - 1)
    keys = [5 * BUCKET, BUCKET, BUCKET - 1, 3, 2]
    assert list(things.newest_first()) == [f"thing {key}" for key in keys]


def test_looking_for_what_is_not_there_leaves_nothing_behind() -> None:
    things = of(1)
    assert things.find(2) is None
    assert things.find(7 * BUCKET) is None
    assert list(things) == [0]


def test_a_bucket_goes_with_the_last_of_it() -> None:
    things = of(1, 2, BUCKET)
    assert (things.take(1), things.take(BUCKET)) == ("thing 1", f"thing {BUCKET}")
    assert list(things) == [0]
