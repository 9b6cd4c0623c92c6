"""The routes of what everybody may see: books, trades and the instruments. No account is in them."""

from ..book import depth
from ..book.market import Market
from ..book.records import TradeRecord
from .application import Application
from .desk import Desk
from .errors import BEHIND, ApiError
from .replies import query, refuse_query, reply
from .requests import OrderbookQuery, TradesQuery
from .responses import (
    BookOrdersView,
    BookView,
    SymbolsView,
    TradesPage,
    book_view,
    trade_view,
)
from .routes import Reply, Request
from .units import Units


class MarketRoutes:
    """Books, trades, instruments."""

    def __init__(self, app: Application, desk: Desk) -> None:
        self._desk = desk
        app.add_route("GET", "/orderbook/<symbol>", self.orderbook)
        app.add_route("GET", "/trades/<symbol>", self.trades)
        app.add_route("GET", "/symbols", self.symbols)

    async def orderbook(self, request: Request, symbol: str) -> Reply:
        """GET /orderbook/{symbol}: the best levels of a book, or the first orders of it."""
        wanted = query(OrderbookQuery, request)
        units = self._desk.wire.units(symbol)
        view = depth.l2 if wanted.level == 2 else depth.l3

        def look(market: Market) -> BookView | BookOrdersView:
            engine = market.engine
            book = view(engine.book, wanted.depth)
            return book_view(units, engine.sequence, engine.time_ns, book)

        return reply(await self._desk.read(symbol, look))

    async def trades(self, request: Request, symbol: str) -> Reply:
        """GET /trades/{symbol}: trades, newest first."""
        wanted = query(TradesQuery, request)
        units = self._desk.wire.units(symbol)
        return reply(await self._trades_page(units, wanted))

    async def _trades_page(self, units: Units, wanted: TradesQuery) -> TradesPage:
        """Trades that the market remembers, then older ones of the history."""
        symbol = units.instrument.symbol

        def look(market: Market) -> tuple[list[TradeRecord], int]:
            found, _ = market.blotter.trades(wanted.limit, wanted.before)
            return found, market.engine.book.last_trade_id

        trades, newest = await self._desk.read(symbol, look)
        oldest = min(newest + 1, wanted.before or newest + 1)
        if trades:
            oldest = trades[-1].trade.trade_id
        missing = min(wanted.limit - len(trades), oldest - 1)
        if missing > 0 and self._desk.history is not None:
            older = await self._desk.past(lambda moment: moment.trades(symbol, missing, oldest))
            if older is None or len(older) < missing or older[0].trade.trade_id != oldest - 1:
                raise ApiError("history_unavailable", problem=BEHIND)
            trades += older
        last = trades[-1].trade.trade_id if trades else 1
        is_more = last > 1 and len(trades) == wanted.limit
        return TradesPage(
            symbol, [trade_view(units, trade) for trade in trades], last if is_more else None
        )

    async def symbols(self, request: Request) -> Reply:
        """GET /symbols: what is traded, and its rules."""
        refuse_query(request)
        return reply(SymbolsView([units.rules for units in self._desk.wire.markets.values()]))
