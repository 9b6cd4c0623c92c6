"""Rows become commands, in order, in batches, and every one of them is counted."""

from collections.abc import Sequence
from decimal import Decimal

import trio
import trio.testing

from goquant.book.enums import Side
from goquant.replay.flow import Action, Row
from goquant.replay.ghosts import ghosts_at
from goquant.replay.player import Player, order_of
from goquant.replay.tally import Kind
from goquant.replay.venue import (
    Accepted,
    Cancel,
    Done,
    Entry,
    OrderState,
    Place,
    Refused,
    Replace,
    Result,
    VenueTrade,
)

TICK = Decimal("0.01")


def row(
    id: str, action: str = "created", *, price: str = "100", volume: str = "1", at_ms: int = 0
) -> Row:
    return Row(id, at_ms, Decimal(price), Decimal(volume), Action(action), Side.BUY)


class Script:
    """A venue that keeps what it is sent, and refuses bids at one price."""

    def __init__(self, *, refused_price: Decimal | None = None, latency_s: float = 0.0) -> None:
        self.batches: list[list[Entry]] = []
        self.times: list[float] = []
        self.states: dict[str, OrderState] = {}
        self._refused_price = refused_price
        self._latency_s = latency_s
        self._orders = 0

    @property
    def tick_size(self) -> Decimal:
        return TICK

    async def submit(self, batch: Sequence[Entry]) -> list[Result]:
        self.batches.append(list(batch))
        self.times.append(trio.current_time())
        await trio.sleep(self._latency_s)
        return [self._result(entry) for entry in batch]

    async def order(self, order_id: str) -> OrderState:
        return self.states[order_id]

    async def trades_since(self, trade_id: int) -> list[VenueTrade]:
        return []

    def _result(self, entry: Entry) -> Result:
        if not isinstance(entry, Place):
            return Done()
        if entry.side is Side.BUY and entry.price == self._refused_price:
            return Refused("post_only_would_take")
        self._orders += 1
        return Accepted(f"x{self._orders}", is_open=True, trade_ids=())


def place(price: str = "100", volume: str = "1") -> Place:
    return Place(Side.BUY, Decimal(price), Decimal(volume), post_only=False)


def test_only_takers_may_take_once_there_are_any_named() -> None:
    assert not order_of(row("a"), TICK, takers=None).post_only
    assert not order_of(row("a"), TICK, takers={"a"}).post_only
    assert order_of(row("b"), TICK, takers={"a"}).post_only


def test_a_price_of_zero_becomes_one_tick() -> None:
    assert order_of(row("a", price="0.0"), TICK, takers=None).price == TICK


async def test_batches_are_filled_and_the_rest_follows() -> None:
    venue = Script()
    player = Player(venue, batch_max=2)
    await player.play([row("a"), row("b"), row("c")])
    assert [len(batch) for batch in venue.batches] == [2, 1]
    assert player.tally.sent == player.tally.done == {Kind.ORDER: 3}
    assert player.file_ids == {"x1": "a", "x2": "b", "x3": "c"}


async def test_a_cancel_of_an_unanswered_order_cuts_the_batch() -> None:
    venue = Script()
    await Player(venue).play([row("a"), row("b"), row("a", "deleted"), row("c")])
    assert venue.batches == [[place(), place()], [Cancel("x1"), place()]]


async def test_a_cancel_of_an_answered_order_does_not() -> None:
    venue = Script()
    await Player(venue, batch_max=2).play([row("a"), row("b"), row("c"), row("a", "deleted")])
    assert venue.batches == [[place(), place()], [place(), Cancel("x1")]]


async def test_what_was_refused_is_not_canceled() -> None:
    venue = Script(refused_price=Decimal(99))
    player = Player(venue)
    await player.play([row("a", price="99"), row("a", "deleted")])
    assert venue.batches == [[place("99")]]
    assert player.tally.refused == {(Kind.ORDER, "post_only_would_take"): 1}
    assert player.tally.left_out == {(Action.DELETED, "not open here"): 1}
    assert player.tally.done == {}


def ask(id: str, price: str) -> Row:
    return Row(id, 0, Decimal(price), Decimal(1), Action.CREATED, Side.SELL)


async def test_a_refused_order_that_stands_is_offered_again_and_ghosts_go() -> None:
    venue = Script(refused_price=Decimal(99))
    player = Player(venue)
    rows = [ask("ghost", "98"), ask("level", "99"), row("a", price="99", at_ms=10)]
    await player.play([*rows, row("b", at_ms=1009), row("c", at_ms=1010)])
    # The ask at 98 cannot be there for a second while a bid stands at 99; the one at 99 can.
    assert venue.batches[1] == [place()]
    assert venue.batches[2] == [Cancel("x1"), place("99"), place()]
    assert (player.tally.ghosts, player.tally.offered_again) == (1, 1)


async def test_it_is_offered_again_once_with_what_is_left_of_it() -> None:
    venue = Script(refused_price=Decimal(99))
    rows = [row("a", price="99"), row("a", "changed", volume="0.5", at_ms=10)]
    await Player(venue).play([*rows, *(row(f"b{ms}", at_ms=ms) for ms in (5, 1000, 2000, 3000))])
    offers = [
        each
        for batch in venue.batches
        for each in batch
        if isinstance(each, Place) and each.price == Decimal(99)
    ]
    assert offers == [place("99"), place("99", "0.5")]


async def test_what_is_gone_is_not_offered_again() -> None:
    venue = Script(refused_price=Decimal(99))
    player = Player(venue)
    rows = [row("a", price="99"), row("a", "deleted", at_ms=999), row("b", at_ms=5000)]
    await player.play(rows)
    assert player.tally.offered_again == 0


async def test_large_batches_do_not_make_it_wait_longer() -> None:
    counts = []
    for batch_max in (1, 100):
        player = Player(Script(refused_price=Decimal(99)), batch_max=batch_max)
        await player.play([row("a", price="99"), row("b", at_ms=900), row("c", at_ms=1000)])
        counts.append((player.tally.offered_again, player.tally.sent[Kind.ORDER]))
    assert counts == [(1, 4), (1, 4)]


async def test_a_row_of_an_order_that_was_never_created_is_left_out() -> None:
    player = Player(Script())
    await player.play([row("a", "deleted"), row("a", "changed")])
    assert player.tally.left_out.total() == player.tally.rows.total() == 2
    assert player.tally.commands == 0


async def test_an_order_without_volume_is_left_out() -> None:
    player = Player(Script())
    await player.play([row("a", volume="0.0")])
    assert player.tally.left_out == {(Action.CREATED, "no volume"): 1}


async def test_more_left_here_than_in_the_file_is_reduced() -> None:
    venue = Script()
    venue.states["x1"] = OrderState(True, filled=Decimal("0.5"), remaining=Decimal("2.5"))
    await Player(venue).play([row("a", volume="3"), row("a", "changed", volume="2")])
    assert venue.batches == [[place(volume="3")], [Replace("x1", Decimal("2.5"))]]


async def test_no_more_left_here_than_in_the_file_stays() -> None:
    venue = Script()
    venue.states["x1"] = OrderState(True, filled=Decimal(1), remaining=Decimal(2))
    venue.states["x2"] = OrderState(False, filled=Decimal(3), remaining=Decimal(0))
    player = Player(venue)
    rows = [row(id, "changed", volume="2") for id in ("a", "b")]
    await player.play([row("a", volume="3"), row("b", volume="3"), *rows])
    assert player.tally.left_out == {(Action.CHANGED, "no more left here either"): 2}


async def test_changed_to_nothing_is_deleted() -> None:
    venue = Script()
    await Player(venue).play([row("a"), row("a", "changed", volume="0")])
    assert venue.batches[1] == [Cancel("x1")]


async def test_without_a_speed_nothing_waits(autojump_clock: trio.testing.MockClock) -> None:
    venue = Script(latency_s=0.25)
    player = Player(venue, batch_max=1)
    await player.play([row("a", at_ms=0), row("b", at_ms=60_000)])
    assert [time - venue.times[0] for time in venue.times] == [0, 0.25]
    assert player.tally.seconds == 0.5
    assert player.tally.commands_per_second == 4
    assert [batch.seconds for batch in player.tally.batches] == [0.25, 0.25]


async def test_a_speed_keeps_the_distances(autojump_clock: trio.testing.MockClock) -> None:
    venue = Script()
    rows = [row("a", at_ms=1000), row("b", at_ms=1000), row("c", at_ms=5000), row("d", at_ms=4000)]
    await Player(venue, speed=2).play(rows)
    # What is due is not kept waiting for its batch to fill; a row out of order is simply late.
    assert [len(batch) for batch in venue.batches] == [2, 2]
    assert venue.times[1] - venue.times[0] == 2


def test_ghosts_are_on_the_other_side_and_strictly_through() -> None:
    bids = [row("b1", price="99"), row("b2", price="100"), row("b3", price="101")]
    asks = [ask("a1", "99"), ask("a2", "100"), ask("a3", "101")]
    assert ghosts_at(row("x", price="100"), bids + asks) == ["a1"]
    assert ghosts_at(ask("x", "100"), bids + asks) == ["b3"]
