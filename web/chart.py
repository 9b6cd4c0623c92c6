"""The routes of what prices did: candles, and the ticker."""

from quart.wrappers import Response
from quart_trio import QuartTrio

from ..book import depth
from ..book.market import Market
from ..persistence import history_candles
from ..persistence.history_candles import Candle
from ..persistence.history_reader import Moment
from .desk import Desk
from .replies import query, refuse_query, reply
from .requests import CandlesQuery, Interval
from .responses import CandlesView, TickerView, candle_view, levels_view
from .times import time_text

INTERVALS_S = dict(zip(Interval, history_candles.INTERVALS_S, strict=True))

DAY_NS = history_candles.INTERVALS_S[-1] * history_candles.SECOND_NS


class ChartRoutes:
    """Candles and tickers, from the history."""

    def __init__(self, app: QuartTrio, desk: Desk) -> None:
        self._desk = desk
        app.add_url_rule("/candles/<symbol>", view_func=self.candles, methods=["GET"])
        app.add_url_rule("/ticker/<symbol>", view_func=self.ticker, methods=["GET"])

    async def candles(self, symbol: str) -> Response:
        """GET /candles/{symbol}: the newest candles, oldest first."""
        wanted = query(CandlesQuery)
        units = self._desk.wire.units(symbol)
        interval_s = INTERVALS_S[wanted.interval]
        found = await self._desk.past(
            lambda moment: moment.candles(symbol, interval_s, wanted.limit)
        )
        views = [candle_view(units, candle) for candle in found or []]
        return reply(CandlesView(symbol, wanted.interval, views))

    async def ticker(self, symbol: str) -> Response:
        """GET /ticker/{symbol}: last price, best bid and ask, and the last 24 hours."""
        refuse_query()
        units = self._desk.wire.units(symbol)

        def look(market: Market) -> tuple[int | None, int, depth.Depth]:
            engine = market.engine
            return engine.book.last_price, engine.time_ns, depth.l2(engine.book, 1)

        last, time_ns, best = await self._desk.read(symbol, look)
        day = await self._desk.past(lambda moment: _since(moment, symbol, time_ns - DAY_NS))
        bids, asks = levels_view(units, best.bids), levels_view(units, best.asks)
        return reply(
            TickerView(
                symbol=symbol,
                time=time_text(time_ns) if time_ns else None,
                last=units.price(last),
                bid=bids[0] if bids else None,
                ask=asks[0] if asks else None,
                day=None if day is None else candle_view(units, day),
            )
        )


def _since(moment: Moment, symbol: str, since_ns: int) -> Candle | None:
    """All trades from the minute of a time on as one candle, or None if there are none."""
    begin_ns = history_candles.start_of(since_ns, INTERVALS_S[Interval.MINUTE])
    candles = moment.candles_since(symbol, INTERVALS_S[Interval.MINUTE], begin_ns)
    return history_candles.total(candles)
