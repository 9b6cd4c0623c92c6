"""Makes the sample that ships in samples/: made-up order flow in the format of docs/replay.md.

    python tests/make_sample.py samples

A market is played on a book of our own, and what a public feed would tell of it is written
down. The same code always gives the same files; tests/replay/test_sample.py holds it to that.
"""

import gzip
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from goquant.book.commands import CancelOrder, Command, NewOrder, Sequenced
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, Side
from goquant.book.events import Event, Trade
from goquant.book.instrument import Instrument
from goquant.replay.flow import ORDER_COLUMNS, TRADE_COLUMNS

SEED = 20260502
START_MS = 1_777_680_000_000
FEED_DELAY_MS = 40  # between the exchange's time and the feed's
SWING_MS = 150_000
STEPS = 1_800
LEVELS = 40  # on each side of the book at the start
FIRST_ORDER_ID = 7_000_000_000_000_000
FIRST_TRADE_ID = 900_000_000

# In ticks of a cent and lots of 0.00000001.
MID = 6_400_000
STEP = 200
LOTS_MAX = 40_000_000

INSTRUMENT = Instrument(
    symbol="BTC-USD",
    base="BTC",
    quote="USD",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00000001"),
)


class Sample:
    """A market that is being played, and the lines written so far."""

    def __init__(self) -> None:
        self.orders = [",".join(ORDER_COLUMNS)]
        self.trades = [",".join(TRADE_COLUMNS)]
        self._random = random.Random(SEED)
        self._engine = Engine(INSTRUMENT)
        self._time_ms = START_MS
        self._names: dict[int, int] = {}  # the ids in the files by those of the engine
        self._next_name = FIRST_ORDER_ID

    def play(self) -> None:
        """Lay out a book, let it live for a while."""
        for level in range(1, LEVELS + 1):
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                for _ in range(2):
                    self._place(side, MID + sign * level * STEP, self._lots())
        for _ in range(STEPS):
            self._time_ms += int(self._random.expovariate(1 / 150))
            self._act()

    def _act(self) -> None:
        """Rest, flicker, go or take, in the proportions of a busy book."""
        dice = self._random.random()
        if dice < 0.45:
            self._rest()
        elif dice < 0.65:
            self._cancel(self._rest())
        elif dice < 0.93:
            open_ids = list(self._engine.book.orders)
            self._cancel(open_ids[int(self._random.random() ** 2 * len(open_ids))])
        else:
            self._take()

    def _rest(self) -> int:
        """Place an order that does not take, within a few steps of the other side's best."""
        side = self._side()
        away = STEP * (1 + int(self._random.expovariate(1 / 6)))
        best = self._best(Side.SELL if side is Side.BUY else Side.BUY)
        return self._place(side, best - away if side is Side.BUY else best + away, self._lots())

    def _take(self) -> None:
        """Place an order that takes a few steps deep; what is left of it rests.

        For a while most of them buy, then most of them sell, and so on: the price moves.
        """
        rising = self._time_ms % SWING_MS < SWING_MS / 2
        side = Side.BUY if self._random.random() < (0.85 if rising else 0.15) else Side.SELL
        deep = STEP * int(self._random.random() * 8)
        best = self._best(Side.SELL if side is Side.BUY else Side.BUY)
        self._place(side, best + deep if side is Side.BUY else best - deep, 3 * self._lots())

    def _side(self) -> Side:
        return Side.BUY if self._random.random() < 0.5 else Side.SELL

    def _lots(self) -> int:
        return 1_000 * (1 + int(self._random.random() ** 3 * LOTS_MAX / 1_000))

    def _best(self, side: Side) -> int:
        """The best price of a side, which is never empty here."""
        prices = [
            order.terms.price
            for order in self._engine.book.orders.values()
            if order.terms.side is side and order.terms.price is not None
        ]
        return max(prices) if side is Side.BUY else min(prices)

    def _place(self, side: Side, price: int, lots: int) -> int:
        order_id = self._engine.sequence + 1
        self._next_name += 1 + int(self._random.random() * 100_000)
        self._names[order_id] = self._next_name
        terms = NewOrder(side, OrderType.LIMIT, lots, price)
        self._tell(order_id, terms, lots, "created")
        left = {order_id: lots}
        for event in self._apply(terms):
            if isinstance(event, Trade):
                self._trade(event, terms, left)
        return order_id

    def _trade(self, trade: Trade, taker: NewOrder, left: dict[int, int]) -> None:
        """Tell a trade, and what it left of both orders."""
        maker_id, taker_id = trade.maker_order_id, trade.taker_order_id
        left[taker_id] -= trade.quantity
        still_open = self._engine.book.orders.get(maker_id)
        side = Side.SELL if taker.side is Side.BUY else Side.BUY
        maker = NewOrder(side, OrderType.LIMIT, 1, trade.price)
        left_of_maker = 0 if still_open is None else still_open.remaining
        for order_id, terms, lots in (
            (maker_id, maker, left_of_maker),
            (taker_id, taker, left[taker_id]),
        ):
            self._tell(order_id, terms, lots, "changed" if lots else "deleted")
        buyer, seller = (taker_id, maker_id) if side is Side.SELL else (maker_id, taker_id)
        line = (
            FIRST_TRADE_ID + trade.trade_id,
            *self._times(),
            _price(trade.price),
            _volume(trade.quantity),
            self._names[buyer],
            self._names[seller],
            taker.side.value,
        )
        self.trades.append(",".join(map(str, line)))

    def _cancel(self, order_id: int) -> None:
        order = self._engine.book.orders.get(order_id)
        if order is not None:
            self._time_ms += int(self._random.random() * 3)
            self._apply(CancelOrder(order_id))
            self._tell(order_id, order.terms, order.remaining, "deleted")

    def _apply(self, command: Command) -> list[Event]:
        sequence = self._engine.sequence + 1
        return self._engine.apply(Sequenced(sequence, sequence, command))

    def _tell(self, order_id: int, terms: NewOrder, lots: int, action: str) -> None:
        assert terms.price is not None, "only limit orders are placed"
        direction = "bid" if terms.side is Side.BUY else "ask"
        line = (
            self._names[order_id],
            *self._times(),
            _price(terms.price),
            _volume(lots),
            action,
            direction,
        )
        self.orders.append(",".join(map(str, line)))

    def _times(self) -> Iterator[int]:
        return iter((self._time_ms, self._time_ms - FEED_DELAY_MS))


def _price(ticks: int) -> Decimal:
    return ticks * INSTRUMENT.tick_size


def _volume(lots: int) -> str:
    return f"{(lots * INSTRUMENT.lot_size).normalize():f}"


def files() -> dict[str, str]:
    """The sample: the text of each file, before compression."""
    sample = Sample()
    sample.play()
    return {
        "sample_orders.csv": "\n".join([*sample.orders, ""]),
        "sample_trades.csv": "\n".join([*sample.trades, ""]),
    }


def main(folder: Path) -> None:
    """Write the files, the large one compressed."""
    texts = files()
    # Without a name and a time in its header the archive depends on its content alone.
    compressed = gzip.compress(texts["sample_orders.csv"].encode(), mtime=0)
    (folder / "sample_orders.csv.gz").write_bytes(compressed)
    (folder / "sample_trades.csv").write_text(texts["sample_trades.csv"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
