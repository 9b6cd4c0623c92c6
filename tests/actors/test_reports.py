"""Owners of orders are told of them, of all of them, and of nothing else; no trio, no scribe."""

from collections.abc import Sequence
from itertools import cycle
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import Step, Wished, cut
from builders import instrument, order
from goquant.actors import reports
from goquant.actors.reports import IDLE_BEATS_MAX, Owner, Reports
from goquant.actors.ring import Ring
from goquant.book.commands import CancelOrder, Command, NewOrder, Sequenced
from goquant.book.events import OrderRepeated
from goquant.book.instrument import Instrument
from goquant.book.market import Answer, Market
from goquant.book.records import OrderRecord
from goquant.book.reports import Report
from strategies import instruments, steps


class Told:
    """In place of a ring: it keeps all."""

    def __init__(self) -> None:
        self.readers: dict[object, None] = {}
        self.entries: list[tuple[int, tuple[Report, ...]]] = []
        self.restarts: list[int] = []
        self.is_closed = False

    def append(self, sequence: int, time_ns: int, what: tuple[Report, ...], count: int) -> None:
        assert len(what) == count > 0
        self.entries.append((sequence, what))

    def restart(self, sequence: int) -> None:
        self.restarts.append(sequence)
        self.entries.clear()

    def close(self) -> None:
        self.is_closed = True


def told_to(owner: Owner) -> Told:
    return cast(Told, owner.ring)


def reports_of() -> Reports:
    return Reports(lambda _: cast(Ring, Told()), lambda ring: ring.close())


class Follower:
    """What an owner makes of what it is told."""

    def __init__(self, owner: Owner, known: Sequence[OrderRecord]) -> None:
        self.owner = owner
        self.orders = {record.order_id: record for record in known}
        self._read = 0

    def read(self, market: Market) -> None:
        """Take in what is new, each order of which has to be as the market has it then."""
        for sequence, told in told_to(self.owner).entries[self._read :]:
            self._read += 1
            for report in told:
                assert report.order.sequence == sequence
                self.orders[report.order.order_id] = report.order
        for order_id, record in self.orders.items():
            assert record == market.blotter.order(order_id)

    def open_orders(self) -> list[OrderRecord]:
        """Those that are open, the oldest first."""
        found = [record for record in self.orders.values() if record.status.is_open]
        return sorted(found, key=lambda record: record.order_id)


# What happens after each batch: an account is listened to, or all begins anew, or nothing.
DEEDS = st.sampled_from([None, None, None, "ann", "bob", "cyd", "start over"])


@given(
    instruments(),
    steps(),
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.lists(DEEDS, min_size=1, max_size=10),
    st.lists(st.booleans(), min_size=1, max_size=10),
)
def test_every_owner_knows_its_orders_as_the_market_does(
    rules: Instrument,
    wished: list[Step],
    sizes: list[int],
    deeds: list[str | None],
    claims: list[bool],
) -> None:
    busy, all_reports = Wished(rules), reports_of()
    followers = [Follower(all_reports.session(), [])]
    claimed = set[int]()
    wanted = cycle(claims)
    for batch, deed in zip(cut(wished, sizes), cycle(deeds), strict=False):
        answers = [busy.ask(step) for step in batch]
        for answer in answers:
            if is_new(answer) and next(wanted):
                (record,) = answer.orders
                followers[0].owner.claim(record.order_id)
                claimed.add(record.order_id)
                if isinstance(answer.events[-1], OrderRepeated):
                    # Of its past one only knows from the answer.
                    followers[0].orders[record.order_id] = record
        all_reports.publish(answers)
        assert not all_reports._claims
        for follower in followers:
            follower.read(busy.market)
            assert all_reports.orders(follower.owner) == follower.open_orders()
        assert followers[0].orders.keys() <= claimed
        check_accounts(all_reports, busy.market)
        if deed == "start over":
            all_reports.start_over(busy.market)
            assert all(told_to(each.owner).restarts for each in followers)
            followers = [Follower(each.owner, all_reports.orders(each.owner)) for each in followers]
        elif deed is not None and deed not in all_reports.accounts:
            owner = all_reports.account(deed, busy.market)
            followers.append(Follower(owner, all_reports.orders(owner)))


def is_new(answer: Answer) -> bool:
    return isinstance(answer.sequenced.command, NewOrder) and bool(
        answer.orders and not answer.refusal
    )


def check_accounts(all_reports: Reports, market: Market) -> None:
    for account, owner in all_reports.accounts.items():
        known = {record.order_id for record in all_reports.orders(owner)}
        assert known == set(market.engine.book.by_account.get(account, {}))


def test_an_order_is_forgotten_with_the_last_one_who_owns_it() -> None:
    busy, all_reports = Asked(), reports_of()
    busy.ask(ANN)
    ann, session = all_reports.account("ann", busy.market), all_reports.session()
    answer = busy.ask(ANN)
    session.claim(2)
    all_reports.publish([answer])
    assert ids(all_reports, ann) == [1, 2]
    assert ids(all_reports, session) == [2]
    all_reports.drop(ann)
    assert told_to(ann).is_closed
    assert list(all_reports._records) == [2]
    all_reports.publish([busy.ask(CancelOrder(1)), busy.ask(ANN)])
    assert told_to(session).entries == [(2, told_to(session).entries[0][1])]
    session.close()
    assert not all_reports._records
    assert not all_reports._owners
    assert not all_reports.owners


def test_what_nobody_listens_to_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, all_reports = Asked(), reports_of()
    with monkeypatch.context() as patch:
        patch.setattr(Reports, "_publish", None)
        all_reports.publish([busy.ask(ANN), busy.ask(CancelOrder(1))])
    all_reports.account("bob", busy.market)
    all_reports.publish([busy.ask(ANN), busy.ask(CancelOrder(3))])
    assert not all_reports._records


def test_an_account_that_nobody_reads_is_dropped_after_some_beats() -> None:
    busy, all_reports = Asked(), reports_of()
    ann = all_reports.account("ann", busy.market)
    for _ in range(IDLE_BEATS_MAX):
        all_reports.beat()
    assert all_reports.account("ann", busy.market) is ann
    told_to(ann).readers[ann] = None
    all_reports.beat()
    told_to(ann).readers.clear()
    for _ in range(IDLE_BEATS_MAX):
        all_reports.beat()
    assert all_reports.owners == [ann], "it was read in the meantime"
    all_reports.beat()
    assert all_reports.owners == []


def test_many_accounts_that_nobody_reads_are_dropped_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "IDLE_ACCOUNTS_MAX", 10)
    busy, all_reports = Asked(), reports_of()
    kept = all_reports.account("kept", busy.market)
    told_to(kept).readers[kept] = None
    for number in range(100):
        all_reports.account(f"account {number}", busy.market)
        assert len(all_reports.accounts) <= 10
    assert all_reports.accounts["kept"] is kept


class Asked:
    """A market that is given commands by hand."""

    def __init__(self) -> None:
        self.market = Market.empty(instrument())

    def ask(self, command: Command) -> Answer:
        return self.market.apply(Sequenced(self.market.engine.sequence + 1, 1, command))


ANN = order("buy 1 @ 100 by ann")


def ids(all_reports: Reports, owner: Owner) -> list[int]:
    return [record.order_id for record in all_reports.orders(owner)]
