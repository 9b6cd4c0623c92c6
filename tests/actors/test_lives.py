"""Any commands, crashes, snapshots, stops and power cuts: what was answered is what the journal says.

Several lives of an exchange on one disk. In each of them clients send any commands to a few symbols,
some of which make the engine fail; snapshots are taken all the time; and it ends by a stop, or the
power goes at some change of the disk. After each life every call is over, and:

- each answer is that of a replay of the whole journal, no two calls have the same place in it, and
  the commands of each client stand in it in the order of their sending;
- a command that crashed or was refused is not in the journal; what else is there was in doubt;
- the exchange of the next life is that of the replay.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import trio
from hypothesis import event, given, note, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from goquant.actors.calls import Call, Crashed, OutcomeUnknown, Refused
from goquant.book.commands import Command, ExpireOrders, MassCancel, NewOrder
from goquant.book.events import OrderRejected, OrderRepeated
from goquant.book.market import Answer, Market
from goquant.persistence.codec import Commanded
from running import WallClock
from simdisk import PowerCut, SimDisk
from small_exchange import records
from storing import POISON, SYMBOLS, Durable, leaves, listed, on_disk, poisonous_engines
from strategies import Wish, aim, wishes

NEVER = 1_000_000
SNAPSHOT_INTERVAL_S = 0.001


class Step(NamedTuple):
    """What a client does: it asks, and waits for the answer, or so many turns or milliseconds."""

    symbol: str
    wish: Wish
    pause: int | str


class Life(NamedTuple):
    """What becomes of the exchange. The power goes at a change of the disk, unless it is stopped."""

    clients: list[list[Step]]
    cut_at: int
    seed: int


steps = st.builds(
    Step,
    st.sampled_from(SYMBOLS),
    st.one_of(*[wishes()] * 9, st.just(MassCancel(POISON))),
    st.sampled_from((0, 0, 0, 1, 3, "answer", "answer", "time")),
)
lives = st.builds(
    Life,
    st.lists(st.lists(steps, max_size=10), min_size=1, max_size=3),
    st.sampled_from((NEVER, *range(1, 40))),
    st.integers(0, 2**16),
)


class Disk:
    """A disk through its lives, and all that was asked of the exchanges on it."""

    def __init__(self) -> None:
        self.disk = SimDisk()
        self.sent: list[list[tuple[str, Call]]] = []
        self.clock = WallClock()
        self._journal: list[tuple[str, Command]] = []

    async def live(self, life: Life) -> None:
        """One life, from a start to an end; then look at what is left."""
        run = Durable(
            self.disk, listed(), snapshot_interval_s=SNAPSHOT_INTERVAL_S, clock=self.clock
        )
        assert run.hashes() == on_disk(self.disk)
        self.disk.crash(life.cut_at)
        is_cut = await self._until_the_end(run, life)
        event("power cut" if is_cut else "stop")
        if any(each.restarts for each in run.exchange.status()):
            event("restart of a symbol")
        if run.opened.replayed and any(run.opened.snapshots.values()):
            event("start from snapshots and the journal")
        self.disk = self.disk.power_cut(Random(life.seed)) if is_cut else self.disk.restart()
        self._compare()

    async def _until_the_end(self, run: Durable, life: Life) -> bool:
        """Whether the power went. Nothing else may go wrong."""
        power_cuts: list[PowerCut] = []
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(run.run)
                async with trio.open_nursery() as clients:
                    for client in life.clients:
                        clients.start_soon(self._client, run, client)
                run.stop.cancel()
        except* PowerCut as group:
            power_cuts = list(leaves(group))
        return bool(power_cuts)

    async def _client(self, run: Durable, steps: list[Step]) -> None:
        sent: list[tuple[str, Call]] = []
        self.sent.append(sent)
        for step in steps:
            command = self._aimed(run.exchange.symbol(step.symbol).market, sent, step.wish)
            try:
                call = run.exchange.post(step.symbol, command)
                sent.append((step.symbol, call))
                await pause(step.pause, call)
            except Crashed:
                event("crashed")
            except (Refused, OutcomeUnknown) as problem:
                event(type(problem).__name__)

    def _aimed(self, market: Market, sent: list[tuple[str, Call]], wish: Wish) -> Command:
        live = sorted(market.engine.book.orders)
        orders = [call.command for _, call in sent if isinstance(call.command, NewOrder)]
        return aim(wish, live, orders, self.clock())

    def _compare(self) -> None:
        replayed = dict(self._replayed())
        unexplained = Counter((symbol, repr(command)) for symbol, command in self._journal)
        in_doubt = Counter[tuple[str, str]]()
        for sent in self.sent:
            last = dict.fromkeys(SYMBOLS, 0)
            for symbol, call in sent:
                assert call.is_over, f"{call.command} hangs"
                if isinstance(call._error, OutcomeUnknown):
                    in_doubt[symbol, repr(call.command)] += 1
                elif call._answer is not None:
                    sequence = call._answer.sequenced.sequence
                    assert sequence > last[symbol], "out of order"
                    last[symbol] = sequence
                    assert_same(call._answer, replayed.pop((symbol, sequence)))
                    unexplained[symbol, repr(call.command)] -= 1
        for (symbol, command), count in unexplained.items():
            is_ours = command == repr(ExpireOrders())
            assert 0 <= count <= in_doubt[symbol, command] or is_ours, f"{symbol} {command}"

    def _replayed(self) -> Iterator[tuple[tuple[str, int], Answer]]:
        """The answers of a replay of the whole journal in memory, by symbol and sequence."""
        markets = {each.symbol: Market.empty(each) for each in listed()}
        self._journal = []
        for record in records(self.disk):
            if isinstance(record, Commanded):
                answer = markets[record.symbol].apply(record.sequenced)
                self._journal.append((record.symbol, record.sequenced.command))
                yield (record.symbol, record.sequenced.sequence), answer


def assert_same(answer: Answer, replayed: Answer) -> None:
    """A symbol that was rebuilt may have forgotten a finished order, and then cannot show it."""
    assert (answer.sequenced, answer.events) == (replayed.sequenced, replayed.events)
    changes = [
        each for each in answer.events if not isinstance(each, OrderRejected | OrderRepeated)
    ]
    assert answer.orders == replayed.orders or not (changes or answer.orders)


async def pause(how: int | str, call: Call) -> None:
    """Wait for the answer, for time to pass, or for some turns."""
    if how == "answer":
        await call.wait()
    elif how == "time":
        await trio.sleep(0.005)
    for _ in range(how if isinstance(how, int) else 0):
        await trio.lowlevel.checkpoint()


async def live_them(all_of_them: list[Life]) -> None:
    disk = Disk()
    with trio.fail_after(3_600):
        for life in all_of_them:
            note(f"{life}")
            await disk.live(life)
        await disk.live(Life([], NEVER, 0))


@settings(deadline=None)
@given(st.lists(lives, min_size=1, max_size=4))
def test_what_was_answered_is_what_the_journal_says(all_of_them: list[Life]) -> None:
    with poisonous_engines():
        trio.run(live_them, all_of_them, clock=MockClock(autojump_threshold=0))
