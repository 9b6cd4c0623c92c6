"""However far the history is: an answer is what a market says that forgets nothing, or a 503."""

import os
from random import Random

import msgspec

from api import BTC
from goquant.book.blotter import Blotter
from goquant.book.records import OrderRecord
from goquant.persistence.disk import RealDisk
from goquant.web.responses import order_view
from goquant.web.units import Units
from past import Past
from records import UNBOUNDED, everything
from small_exchange import records, replayed

COMMANDS = 150
UNITS = Units(BTC)


class Session:
    """Random orders and cancels of one symbol, and what is known of them."""

    def __init__(self, past: Past, random: Random) -> None:
        self._past = past
        self._random = random
        self._placed: list[str] = []
        self.answers = 0
        self.refusals = 0

    async def act(self) -> None:
        """One command, and sometimes the history catches up."""
        random = self._random
        if self._placed and random.random() < 0.3:
            await self._past.send("DELETE", f"/orders/{random.choice(self._placed)}")
        else:
            order_id = await self._past.placed(
                side=random.choice(("buy", "sell")),
                quantity=str(random.randint(1, 3)),
                price=str(random.randint(98, 102)),
                account=random.choice(("ann", "bob")),
            )
            self._placed.append(order_id)
        if random.random() < 0.15:
            self._past.write()

    async def check(self) -> None:
        """Ask for an order, a page of orders, trades and a candle."""
        known = replayed(records(RealDisk(self._past.file.parent)))["BTC-USD"].blotter
        number = self._random.randint(1, self._past.exchange.symbol("BTC-USD").sequence)
        await self._check_order(known, number)
        await self._check_page(known)
        trades = [each.trade.trade_id for each in known.trades(UNBOUNDED)[0]]
        page = await self._answer("/trades/BTC-USD?limit=500")
        assert page is None or [each["trade_id"] for each in page["trades"]] == trades
        day = await self._answer("/candles/BTC-USD?interval=1d")
        assert day is None or sum(each["trades"] for each in day["candles"]) == len(trades)

    async def _check_order(self, known: Blotter, number: int) -> None:
        record = known.order(number)
        if record is None:
            reply = await self._past.send("GET", f"/orders/BTC-USD-{number}")
            assert reply.code in ("order_not_found", "history_unavailable")
        else:
            order = await self._answer(f"/orders/BTC-USD-{number}")
            assert order in (None, shown(record))

    async def _check_page(self, known: Blotter) -> None:
        account, limit = self._random.choice(("ann", "bob")), self._random.randint(1, 9)
        status = self._random.choice(("open", "filled", "canceled"))
        expected = [
            shown(record)
            for record in everything(known)
            if record.terms.account == account
            and (record.status.is_open if status == "open" else record.status == status)
        ]
        query = f"symbol=BTC-USD&account={account}&status={status}&limit={limit}"
        page = await self._answer(f"/orders?{query}")
        if page is not None:
            assert page["orders"] == expected[:limit]
            assert page["next"] is not None or len(expected) <= limit

    async def _answer(self, path: str) -> dict[str, list[dict[str, int]]] | None:
        """What a route says, or None if the history is not that far."""
        reply = await self._past.send("GET", path)
        if reply.status == 503:
            assert reply.code == "history_unavailable"
            self.refusals += 1
            return None
        self.answers += 1
        assert reply.status == 200
        found: dict[str, list[dict[str, int]]] = reply.json
        return found


def shown(record: OrderRecord) -> object:
    """An order as clients see it."""
    return msgspec.to_builtins(order_view(UNITS, record))


async def test_an_answer_is_right_or_there_is_none(past: Past) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    session = Session(past, Random(seed))
    past.write()
    for _ in range(COMMANDS):
        await session.act()
        await session.check()
    assert session.answers > COMMANDS
    assert session.refusals > 0
