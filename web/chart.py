"""The routes of what prices did: candles, and the ticker."""

from collections.abc import Callable

from ..book import depth
from ..book.market import Market
from ..book.records import TradeRecord
from ..persistence import history_candles
from ..persistence.history_candles import Candle
from ..persistence.history_errors import HistoryUnavailable
from ..persistence.history_reader import Moment
from .application import Application
from .desk import Desk
from .errors import BEHIND, NO_HISTORY, ApiError
from .replies import query, refuse_query, reply
from .requests import CandlesQuery, Interval
from .responses import CandlesView, DayView, TickerView, candle_view, day_view, levels_view
from .routes import Reply, Request
from .times import time_text
from .units import Units

INTERVALS_S = dict(zip(Interval, history_candles.INTERVALS_S, strict=True))
MINUTE_S = INTERVALS_S[Interval.MINUTE]
DAY_NS = INTERVALS_S[Interval.DAY] * history_candles.SECOND_NS

# So many of the newest trades make up for what the history has not taken in yet: a tenth of a
# second of the heaviest trading, and 50 microseconds to hand over.
NEWEST_MAX = 5_000


class ChartRoutes:
    """Candles and tickers, from the history and the trades since."""

    def __init__(self, app: Application, desk: Desk) -> None:
        self._desk = desk
        app.add_route("GET", "/candles/<symbol>", self.candles)
        app.add_route("GET", "/ticker/<symbol>", self.ticker)

    async def candles(self, request: Request, symbol: str) -> Reply:
        """GET /candles/{symbol}: the newest candles, oldest first."""
        wanted = query(CandlesQuery, request)
        units = self._desk.wire.units(symbol)
        interval_s, limit = INTERVALS_S[wanted.interval], wanted.limit
        candles, last_id = await self._candles(
            symbol, interval_s, lambda moment: moment.candles(symbol, interval_s, limit)
        )
        views = [candle_view(units, candle) for candle in candles[-limit:]]
        return reply(CandlesView(symbol, wanted.interval, last_id, views))

    async def ticker(self, request: Request, symbol: str) -> Reply:
        """GET /ticker/{symbol}: last price, best bid and ask, and the last 24 hours."""
        refuse_query(request)
        units = self._desk.wire.units(symbol)
        day = await self._day(units)

        def look(market: Market) -> tuple[int | None, int, depth.Depth]:
            engine = market.engine
            return engine.book.last_price, engine.time_ns, depth.l2(engine.book, 1)

        last, time_ns, best = await self._desk.read(symbol, look)
        bids, asks = levels_view(units, best.bids), levels_view(units, best.asks)
        return reply(
            TickerView(
                symbol=symbol,
                time=time_text(time_ns) if time_ns else None,
                last=units.price(last),
                bid=bids[0] if bids else None,
                ask=asks[0] if asks else None,
                day=day,
            )
        )

    async def _day(self, units: Units) -> DayView | None:
        """All trades from the minute of 24 hours ago on; None if nobody can tell now."""
        symbol, ago_ns = units.instrument.symbol, self._desk.exchange.clock() - DAY_NS
        since_ns = history_candles.start_of(ago_ns, MINUTE_S)
        try:
            candles, last_id = await self._candles(
                symbol, MINUTE_S, lambda moment: moment.candles_since(symbol, MINUTE_S, since_ns)
            )
        except ApiError as error:
            if error.code != "history_unavailable":
                raise
            return None
        # Trades that the history has not taken in yet may be older than that.
        of_the_day = (candle for candle in candles if candle.start_ns >= since_ns)
        return day_view(units, since_ns, last_id, history_candles.total(of_the_day))

    async def _candles(
        self, symbol: str, interval_s: int, written: Callable[[Moment], list[Candle]]
    ) -> tuple[list[Candle], int]:
        """Candles that the history has, gone on with by the trades since, as they are committed.

        With them comes the id of the last trade that is in them.

        Raises:
            ApiError: history_unavailable, also if there is a gap between the two.
        """

        def look(market: Market) -> tuple[list[TradeRecord], int]:
            return market.blotter.trades(NEWEST_MAX)[0], market.engine.book.last_trade_id

        newest, last_id = await self._desk.read(symbol, look)

        def ask(moment: Moment) -> tuple[list[Candle], int]:
            known = moment.trades(symbol, 1)
            known_id = known[0].trade.trade_id if known else 0
            # Trade ids are 1, 2, 3, …: so many are missing.
            missing = max(0, last_id - known_id)
            if missing > len(newest):
                raise HistoryUnavailable(BEHIND)
            since = newest[:missing][::-1]
            candles = history_candles.extended(written(moment), since, interval_s)
            return candles, max(last_id, known_id)

        found = await self._desk.past(ask)
        if found is None:
            raise ApiError("history_unavailable", problem=NO_HISTORY)
        return found
