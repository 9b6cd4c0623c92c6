"""The traders at work: a task for each, on a connection of its own, until cancelled.

What goes wrong is data to them. A session or a stream mends itself; a trader that is refused waits and
begins again, and an exchange that is away is waited for.
"""

from collections import deque
from functools import partial

import structlog
import trio

from ..client import (
    ApiError,
    Client,
    ClientError,
    Disconnected,
    Entry,
    Interrupted,
    LocalBook,
    OrderEvent,
    OrdersSnapshot,
    OutcomeUnknown,
    Session,
    Traded,
    TradeEvent,
    TradesSnapshot,
)
from ..client.records import Instrument, Order
from .keeping import FIRST_S, keep
from .model import Crowd, Seen, Trader, traders

log = structlog.get_logger()

# Trades that a trader looks back on.
LASTS_MAX = 25

# What a symbol is worth when it has never traded.
PRICES = {"BTC-USD": 64_000.0, "ETH-USD": 3_200.0, "SOL-USD": 150.0}
PRICE = 100.0


class Market:
    """A symbol as its traders see it: one book and one tape for all of them."""

    def __init__(self, symbol: str) -> None:
        self.book = LocalBook(symbol)
        self.lasts = deque[float](maxlen=LASTS_MAX)

    def seen(self, own: dict[str, Order], position: float) -> Seen:
        """What one of them knows now."""
        live = self.book.is_live
        bid = self.book.best_bid if live else None
        ask = self.book.best_ask if live else None
        return Seen(
            bid=None if bid is None else float(bid.price),
            ask=None if ask is None else float(ask.price),
            lasts=tuple(self.lasts),
            own=own,
            position=position,
        )

    async def watch_book(self, client: Client) -> None:
        """Follow the book until cancelled."""
        async with client.marketdata([self.book.symbol]) as events:
            async for event in events:
                self.book.apply(event)

    async def watch_tape(self, client: Client) -> None:
        """Follow the trades until cancelled."""
        async with client.tape([self.book.symbol]) as events:
            async for event in events:
                if isinstance(event, TradesSnapshot):
                    self.lasts.extend(float(trade.price) for trade in event.trades)
                elif isinstance(event, TradeEvent):
                    self.lasts.append(float(event.price))


class Seat:
    """A trader at its connection, and what it owns there."""

    def __init__(self, trader: Trader, market: Market, rate: float) -> None:
        self._trader = trader
        self._market = market
        self._rate = rate
        self._own: dict[str, Order] = {}
        self._position = 0.0

    async def trade(self, client: Client) -> None:
        """Trade until cancelled. Its orders go with its connection. Raises ClientError, alone or grouped."""
        symbol = self._market.book.symbol
        async with (
            client.trading(
                account=self._trader.account, symbols=[symbol], cancel_on_disconnect=True
            ) as session,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(self._hear, session)
            # What a process before this one has left behind.
            await session.cancel_all(symbol)
            pause_s = self._trader.pause_s(self._seen())
            while True:
                await trio.sleep(pause_s / self._rate)
                seen = self._seen()
                entries = self._trader.decide(seen)
                # Drawn before it acts, so that it does not matter how soon it hears of its own orders.
                pause_s = self._trader.pause_s(seen)
                if entries:
                    await self._send(session, entries)

    async def _send(self, session: Session, entries: list[Entry]) -> None:
        try:
            # A refused entry means that the market has moved on, and the next decision sees to it.
            await session.batch(entries)
        except ApiError as error:
            log.debug("a trader was refused", account=self._trader.account, code=error.code)
        except (Disconnected, OutcomeUnknown):
            await session.connected()

    def _seen(self) -> Seen:
        return self._market.seen(self._own, self._position)

    async def _hear(self, session: Session) -> None:
        async for event in session:
            if isinstance(event, OrdersSnapshot):
                self._own = {order.order_id: order for order in event.orders}
            elif isinstance(event, Interrupted):
                self._own = {}
            elif isinstance(event, OrderEvent):
                self._note(event.order)
                if isinstance(event, Traded):
                    sign = 1 if event.order.side == "buy" else -1
                    self._position += sign * float(event.fill.quantity)

    def _note(self, order: Order) -> None:
        if order.is_open:
            self._own[order.order_id] = order
        else:
            self._own.pop(order.order_id, None)


async def trade(url: str, crowd: Crowd) -> None:
    """Let a crowd trade at a URL until cancelled."""
    async with Client(url) as client:
        await run(client, crowd)


async def run(client: Client, crowd: Crowd) -> None:
    """Let a crowd trade everything that is listed, until cancelled."""
    prices = await _listed(client)
    async with trio.open_nursery() as nursery:
        for instrument, price in prices:
            symbol = instrument.symbol
            market = Market(symbol)
            nursery.start_soon(keep, partial(market.watch_book, client), f"the book of {symbol}")
            nursery.start_soon(keep, partial(market.watch_tape, client), f"the tape of {symbol}")
            for trader in traders(instrument, price, crowd):
                seat = Seat(trader, market, crowd.rate)
                who = f"{trader.account} of {symbol}"
                nursery.start_soon(keep, partial(seat.trade, client), who)


async def _listed(client: Client) -> list[tuple[Instrument, float]]:
    """What is traded, and what it is worth."""
    while True:
        try:
            return [(each, await _price(client, each)) for each in await client.symbols()]
        except ClientError as error:
            log.warning("the exchange is waited for", url=client.url, problem=str(error))
            await trio.sleep(FIRST_S)


async def _price(client: Client, instrument: Instrument) -> float:
    """The last price, if there is one, so that the market goes on where it was."""
    last = (await client.ticker(instrument.symbol)).last
    if last is not None:
        return float(last)
    return min(PRICES.get(instrument.symbol, PRICE), float(instrument.price_max))
