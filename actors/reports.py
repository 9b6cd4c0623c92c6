"""The execution reports of one symbol: what becomes of the orders of those who listen.

An owner is an account, or one session that trades without one. Nothing is kept of orders that belong
to nobody who listens, so that the others cost a look into two dictionaries.
"""

from collections.abc import Callable, Iterable, Sequence

from ..book.commands import Sequenced
from ..book.events import OrderAccepted, OrderRepeated
from ..book.market import Answer, Market
from ..book.records import OrderRecord
from ..book.reports import Report, accepted, after, orders_of
from .ring import Ring

# Heartbeats of an account that nobody listens to, after which its reports are no longer kept: a client
# that comes again within a minute has missed nothing.
IDLE_BEATS_MAX = 6

# Accounts that are kept although nobody listens, before all of those are dropped at once.
IDLE_ACCOUNTS_MAX = 1_000


class Owner:
    """Somebody whose orders are told of in a ring."""

    def __init__(self, reports: "Reports", account: str | None) -> None:
        self.account = account
        self.orders: set[int] = set()  # those that are open
        self.ring: Ring
        self.idle_beats = 0
        self._reports = reports

    def claim(self, order_id: int) -> None:
        """Own an order that a session has placed: from its own events on.

        To be called when the call that placed it is over, and before anybody observes that.
        """
        self._reports.claim(order_id, self)

    def close(self) -> None:
        """Own nothing any more."""
        self._reports.drop(self)


class Reports:
    """The orders of all owners in one symbol, as far as they are committed."""

    def __init__(self, ring_of: Callable[[Owner], Ring], remove: Callable[[Ring], None]) -> None:
        """`ring_of` makes the ring in which an owner is told, and `remove` takes it away."""
        self.accounts: dict[str, Owner] = {}
        self._sessions: dict[Owner, None] = {}
        self._claims: dict[int, tuple[Owner, ...]] = {}
        self._records: dict[int, OrderRecord] = {}
        self._owners: dict[int, tuple[Owner, ...]] = {}
        self._ring_of = ring_of
        self._remove = remove
        self._accounts_max = IDLE_ACCOUNTS_MAX

    @property
    def owners(self) -> list[Owner]:
        """All of them."""
        return [*self.accounts.values(), *self._sessions]

    def account(self, account: str, market: Market) -> Owner:
        """An account, which is told of from now on. The market must be as committed. O(its orders)."""
        owner = self.accounts.get(account)
        if owner is None:
            self._make_room()
            owner = self.accounts[account] = Owner(self, account)
            owner.ring = self._ring_of(owner)
            self._adopt(owner, market)
        return owner

    def session(self) -> Owner:
        """Somebody who owns what it claims."""
        owner = Owner(self, None)
        owner.ring = self._ring_of(owner)
        self._sessions[owner] = None
        return owner

    def claim(self, order_id: int, owner: Owner) -> None:
        """See `Owner.claim`."""
        self._claims[order_id] = (*self._claims.get(order_id, ()), owner)

    def drop(self, owner: Owner) -> None:
        """Tell no more of an owner's orders."""
        for order_id in tuple(owner.orders):
            others = tuple(each for each in self._owners[order_id] if each is not owner)
            self._own(order_id, others)
        if owner.account is None:
            self._sessions.pop(owner, None)
        else:
            del self.accounts[owner.account]
        owner.orders.clear()
        self._remove(owner.ring)

    def beat(self) -> None:
        """Drop the accounts that nobody has listened to for a while. To be called with each heartbeat."""
        for owner in tuple(self.accounts.values()):
            owner.idle_beats = 0 if owner.ring.readers else owner.idle_beats + 1
            if owner.idle_beats > IDLE_BEATS_MAX:
                self.drop(owner)

    def orders(self, owner: Owner) -> list[OrderRecord]:
        """The open orders of an owner as they stand, the oldest first."""
        return [self._records[order_id] for order_id in sorted(owner.orders)]

    def publish(self, answers: Sequence[Answer]) -> None:
        """Tell the owners what a batch did. O(events); next to nothing if nobody listens."""
        if not self.accounts and not self._sessions:
            return
        for answer in answers:
            self._publish(answer)
        self._claims.clear()

    def start_over(self, market: Market) -> None:
        """Go on from a market, in which nobody knows what has happened."""
        self._claims.clear()
        owners, known = self.owners, {each: tuple(each.orders) for each in self._sessions}
        self._records.clear()
        self._owners.clear()
        for owner in owners:
            owner.orders.clear()
            if owner.account is None:
                self._open(owner, (market.blotter.order(number) for number in known[owner]))
            else:
                self._adopt(owner, market)
            owner.ring.restart(market.engine.sequence)

    def _publish(self, answer: Answer) -> None:
        told: dict[Owner, list[Report]] = {}
        sequenced = answer.sequenced
        for event in answer.events:
            if type(event) is OrderAccepted:
                self._accept(sequenced, event, told)
            elif type(event) is OrderRepeated:
                self._repeat(answer, event)
            else:
                for order_id in orders_of(event):
                    record = self._records.get(order_id)
                    if record is not None:
                        report = Report(event, after(record, sequenced, event))
                        self._tell(report, told)
        for owner, reports in told.items():
            owner.ring.append(sequenced.sequence, sequenced.time_ns, tuple(reports), len(reports))

    def _accept(
        self, sequenced: Sequenced, event: OrderAccepted, told: dict[Owner, list[Report]]
    ) -> None:
        owners = self._claims.get(event.order_id, ())
        if event.terms.account in self.accounts:
            owners = (self.accounts[event.terms.account], *owners)
        if owners:
            self._own(event.order_id, owners)
            self._tell(Report(event, accepted(sequenced, event)), told)

    def _repeat(self, answer: Answer, event: OrderRepeated) -> None:
        """A session has placed an order once more that somebody has placed before."""
        for owner in self._claims.get(event.order_id, ()):
            self._open(owner, answer.orders)

    def _tell(self, report: Report, told: dict[Owner, list[Report]]) -> None:
        order_id = report.order.order_id
        self._records[order_id] = report.order
        for owner in self._owners[order_id]:
            told.setdefault(owner, []).append(report)
        if not report.order.status.is_open:
            self._own(order_id, ())

    def _adopt(self, owner: Owner, market: Market) -> None:
        """Take over what an account has open."""
        assert owner.account is not None, "only accounts have orders that nobody has claimed"
        numbers = market.engine.book.by_account.get(owner.account, {})
        self._open(owner, (market.blotter.order(number) for number in sorted(numbers)))

    def _open(self, owner: Owner, records: Iterable[OrderRecord | None]) -> None:
        for record in records:
            if record is not None and record.status.is_open:
                owners = self._owners.get(record.order_id, ())
                self._records[record.order_id] = record
                self._own(record.order_id, (*owners, owner) if owner not in owners else owners)

    def _own(self, order_id: int, owners: tuple[Owner, ...]) -> None:
        """Say whose an order is. One that is nobody's is forgotten."""
        for owner in self._owners.pop(order_id, ()):
            owner.orders.discard(order_id)
        for owner in owners:
            owner.orders.add(order_id)
        if owners:
            self._owners[order_id] = owners
        else:
            self._records.pop(order_id, None)

    def _make_room(self) -> None:
        """Keep what clients make by asking within a bound. O(1), amortized."""
        if len(self.accounts) < self._accounts_max:
            return
        for owner in tuple(self.accounts.values()):
            if not owner.ring.readers:
                self.drop(owner)
        self._accounts_max = max(IDLE_ACCOUNTS_MAX, 2 * len(self.accounts))
