"""What simulated traders decide, from what they see and a seeded Random: no I/O, no clock.

Decisions are drawn in floats; what leaves as an order is exact, on the grid of its instrument.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import exp, floor, log10, sqrt
from random import Random
from typing import Protocol

from msgspec import Struct

from ..client.orders import Cancel, Entry, Place
from ..client.records import Instrument, Order

BASIS_POINT = 1e-4

# Prices lie on a grid of the power of ten at or below this part of the price, so that levels have company.
GRID = 1e-5

# In the quote currency: the middle order of a noise trader.
NOTIONAL = 2_500.0

# Logarithms of sizes spread so much: most orders are small, a few ten times the middle one.
SIZE_SIGMA = 1.0


class Crowd(Struct, frozen=True):
    """Who trades on each symbol, beside its market maker."""

    seed: int = 1
    rate: float = 1.0
    """How many times as fast as usual all of them live."""
    noise: int = 3
    momentum: int = 2
    large: bool = True


class Seen(Struct, frozen=True):
    """What a trader knows when it decides."""

    bid: float | None
    ask: float | None
    lasts: Sequence[float]
    """The prices of the newest trades, the oldest first."""
    own: Mapping[str, Order]
    """Its open orders by id."""
    position: float
    """What it has bought, less what it has sold."""

    @property
    def trend(self) -> float:
        """The return over the newest trades."""
        return self.lasts[-1] / self.lasts[0] - 1 if self.lasts else 0.0

    @property
    def heat(self) -> float:
        """How much livelier than usual it is: 1 in a calm market, 4 at most."""
        return min(4.0, 1 + abs(self.trend) / (4 * BASIS_POINT))


class Trader(Protocol):
    """A style. `account` is whose orders they are."""

    account: str

    def pause_s(self, seen: Seen) -> float:
        """How long until it decides."""

    def decide(self, seen: Seen) -> list[Entry]:
        """What it does then."""


class FairValue:
    """A random walk whose volatility is one too, and comes back to its mean: calm and storm last."""

    VOLATILITY = 1.2 * BASIS_POINT
    """Of the returns of a second, in the middle."""
    MOOD_SIGMA = 0.6
    """Of the logarithm of the volatility."""
    MOOD_S = 40.0
    """For so long a mood lasts."""
    JUMP_EVERY_S = 90.0
    JUMP_SIGMA = 6.0
    """News: a jump of so many times the volatility."""

    def __init__(self, price: float, random: Random) -> None:
        self.price = price
        self._random = random
        self._mood = random.gauss(0, self.MOOD_SIGMA)

    @property
    def storm(self) -> float:
        """The volatility, as a multiple of the middle one."""
        return exp(self._mood)

    def step(self, seconds: float) -> float:
        """The value after so many more seconds. O(1)."""
        kept = exp(-seconds / self.MOOD_S)
        self._mood = kept * self._mood + self._random.gauss(
            0, self.MOOD_SIGMA * sqrt(1 - kept * kept)
        )
        sigma = self.VOLATILITY * self.storm
        shock = self._random.gauss(0, sigma * sqrt(seconds))
        if self._random.random() < seconds / self.JUMP_EVERY_S:
            shock += self._random.gauss(0, sigma * self.JUMP_SIGMA)
        self.price *= exp(shock)
        return self.price


class Desk:
    """Writes the orders of one trader on one instrument: exact, on the grid, within the limits."""

    def __init__(self, instrument: Instrument, random: Random) -> None:
        self._instrument = instrument
        self._random = random

    def limit(self, side: str, price: float, quantity: Decimal, life: str = "gtc") -> Place:
        """A limit order; on the grid it lies no nearer to the other side than asked for."""
        step = max(self._instrument.tick_size, Decimal(10) ** floor(log10(price * GRID)))
        steps = Decimal(price) / step
        exact = step * steps.to_integral_value("ROUND_FLOOR" if side == "buy" else "ROUND_CEILING")
        exact = min(max(exact, step), self._instrument.price_max)
        return Place(
            symbol=self._instrument.symbol,
            side=side,
            type="limit",
            price=exact,
            quantity=quantity,
            time_in_force=life,
        )

    def market(self, side: str, quantity: Decimal) -> Place:
        """A market order."""
        return Place(symbol=self._instrument.symbol, side=side, type="market", quantity=quantity)

    def size(self, price: float, times: float = 1.0) -> Decimal:
        """A quantity whose logarithm is normal, `times` as large as usual in the middle."""
        rules = self._instrument
        wanted = times * NOTIONAL * self._random.lognormvariate(0, SIZE_SIGMA) / price
        # Three digits: people write 0.0312, not 0.03119748.
        step = max(rules.lot_size, Decimal(10) ** (floor(log10(wanted)) - 2))
        quantity = Decimal(wanted) // step * step
        least = max(rules.quantity_min, rules.notional_min / Decimal(price))
        return min(max(quantity, -(-least // rules.lot_size) * rules.lot_size), rules.quantity_max)


class Maker:
    """Quotes levels on both sides of a fair value, wider in a storm, and learns from who trades with it."""

    LEVELS = 12
    PAUSE_S = 0.4
    HALF_SPREAD = 0.5 * BASIS_POINT
    SPACING = 0.7 * BASIS_POINT
    WIDENING = 0.1
    """Each level is so much further from the one before it than that one was."""
    IMPACT = 2 * BASIS_POINT / 100_000
    """Of one unit of the quote currency that it has bought or sold, on its idea of the value."""

    def __init__(self, instrument: Instrument, price: float, random: Random) -> None:
        self.account = "maker"
        self.fair = FairValue(price, random)
        self._random = random
        self._desk = Desk(instrument, random)
        self._pause_s = 0.0
        self._position = 0.0

    def pause_s(self, seen: Seen) -> float:
        self._pause_s = self._random.uniform(0.5, 1.5) * self.PAUSE_S
        return self._pause_s

    def decide(self, seen: Seen) -> list[Entry]:
        """Leave the quotes that are near to where they should be, and move all others. O(levels squared)."""
        bought, self._position = seen.position - self._position, seen.position
        self.fair.price *= exp(-self.IMPACT * bought * self.fair.price)
        price = self.fair.step(self._pause_s)
        stale = dict(seen.own)
        missing = [
            (side, at, level)
            for side, at, level in self._wanted(price)
            if not self._has_one(stale, side, at, self.SPACING * price / 2)
        ]
        # All cancels come first, so that no new quote meets an old one.
        return [
            *map(Cancel, stale),
            *(
                self._desk.limit(side, at, self._desk.size(price, 2 + level / 2))
                for side, at, level in missing
            ),
        ]

    def _wanted(self, price: float) -> Iterator[tuple[str, float, int]]:
        width = max(1.0, self.fair.storm)
        for level in range(self.LEVELS):
            spaces = level * (1 + self.WIDENING * level)
            away = price * (self.HALF_SPREAD * width + self.SPACING * spaces)
            yield "buy", price - away, level
            yield "sell", price + away, level

    @staticmethod
    def _has_one(stale: dict[str, Order], side: str, at: float, tolerance: float) -> bool:
        """Whether an order stands there, which is then no longer stale."""
        for order_id, order in stale.items():
            near = order.price is not None and abs(float(order.price) - at) <= tolerance
            if near and order.side == side:
                del stale[order_id]
                return True
        return False


class Noise:
    """Comes at random, and more often when prices move: takes, or rests for a while."""

    PAUSE_S = 1.2
    OWN_MAX = 12
    CANCELS = 0.25
    TAKES = 0.35
    DISTANCE = 4 * BASIS_POINT
    """How far from the best price of its side it rests, on average."""
    INSIDE = 0.5 * BASIS_POINT
    """So much nearer than that, which may lie in the spread."""

    def __init__(self, instrument: Instrument, number: int, random: Random) -> None:
        self.account = f"noise-{number}"
        self._random = random
        self._desk = Desk(instrument, random)

    def pause_s(self, seen: Seen) -> float:
        return self._random.expovariate(seen.heat / self.PAUSE_S)

    def decide(self, seen: Seen) -> list[Entry]:
        if seen.bid is None or seen.ask is None:
            return []
        draw, side = self._random.random(), self._random.choice(("buy", "sell"))
        if seen.own and (draw < self.CANCELS or len(seen.own) >= self.OWN_MAX):
            return [Cancel(self._random.choice(sorted(seen.own)))]
        quantity = self._desk.size(seen.bid)
        if draw < self.CANCELS + self.TAKES:
            return [self._desk.market(side, quantity)]
        away = self._random.expovariate(1 / self.DISTANCE) - self.INSIDE
        price = seen.bid * (1 - away) if side == "buy" else seen.ask * (1 + away)
        return [self._desk.limit(side, price, quantity)]


class Momentum:
    """Buys what rises and sells what falls, up to a position."""

    PAUSE_S = 3.0
    THRESHOLD = 2 * BASIS_POINT
    POSITION_MAX = 40 * NOTIONAL

    def __init__(self, instrument: Instrument, number: int, random: Random) -> None:
        self.account = f"momentum-{number}"
        self._random = random
        self._desk = Desk(instrument, random)

    def pause_s(self, seen: Seen) -> float:
        return self._random.expovariate(seen.heat / self.PAUSE_S)

    def decide(self, seen: Seen) -> list[Entry]:
        if abs(seen.trend) < self.THRESHOLD:
            return []
        side, sign = ("buy", 1) if seen.trend > 0 else ("sell", -1)
        if sign * seen.position * seen.lasts[-1] > self.POSITION_MAX:
            return []
        return [self._desk.market(side, self._desk.size(seen.lasts[-1], 1.5))]


class Large:
    """Seldom there, with an order too large to send at once; a piece takes several levels, none too far away."""

    PAUSE_S = 90.0
    PIECE_S = 2.0
    PIECES = 8
    """On average."""
    TIMES = 6.0
    REACH = 8 * BASIS_POINT

    def __init__(self, instrument: Instrument, random: Random) -> None:
        self.account = "large"
        self._random = random
        self._desk = Desk(instrument, random)
        self._side = "buy"
        self._left = 0

    def pause_s(self, seen: Seen) -> float:
        return self._random.expovariate(1 / (self.PIECE_S if self._left else self.PAUSE_S))

    def decide(self, seen: Seen) -> list[Entry]:
        if seen.bid is None or seen.ask is None:
            return []
        if not self._left:
            self._side = self._random.choice(("buy", "sell"))
            self._left = 1 + floor(self._random.expovariate(1 / self.PIECES))
        self._left -= 1
        is_buy = self._side == "buy"
        price = seen.ask * (1 + self.REACH) if is_buy else seen.bid * (1 - self.REACH)
        return [self._desk.limit(self._side, price, self._desk.size(seen.bid, self.TIMES), "ioc")]


def traders(instrument: Instrument, price: float, crowd: Crowd) -> list[Trader]:
    """Who trades on a symbol that is worth `price`, each with a Random of its own from the one seed."""

    def random(who: str) -> Random:
        return Random(f"{crowd.seed} {instrument.symbol} {who}")

    found: list[Trader] = [Maker(instrument, price, random("maker"))]
    for number in range(1, crowd.noise + 1):
        found.append(Noise(instrument, number, random(f"noise {number}")))
    for number in range(1, crowd.momentum + 1):
        found.append(Momentum(instrument, number, random(f"momentum {number}")))
    if crowd.large:
        found.append(Large(instrument, random("large")))
    return found
