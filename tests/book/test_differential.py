"""The engine and the reference agree on every event and every state, whatever is asked."""

import ast
import random
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import reference
import strategies
from differential import Lockstep
from goquant.book.commands import CancelOrder, ExpireOrders, MassCancel, NewOrder, ReplaceOrder
from goquant.book.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.book.instrument import Instrument
from strategies import Again, Wish

WAITS = st.sampled_from(strategies.WAITS_NS)
NTH_LIVE = st.integers(-12, 0)


def test_the_reference_imports_nothing_of_the_package() -> None:
    tree = ast.parse(Path(reference.__file__).read_text())
    imported: set[str | None] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module)
    assert {str(name).split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert "importlib" not in imported


@settings(max_examples=150, deadline=None)
@given(strategies.instruments(), strategies.steps())
def test_any_commands(rules: Instrument, steps: list[tuple[int, Wish]]) -> None:
    book = Lockstep(rules)
    for wait_ns, wished in steps:
        book.ask(wait_ns, wished)


class BookMachine(RuleBasedStateMachine):
    """Commands one by one, each aimed at what the book holds at that moment."""

    book: Lockstep

    @initialize(rules=strategies.instruments())
    def open(self, rules: Instrument) -> None:
        self.book = Lockstep(rules)

    @rule(wait_ns=WAITS, order=strategies.new_orders())
    def place(self, wait_ns: int, order: NewOrder) -> None:
        self.book.ask(wait_ns, order)

    @rule(wait_ns=WAITS, first=strategies.new_orders(), second=strategies.new_orders())
    def place_two(self, wait_ns: int, first: NewOrder, second: NewOrder) -> None:
        """Rules are picked evenly, so this keeps the book from running empty."""
        self.book.ask(wait_ns, first)
        self.book.ask(wait_ns, second)

    @precondition(lambda self: self.book.sent)
    @rule(wait_ns=WAITS, nth=st.integers(0, 5))
    def place_again(self, wait_ns: int, nth: int) -> None:
        self.book.ask(wait_ns, Again(nth))

    @precondition(lambda self: self.book.engine.book.orders)
    @rule(wait_ns=WAITS, nth_live=NTH_LIVE)
    def cancel(self, wait_ns: int, nth_live: int) -> None:
        self.book.ask(wait_ns, CancelOrder(nth_live))

    @precondition(lambda self: self.book.engine.book.orders)
    @rule(wait_ns=WAITS, nth_live=NTH_LIVE, change=strategies.replacements())
    def replace(self, wait_ns: int, nth_live: int, change: ReplaceOrder) -> None:
        self.book.ask(wait_ns, ReplaceOrder(nth_live, change.price, change.quantity))

    @rule(wait_ns=WAITS, order_id=st.integers(1, 99))
    def cancel_any_id(self, wait_ns: int, order_id: int) -> None:
        self.book.ask(wait_ns, CancelOrder(order_id))

    @precondition(lambda self: len(self.book.engine.book.orders) > 4)
    @rule(wait_ns=WAITS, account=st.sampled_from(strategies.ACCOUNTS))
    def cancel_all(self, wait_ns: int, account: str | None) -> None:
        self.book.ask(wait_ns, MassCancel(account))

    @rule(wait_ns=st.integers(0, 20))
    def wait(self, wait_ns: int) -> None:
        self.book.ask(wait_ns, ExpireOrders())


BookMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestBookMachine = BookMachine.TestCase


def soak(seed: int, commands: int) -> None:
    """Random commands, a new instrument every thousand of them. A failure names all it needs."""
    rng = random.Random(seed)
    for number in range(commands):
        if number % 1_000 == 0:
            book = Lockstep(strategies.instrument(rng.choice))
        try:
            book.ask(rng.choice(strategies.WAITS_NS), strategies.wish(rng.choice))
        except Exception as error:
            error.add_note(f"seed {seed}, command {number}: {book.log[-1]} under {book.rules}")
            raise


@pytest.mark.parametrize("seed", range(4))
def test_a_random_run(seed: int) -> None:
    soak(seed, commands=5_000)


@pytest.mark.parametrize("seed", range(4))
def test_rules_that_change_now_and_then(seed: int) -> None:
    rng = random.Random(seed)
    book = Lockstep(strategies.instrument(rng.choice))
    for number in range(2_000):
        if number % 40 == 39:
            book.adopt(strategies.instrument(rng.choice))
        book.ask(rng.choice(strategies.WAITS_NS), strategies.wish(rng.choice))


@pytest.mark.parametrize("seed", range(4))
def test_long_queues_lose_orders_anywhere(seed: int) -> None:
    """Hundreds of orders at a few prices, canceled and replaced in the middle, then used up."""
    rng = random.Random(seed)
    book = Lockstep(roomy_rules())
    for size, leaving in ((200, 0.1), (200, 0.8), (200, 0.3), (200, 0.9)):
        for _ in range(size):
            book.ask(0, queue_wish(rng, leaving))
    sweep = NewOrder(Side.BUY, OrderType.MARKET, 10**6, time_in_force=TimeInForce.IOC)
    book.ask(0, sweep)
    assert not book.reference.resting


def roomy_rules() -> Instrument:
    """The simplest instrument that there is to choose, which refuses next to nothing."""
    return strategies.instrument(lambda options: options[0])


def queue_wish(rng: random.Random, leaving: float) -> Wish:
    """A sell that joins a queue, or with this probability something that thins the queues out."""
    nth = -rng.randrange(500)
    if rng.random() >= leaving:
        account = rng.choice(strategies.ACCOUNTS)
        price = rng.choice((100, 101))
        return NewOrder(Side.SELL, OrderType.LIMIT, rng.randint(1, 9), price=price, account=account)
    if rng.random() < 0.8:
        return CancelOrder(nth)
    if rng.random() < 0.5:
        return ReplaceOrder(nth, quantity=rng.randint(1, 9))
    policy, account = rng.choice(list(SelfTradePrevention)), rng.choice(strategies.ACCOUNTS)
    ioc = NewOrder(
        Side.BUY, OrderType.LIMIT, rng.randint(1, 60), price=100, time_in_force=TimeInForce.IOC
    )
    return msgspec.structs.replace(ioc, account=account, self_trade_prevention=policy)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_long_random_run(seed: int) -> None:
    soak(seed, commands=100_000)
