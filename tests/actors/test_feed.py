"""Whoever reads the feed, however, knows in the end just what the engine knows."""

import json
from collections.abc import Callable, Iterator
from itertools import cycle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import Step, Wished, cut
from goquant.actors import ring as ring_module
from goquant.actors.cursor import Subscriber
from goquant.actors.exchange import Exchange
from goquant.actors.feed import NEWEST_TRADES_MAX, Feed
from goquant.actors.ring import Frame, Ring
from goquant.book.depth import l2
from goquant.book.instrument import Instrument
from goquant.book.market import Market
from strategies import WAITS_NS, instrument, instruments, steps, wish
from telling import Client, Event, JsonScribes

DEPTHS = (1, 3, 100)


class Told:
    """A feed that is told of batches by hand, and wakes its readers on the spot."""

    def __init__(self, rules: Instrument, events_max: int = 100) -> None:
        self.busy = Wished(rules)
        self.feed = Feed(Exchange([rules]), JsonScribes(), events_max)
        self.symbol = rules.symbol

    @property
    def market(self) -> Market:
        return self.busy.market

    def channels(self) -> list[Callable[[], Ring]]:
        """Where a client may look: trades, and each depth."""
        depths = [lambda size=size: self.feed.depth(self.symbol, size) for size in DEPTHS]
        return [lambda: self.feed.trades(self.symbol), *depths]

    def batch(self, wished: list[Step]) -> None:
        """Carry out a batch and publish it."""
        answers = [self.busy.ask(step) for step in wished]
        self.feed.observe(self.market, answers)
        self.wake()

    def wake(self) -> None:
        """What the broadcasters do."""
        for ring in self.feed.rings:
            for reader in ring.readers:
                reader.wake()


class Caller:
    """A client with a connection that breaks now and then."""

    def __init__(self, channel: Callable[[], Ring]) -> None:
        self._channel = channel
        self.client = Client()
        self._subscriber: Subscriber | None = None

    @property
    def is_connected(self) -> bool:
        return self._subscriber is not None

    def connect(self, since: int | None, with_beats: bool = True) -> None:
        self._subscriber = Subscriber(with_beats=with_beats)
        self._subscriber.subscribe(self._channel(), since)

    def disconnect(self) -> None:
        assert self._subscriber is not None
        self._subscriber.__exit__()
        self._subscriber = None

    def beat(self) -> None:
        ring = self._channel()
        ring.beat()
        for reader in ring.readers:
            reader.wake()

    def read(self, frames_max: int, events_max: int = 10**9) -> None:
        """Take some frames; the connection breaks after so many events, even within a command."""
        heard = 0
        for _ in range(frames_max):
            for frame in self._frames():
                for event, is_last in events_of(frame):
                    if heard == events_max:
                        self.disconnect()
                        return
                    self.client.hear(event, is_last=is_last)
                    heard += 1

    def _frames(self) -> Iterator[Frame]:
        assert self._subscriber is not None
        return (frame for _, frame in self._subscriber.take())


def events_of(frame: Frame) -> Iterator[tuple[Event, bool]]:
    """The events of a frame, and whether each is the last one of its command."""
    for told in frame.told:
        for turn, event in enumerate(told.events, 1):
            yield json.loads(event), turn == len(told.events)


DEEDS = ("read", "nothing", "break", "leave", "resume", "poll", "join", "future", "beat")

# What a client does after each batch, and a number that some of it needs.
deeds = st.tuples(st.sampled_from(DEEDS), st.integers(0, 4))


@given(
    instruments(),
    steps(),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(1, 8),
    st.lists(deeds, min_size=1, max_size=40),
)
def test_clients_that_come_and_go_end_with_what_the_engine_has(
    rules: Instrument,
    wished: list[Step],
    sizes: list[int],
    events_max: int,
    script: list[tuple[str, int]],
) -> None:
    play(Told(rules, events_max), list(cut(wished, sizes)), script)


@pytest.mark.parametrize("seed", range(20))
def test_clients_that_come_and_go_for_long_end_with_what_the_engine_has(seed: int) -> None:
    random = Random(seed)
    wished = [(random.choice(WAITS_NS), wish(random.choice)) for _ in range(300)]
    batches = cut(wished, [random.randint(1, 5) for _ in range(7)])
    script = [(random.choice(DEEDS), random.randint(0, 4)) for _ in range(501)]
    told = Told(instrument(random.choice), events_max=random.choice((1, 5, 20, 1_000)))
    callers = play(told, list(batches), script)
    assert sum(caller.client.resets for caller in callers)
    assert any(caller.client.heartbeats for caller in callers)


def play(told: Told, batches: list[list[Step]], script: list[tuple[str, int]]) -> list[Caller]:
    """Publish batches while clients act; then let all of them catch up, and compare."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ring_module, "FRAME_EVENTS_MAX", 2)
        callers = [Caller(channel) for channel in told.channels() * 2]
        turns = cycle(script)
        for batch in batches:
            told.batch(batch)
            for caller, deed in zip(callers, turns, strict=False):
                act(caller, *deed)
        for caller in callers:
            if not caller.is_connected:
                caller.connect(caller.client.last)
            caller.read(frames_max=1_000)
    compare(told, callers)
    return callers


def act(caller: Caller, deed: str, number: int) -> None:
    """Something that a client does with its connection, if it can."""
    match deed, caller.is_connected:
        case "read", True:
            caller.read(frames_max=number)
        case "break", True:
            caller.read(frames_max=9, events_max=number)
        case "leave", True:
            caller.disconnect()
        case "resume", False:
            caller.connect(caller.client.last)
        case "poll", False:
            caller.connect(caller.client.last, with_beats=False)
        case "join", False:
            caller.connect(None)
        case "future", False:
            caller.connect(10**9)
        case "beat", _:
            caller.beat()


def compare(told: Told, callers: list[Caller]) -> None:
    trades, _ = told.market.blotter.trades(10**9)
    all_trades = {one.trade.trade_id: one.trade.price for one in trades}
    for number, caller in enumerate(callers):
        client = caller.client
        which = number % (len(DEPTHS) + 1)
        if which:
            assert client.depth == l2(told.market.engine.book, DEPTHS[which - 1])
        else:
            known = min(client.trades, default=10**9)
            assert client.trades == {i: price for i, price in all_trades.items() if i >= known}
            assert len(client.trades) >= min(len(all_trades), NEWEST_TRADES_MAX)
