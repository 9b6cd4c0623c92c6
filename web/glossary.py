"""What every field of the public JSON means, once for all shapes that have it.

A key is the name of a field, or `Shape.field` where a shape means something of its own by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import UNSET

from .responses import MAKER, TAKER

Form = dict[str, object]

# How texts look that are more than text, as JSON Schema.
DECIMAL: Form = {"pattern": r"^[0-9]+(\.[0-9]+)?$"}
SIGNED: Form = {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
TIME: Form = {"format": "date-time"}


# The field that tells the events of a stream apart, whatever its name.
TAG = "(tag)"

SYMBOLS = "Symbols, separated by commas; in a message also a list. Required but for a handshake."


@dataclass(frozen=True, slots=True)
class Word:
    """A field: what it means, an example, and what its text looks like."""

    says: str
    example: object = UNSET
    form: Form = field(default_factory=dict)


_TIME = "2026-05-02T10:00:00.000000000Z"

WORDS: Mapping[str, Word] = {
    # Orders.
    "symbol": Word("The instrument, see GET /symbols.", "BTC-USD"),
    "side": Word("Whether the order buys or sells.", "buy"),
    "type": Word("What kind of order it is; docs/matching.md says what each does.", "limit"),
    "OrderRequest.type": Word(
        "What kind of order it is. ioc and fok are limit orders with that time in force.", "limit"
    ),
    "quantity": Word("How much, in the base currency: a multiple of the lot size.", "0.5", DECIMAL),
    "OrderRequest.price": Word(
        "The worst price to trade at, a multiple of the tick size. Required for limit, stop_limit and "
        "take_profit_limit, else not allowed.",
        "64000.00",
    ),
    "price": Word("The price, in the quote currency.", "64000.00", DECIMAL),
    "OrderRequest.trigger_price": Word(
        "The order waits until a trade touches this price. Required for stop, stop_limit, take_profit and "
        "take_profit_limit, else not allowed."
    ),
    "trigger_price": Word("The price that the order waits for, or waited for.", None, DECIMAL),
    "OrderRequest.time_in_force": Word(
        "What becomes of what does not trade at once: by default gtc with a price and ioc without one, "
        "and without one only ioc and fok are possible."
    ),
    "time_in_force": Word("What becomes of what does not trade at once.", "gtc"),
    "OrderRequest.expires_at": Word("When the order expires. Required with gtd, else not allowed."),
    "expires_at": Word("When the order expires.", None, TIME),
    "OrderRequest.post_only": Word(
        "Refuse the order rather than let it take. Only with gtc or gtd."
    ),
    "post_only": Word("Whether the order was only to make.", False),
    "self_trade_prevention": Word(
        "What happens when the order meets one of its own account; the taker's word counts.",
        "cancel_taker",
    ),
    "account": Word("Whose order it is; orders without an account are nobody's own.", "alice"),
    "OrdersQuery.account": Word("Only orders of this account."),
    "MassCancelQuery.account": Word("Only orders of this account."),
    "OrdersQuery.symbol": Word("Only orders of this symbol."),
    "MassCancelQuery.symbol": Word("Only orders of this symbol."),
    "client_order_id": Word(
        "Your own id, unique in the account: the same body again is the same order.", "bid-1"
    ),
    "order_id": Word("The id of the order, opaque.", "BTC-USD-1"),
    "filled_quantity": Word("How much has traded.", "0.20000000", DECIMAL),
    "remaining_quantity": Word(
        "How much has not traded, whether the order is open still or not.", "0.30000000", DECIMAL
    ),
    "average_price": Word(
        "The average price of all that traded, with four decimals more than the tick size, rounded half "
        "to even; null if nothing has.",
        "64000.000000",
        DECIMAL,
    ),
    "OrderView.status": Word(
        "Where the order is in its life: armed, new and partially_filled are open, the others final.",
        "partially_filled",
    ),
    "OrderView.reason": Word("Why the order was canceled, if it was.", None),
    "fee": Word(
        "What is paid, exact, in the quote currency; negative if it is paid to you.",
        "3.20",
        SIGNED,
    ),
    "fee_currency": Word("The currency of the fees.", "USD"),
    "sequence": Word(
        "The place of a command in its symbol's history: here of the last one that changed this.", 2
    ),
    "created_at": Word("When the order was placed.", _TIME, TIME),
    "updated_at": Word("When the order last changed.", _TIME, TIME),
    "fills": Word("The newest 100 fills."),
    "BatchRequest.orders": Word("What to do, in order. Each entry's op is place if it has none."),
    "op": Word("What to do."),
    "orders": Word("The orders."),
    "results": Word("What became of each entry, in order."),
    "order": Word("The order, if it went well."),
    "error": Word("The error, if it did not."),
    # Queries and pages.
    "OrdersQuery.status": Word(
        "Only orders of this status; open is armed, new or partially_filled.", "open"
    ),
    "limit": Word("At most so many."),
    "cursor": Word("Go on after a page: its next."),
    "before": Word("Only trades before this trade id: the next of a page."),
    "depth": Word("At most so many levels, or orders, of each side."),
    "level": Word("2 is by price, 3 by order."),
    "interval": Word("How long a candle is.", "1m"),
    "OrdersPage.next": Word("The cursor of the page that follows; null at the end.", None),
    "TradesPage.next": Word(
        "The trade id to pass as before for the page that follows, or null.", None
    ),
    # Trades, books, prices.
    "trade_id": Word("1, 2, 3, … in each symbol.", 1),
    "liquidity": Word("Which half of the trade it is.", TAKER, {"enum": [MAKER, TAKER]}),
    "aggressor_side": Word("The side of the taker.", "buy"),
    "maker_order_id": Word("The order that rested.", "BTC-USD-1"),
    "taker_order_id": Word("The order that came.", "BTC-USD-2"),
    "maker_fee": Word("What the maker pays; negative if it is paid to it.", "-1.28", SIGNED),
    "taker_fee": Word("What the taker pays.", "3.20", SIGNED),
    "time": Word("When it happened.", _TIME, TIME),
    "BookView.time": Word("The time of that command; null before the first.", _TIME, TIME),
    "BookOrdersView.time": Word("The time of that command; null before the first.", _TIME, TIME),
    "TickerView.time": Word("The time of the last command; null before the first.", _TIME, TIME),
    "bids": Word("Best first.", [["63000.00", "1.00000000", 1]]),
    "asks": Word("Best first.", [["64000.00", "0.30000000", 1]]),
    "BookOrdersView.bids": Word("In their order.", [["63000.00", "1.00000000", "BTC-USD-3"]]),
    "BookOrdersView.asks": Word("In their order.", [["64000.00", "0.30000000", "BTC-USD-1"]]),
    "CandleView.trades": Word("How many trades there were.", 12),
    "trades": Word("The trades."),
    "start": Word("When the candle begins.", _TIME, TIME),
    "open": Word("The first price.", "64000.00", DECIMAL),
    "high": Word("The highest price.", "65000.00", DECIMAL),
    "low": Word("The lowest price.", "63500.00", DECIMAL),
    "close": Word("The last price.", "64500.00", DECIMAL),
    "volume": Word("How much traded.", "12.50000000", DECIMAL),
    "candles": Word("The candles."),
    "last": Word("The price of the last trade.", "64000.00", DECIMAL),
    "bid": Word("The best bid, as in the book.", ["63000.00", "1.00000000", 1]),
    "ask": Word("The best ask, as in the book.", ["64000.00", "0.30000000", 1]),
    "day": Word("The last 24 hours as one candle; null if nothing traded."),
    # Instruments.
    "base": Word("What is traded.", "BTC"),
    "quote": Word("What it is paid in.", "USD"),
    "tick_size": Word("Prices are multiples of this.", "0.01", DECIMAL),
    "lot_size": Word("Quantities are multiples of this.", "0.00000001", DECIMAL),
    "quantity_min": Word("The smallest order.", "0.00010000", DECIMAL),
    "quantity_max": Word("The largest order.", "10000.00000000", DECIMAL),
    "price_max": Word("The highest price.", "1000000.00", DECIMAL),
    "notional_min": Word("The least price x quantity.", "1.00", DECIMAL),
    "notional_max": Word("The most price x quantity.", "922337203.6854775807", DECIMAL),
    "maker_fee_rate": Word("Of the notional; negative if it is paid.", "-0.0001", SIGNED),
    "taker_fee_rate": Word("Of the notional.", "0.00025", SIGNED),
    "price_band_bps": Word(
        "How far from the last trade a price may be, in basis points; 0 is any distance.", 0
    ),
    "open_orders_max": Word("Open orders of everybody.", 1_000_000),
    "account_open_orders_max": Word("Open orders of one account.", 1000),
    # Operations.
    "VersionView.status": Word("That it lives.", "live", {"enum": ["live"]}),
    "ReadyView.status": Word(
        "degraded while some symbols do not take orders.", "ready", {"enum": ["ready", "degraded"]}
    ),
    "version": Word("The version of the exchange.", "0.1.0"),
    "symbols": Word("Each symbol."),
    "state": Word("What the symbol is doing; it takes orders while it is running.", "running"),
    "reason": Word("Why it is so, if there is something to say.", None),
    "inbox_depth": Word("Commands that wait.", 0),
    "restarts": Word("How often the engine failed and was restarted.", 0),
    "snapshot_sequence": Word("The sequence at which the newest snapshot was taken."),
    "snapshot_position": Word("The position of the journal at that moment."),
    "snapshot_age_s": Word("How old the newest snapshot of this process is, in seconds."),
    "running": Word("Whether the exchange takes commands.", True),
    "journal": Word("The journal; null if the exchange lives in memory."),
    "history": Word("The history; null if it is switched off.", None),
    "HistoryStatus.position": Word(
        "The record of the journal up to which it is written; null until it is known to fit."
    ),
    "HistoryStatus.problem": Word("Why it is not written now, if it is not.", None),
    "HistoryStatus.restarts": Word("How often its process was started again.", 0),
    "fsync": Word("When a command is on the disk, see --fsync.", "always"),
    "file": Word("The file that is being written.", "journal/00000000000000000001.journal"),
    "position": Word("How many records of all symbols are in it.", 1234),
    "problem": Word("What is wrong with it, if something is.", None),
    # Streams.
    "channel": Word("Which channel it is.", "marketdata"),
    "TradeEvent.channel": Word("Which channel it is.", "trades"),
    "events": Word("What has happened, oldest first."),
    TAG: Word("What kind of event it is."),
    "prev_sequence": Word(
        "The sequence of the event before it in the channel: if that is another one than you have seen, "
        "you have missed something.",
        1,
    ),
    "Subscription.symbols": Word(SYMBOLS),
    "BookSubscription.symbols": Word(SYMBOLS),
    "Unsubscription.symbols": Word(SYMBOLS),
    "Subscribed.symbols": Word("All symbols that are read from now on.", ["BTC-USD"]),
    "since": Word(
        "Go on after this sequence, of the one symbol or of each: BTC-USD:17,ETH-USD:5. Without it a "
        "snapshot comes first."
    ),
    "PollQuery.since": Word("Go on after this sequence. Without it a snapshot comes at once."),
    "PollView.since": Word("Pass this the next time.", 2),
    "timeout": Word("How many seconds to wait for something to happen."),
    "channels": Word("Which channels, separated by commas; by default all."),
    "BookSubscription.depth": Word("How many levels of each side to tell of."),
    "PollQuery.depth": Word("How many levels of each side to tell of."),
    "BookSnapshot.depth": Word("How many levels of each side are told of.", 1000),
    "last_trade_id": Word("The id of the newest trade.", 1),
    "id": Word("Your name for the message, which stands in its answer.", 1),
    "TradingQuery.symbols": Word(SYMBOLS),
    "TradingQuery.account": Word(
        "For whom the session trades: it is put into orders that name nobody, and its reports come."
    ),
    "reports": Word("Whether what becomes of one's own orders is told.", True),
    "cancel_on_disconnect": Word(
        "Whether the orders that the session has placed are canceled when it ends.", False
    ),
    "seconds": Word("In how many seconds all open orders of the account go; 0 is never.", 60),
    "kept_priority": Word("Whether it kept its place in the queue.", True),
    "fill": Word("The order's half of the trade."),
    # Errors.
    "code": Word("What went wrong. It will not change: branch on it.", "invalid_price"),
    "message": Word(
        "The rule and its value, for people. It may change.",
        "price 100.005 is not a multiple of the tick size 0.01",
    ),
    "field": Word("The field or parameter that it is about.", "price"),
    "request_id": Word(
        "The id of the request, as in its header and in our log.", "3f1c9a70b2d4e685"
    ),
}


def word_for(shape: str, name: str) -> Word:
    """The word for a field of a shape. Raises KeyError: nobody has written it down."""
    return WORDS.get(f"{shape}.{name}") or WORDS[name]
