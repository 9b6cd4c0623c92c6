"""What a ring holds, who may go on where, and what is joined how often."""

import json

import pytest

from goquant.actors import ring as ring_module
from goquant.actors.cursor import Subscriber
from goquant.actors.ring import Ring
from goquant.book.depth import Depth, DepthLevel
from telling import JsonDepth

CHANGE = Depth((DepthLevel(100, 1, 1),), ())


class Channel:
    """A ring of book changes, at sequence 10 when it begins."""

    def __init__(self, events_max: int = 3) -> None:
        self.scribe = JsonDepth()
        self.ring = Ring("A-USD", self.scribe, self._snapshot, sequence=10, events_max=events_max)

    def _snapshot(self, sequence: int) -> bytes:
        return self.scribe.snapshot(sequence, 0, Depth((), ()))

    def append(self, *sequences: int, count: int = 1) -> None:
        for sequence in sequences:
            self.ring.append(sequence, 0, CHANGE, count)
            self.ring.reached = sequence

    def told(self, since: int | None) -> list[str]:
        """What somebody is told at once, who knows all up to a sequence."""
        with Subscriber() as subscriber:
            subscriber.subscribe(self.ring, since)
            return heard(subscriber)


def heard(subscriber: Subscriber) -> list[str]:
    """The types and sequences of what is due."""
    return [
        f"{event['type']} {event['sequence']}"
        for _, frame in subscriber.take()
        for event in json.loads(frame.message)
    ]


def test_a_newcomer_begins_with_a_snapshot_at_the_newest_entry() -> None:
    channel = Channel()
    assert channel.told(None) == ["snapshot 10"]
    channel.append(12, 15)
    assert channel.told(None) == ["snapshot 15"]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (11, ["reset 20", "snapshot 20"]),
        (12, ["update 14", "update 17", "update 20"]),
        (13, ["update 14", "update 17", "update 20"]),
        (14, ["update 17", "update 20"]),
        (19, ["update 20"]),
        (20, ["heartbeat 20"]),
        (21, ["heartbeat 20"]),
        (23, ["heartbeat 20"]),
        (24, ["reset 20", "snapshot 20"]),
    ],
)
def test_one_resumes_where_the_ring_holds_all_that_follows(since: int, expected: list[str]) -> None:
    channel = Channel(events_max=3)
    channel.append(12, 14, 17, 20)
    channel.ring.reached = 23
    assert channel.told(since)[: len(expected)] == expected


def test_one_resumes_at_the_very_beginning_although_nothing_is_held() -> None:
    channel = Channel()
    assert channel.told(10) == ["heartbeat 10"]
    assert channel.told(9) == ["reset 10", "snapshot 10"]
    assert channel.ring.resets == 1


def test_an_entry_says_what_was_before_it_even_if_that_is_gone() -> None:
    channel = Channel(events_max=1)
    channel.append(12, 15)
    with Subscriber() as subscriber:
        subscriber.subscribe(channel.ring, 12)
        ((_, frame),) = subscriber.take()
    (told, _) = frame.told
    assert json.loads(told.events[0])["prev_sequence"] == 12


def test_the_events_are_bounded_and_an_entry_goes_as_a_whole() -> None:
    channel = Channel(events_max=5)
    channel.append(11, count=4)
    channel.append(12)
    assert (channel.ring.events, channel.ring.floor) == (5, 10)
    channel.append(13)
    assert (channel.ring.events, channel.ring.floor) == (2, 11)


def test_an_entry_larger_than_the_ring_is_not_kept_and_everybody_starts_again() -> None:
    channel = Channel(events_max=5)
    channel.append(11)
    with Subscriber() as subscriber:
        subscriber.subscribe(channel.ring, 11)
        channel.append(12, count=6)
        assert heard(subscriber) == ["reset 12", "snapshot 12"]
        assert channel.ring.events == 0
        assert channel.told(12) == ["heartbeat 12"]


def test_whoever_has_stood_at_the_end_is_lost_when_the_ring_starts_over() -> None:
    channel = Channel()
    channel.append(11)
    with Subscriber() as subscriber:
        subscriber.subscribe(channel.ring, 11)
        assert heard(subscriber) == ["heartbeat 11"]
        channel.ring.restart(11)
        for reader in channel.ring.readers:
            reader.wake()
        assert heard(subscriber) == ["reset 11", "snapshot 11"]


def test_all_who_stand_at_one_place_share_one_message() -> None:
    channel = Channel()
    subscribers = [Subscriber() for _ in range(50)]
    for subscriber in subscribers:
        subscriber.subscribe(channel.ring, 10)
    channel.append(11, 12)
    messages = {id(frame.message) for each in subscribers for _, frame in each.take()}
    assert len(messages) == 1
    assert channel.scribe.written == 2


def test_nothing_is_written_down_that_nobody_reads() -> None:
    channel = Channel()
    channel.append(11, 12, 13, 14)
    assert channel.scribe.written == 0


def test_messages_for_single_readers_are_not_kept_without_bound() -> None:
    channel = Channel(events_max=1_000)
    channel.append(*range(11, 511))
    for since in range(10, 510):
        assert channel.told(since)[-1] == "heartbeat 510"
    assert len(channel.ring._frames) <= ring_module.FRAMES_MAX


def test_much_to_catch_up_with_comes_in_frames_of_whole_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_module, "FRAME_EVENTS_MAX", 3)
    channel = Channel(events_max=100)
    channel.append(11, 12, count=2)
    channel.append(13)
    with Subscriber() as subscriber:
        subscriber.subscribe(channel.ring, 10)
        assert heard(subscriber) == ["update 11", "update 12"]
        assert heard(subscriber) == ["update 13", "heartbeat 13"]
        assert heard(subscriber) == []


def test_a_beat_reaches_those_who_want_it_once() -> None:
    channel = Channel()
    with Subscriber() as wants, Subscriber(with_beats=False) as does_not:
        for subscriber in (wants, does_not):
            subscriber.subscribe(channel.ring)
            heard(subscriber)
        channel.ring.beat()
        for reader in channel.ring.readers:
            reader.wake()
        assert heard(wants) == ["heartbeat 10"]
        assert heard(wants) == heard(does_not) == []


def test_a_ring_forgets_who_has_left() -> None:
    channel = Channel()
    with Subscriber() as subscriber:
        subscriber.subscribe(channel.ring)
        subscriber.subscribe(channel.ring)
        assert len(channel.ring.readers) == 1
        subscriber.unsubscribe(channel.ring)
        subscriber.unsubscribe(channel.ring)
        assert not channel.ring.readers
        assert heard(subscriber) == []
        subscriber.subscribe(channel.ring)
    assert not channel.ring.readers


def test_a_ring_given_up_while_another_is_sent_is_not_told_of() -> None:
    first, second = Channel(), Channel()
    with Subscriber() as subscriber:
        subscriber.subscribe(first.ring)
        subscriber.subscribe(second.ring)
        due = subscriber.take()
        assert next(due)[0] is first.ring
        subscriber.unsubscribe(second.ring)
        assert list(due) == []
