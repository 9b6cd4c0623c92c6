"""The routes of what everybody may see: books, trades and the instruments. No account is in them."""

from quart.wrappers import Response
from quart_trio import QuartTrio

from ..book import depth
from ..book.market import Market
from .desk import Desk
from .replies import query, refuse_query, reply
from .requests import OrderbookQuery, TradesQuery
from .responses import BookView, SymbolsView, TradesPage, book_view, trade_view


class MarketRoutes:
    """Books, trades, instruments."""

    def __init__(self, app: QuartTrio, desk: Desk) -> None:
        self._desk = desk
        app.add_url_rule("/orderbook/<symbol>", view_func=self.orderbook, methods=["GET"])
        app.add_url_rule("/trades/<symbol>", view_func=self.trades, methods=["GET"])
        app.add_url_rule("/symbols", view_func=self.symbols, methods=["GET"])

    async def orderbook(self, symbol: str) -> Response:
        """GET /orderbook/{symbol}: the best levels of a book, or the first orders of it."""
        wanted = query(OrderbookQuery)
        units = self._desk.wire.units(symbol)
        view = depth.l2 if wanted.level == 2 else depth.l3

        def look(market: Market) -> BookView:
            engine = market.engine
            book = view(engine.book, wanted.depth)
            return book_view(units, engine.sequence, engine.time_ns, book)

        return reply(await self._desk.read(symbol, look))

    async def trades(self, symbol: str) -> Response:
        """GET /trades/{symbol}: trades, newest first."""
        wanted = query(TradesQuery)
        units = self._desk.wire.units(symbol)
        trades, before = await self._desk.read(
            symbol, lambda market: market.blotter.trades(wanted.limit, wanted.before)
        )
        return reply(TradesPage(symbol, [trade_view(units, trade) for trade in trades], before))

    async def symbols(self) -> Response:
        """GET /symbols: what is traded, and its rules."""
        refuse_query()
        return reply(SymbolsView([units.rules for units in self._desk.wire.markets.values()]))
