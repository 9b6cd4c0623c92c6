"""What a client can ask about the market, one request each."""

from collections.abc import AsyncIterator

from msgspec import Struct

from .records import BookOrders, Candles, Depth, Instrument, Ticker, Trade
from .rest import PAGE, Rest, path_of


class _Trades(Struct):
    trades: list[Trade]
    next: int | None


class _Symbols(Struct):
    symbols: list[Instrument]


class MarketRoutes:
    """The part of `Client` for what everybody may see."""

    _rest: Rest

    async def orderbook(self, symbol: str, depth: int = 20) -> Depth:
        """The best levels of a book."""
        return await self._rest.get(path_of("orderbook", symbol), Depth, {"depth": depth})

    async def book_orders(self, symbol: str, depth: int = 20) -> BookOrders:
        """The first orders of each side of a book (level 3)."""
        query = {"depth": depth, "level": 3}
        return await self._rest.get(path_of("orderbook", symbol), BookOrders, query)

    async def trades(self, symbol: str) -> AsyncIterator[Trade]:
        """Trades, newest first, to the first one ever."""
        query = {"limit": PAGE}
        while True:
            page = await self._rest.get(path_of("trades", symbol), _Trades, query)
            for trade in page.trades:
                yield trade
            if page.next is None:
                return
            query["before"] = page.next

    async def symbols(self) -> list[Instrument]:
        """What is traded, and its rules."""
        return (await self._rest.get("/symbols", _Symbols)).symbols

    async def ticker(self, symbol: str) -> Ticker:
        """Last price, best bid and ask, and the last 24 hours."""
        return await self._rest.get(path_of("ticker", symbol), Ticker)

    async def candles(self, symbol: str, interval: str = "1m", limit: int = 100) -> Candles:
        """The newest candles, oldest first; where nothing traded there is none."""
        query = {"interval": interval, "limit": limit}
        return await self._rest.get(path_of("candles", symbol), Candles, query)
