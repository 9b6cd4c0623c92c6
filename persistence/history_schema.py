"""The tables of the history, and how records become rows and rows records.

Columns that may exceed 64 bits are text: fees, sums, and products of prices and quantities.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from ..book.commands import NewOrder
from ..book.enums import CancelReason, OrderStatus, Side
from ..book.events import Trade
from ..book.records import Fill, OrderRecord, TradeRecord
from .history_candles import Candle

# Says "GQHI" in the head of the file: a history, and nobody else's database.
APPLICATION_ID = 0x47514849
VERSION = 2

# The primary keys hold the rows, and every other index ends with the primary key: it is in order
# of ids without naming them. The account comes before the status so that both together are exact.
# An order's newest fills stand in its row: to look for them among the trades would take two more
# indexes, which cost the writer more than the copies do.
TABLES = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
    "CREATE TABLE progress (position INTEGER NOT NULL)",
    "INSERT INTO progress VALUES (0)",
    """CREATE TABLE symbols (
        symbol TEXT PRIMARY KEY, sequence INTEGER NOT NULL, time_ns INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE trades (
        symbol TEXT NOT NULL, trade_id INTEGER NOT NULL, price INTEGER NOT NULL,
        quantity INTEGER NOT NULL, aggressor_side TEXT NOT NULL, maker_order_id INTEGER NOT NULL,
        taker_order_id INTEGER NOT NULL, maker_fee TEXT NOT NULL, taker_fee TEXT NOT NULL,
        sequence INTEGER NOT NULL, time_ns INTEGER NOT NULL,
        PRIMARY KEY (symbol, trade_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE orders (
        symbol TEXT NOT NULL, order_id INTEGER NOT NULL, account TEXT, client_order_id TEXT,
        status TEXT NOT NULL, filled INTEGER NOT NULL, notional TEXT NOT NULL, fee TEXT NOT NULL,
        reason TEXT, sequence INTEGER NOT NULL, created_ns INTEGER NOT NULL,
        updated_ns INTEGER NOT NULL, terms TEXT NOT NULL, fills TEXT NOT NULL,
        PRIMARY KEY (symbol, order_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX orders_by_status ON orders (symbol, status)",
    """CREATE INDEX orders_by_account ON orders (symbol, account, status)
        WHERE account IS NOT NULL""",
    """CREATE TABLE candles (
        symbol TEXT NOT NULL, interval_s INTEGER NOT NULL, start_ns INTEGER NOT NULL,
        open INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, close INTEGER NOT NULL,
        volume TEXT NOT NULL, notional TEXT NOT NULL, trades INTEGER NOT NULL,
        PRIMARY KEY (symbol, interval_s, start_ns)
    ) WITHOUT ROWID""",
)

# A trade is written once; that it is there already is an error.
PUT_TRADE = "INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_ORDER = """INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (symbol, order_id) DO UPDATE SET status = excluded.status, filled = excluded.filled,
    notional = excluded.notional, fee = excluded.fee, reason = excluded.reason,
    sequence = excluded.sequence, updated_ns = excluded.updated_ns, terms = excluded.terms,
    fills = excluded.fills"""
PUT_CANDLE = "INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_SYMBOL = "INSERT OR REPLACE INTO symbols VALUES (?, ?, ?)"

_TRADE = "trade_id, price, quantity, aggressor_side, maker_order_id, taker_order_id, maker_fee, "
TRADE = _TRADE + "taker_fee, sequence, time_ns"
_ORDER = "order_id, terms, status, filled, notional, fee, reason, sequence, created_ns, "
ORDER = _ORDER + "updated_ns, fills"
CANDLE = "start_ns, open, high, low, close, volume, notional, trades"

Row = Sequence[Any]

_encode = msgspec.json.Encoder().encode
_decode_terms = msgspec.json.Decoder(NewOrder).decode
_decode_fills = msgspec.json.Decoder(tuple[Fill, ...]).decode


def trade_row(symbol: str, record: TradeRecord) -> Row:
    """What PUT_TRADE writes."""
    trade = record.trade
    return (
        symbol,
        trade.trade_id,
        trade.price,
        trade.quantity,
        trade.aggressor_side.value,
        trade.maker_order_id,
        trade.taker_order_id,
        str(trade.maker_fee),
        str(trade.taker_fee),
        record.sequence,
        record.time_ns,
    )


def trade_of(row: Row) -> TradeRecord:
    """The trade of a row of the columns TRADE. Raises ValueError."""
    trade_id, price, quantity, side, maker, taker, maker_fee, taker_fee, sequence, time_ns = row
    fees = int(maker_fee), int(taker_fee)
    trade = Trade(trade_id, price, quantity, Side(side), maker, taker, *fees)
    return TradeRecord(trade, sequence, time_ns)


def order_row(symbol: str, record: OrderRecord) -> Row:
    """What PUT_ORDER writes."""
    terms = record.terms
    return (
        symbol,
        record.order_id,
        terms.account,
        terms.client_order_id,
        record.status.value,
        record.filled,
        str(record.notional),
        str(record.fee),
        None if record.reason is None else record.reason.value,
        record.sequence,
        record.created_ns,
        record.updated_ns,
        _encode(terms).decode(),
        _encode(record.fills).decode(),
    )


def order_of(row: Row) -> OrderRecord:
    """The order of a row of the columns ORDER. Raises ValueError."""
    order_id, terms, status, filled, notional, fee, reason, sequence, created, updated, fills = row
    return OrderRecord(
        order_id,
        _decode_terms(terms),
        OrderStatus(status),
        filled,
        int(notional),
        int(fee),
        None if reason is None else CancelReason(reason),
        sequence,
        created,
        updated,
        _decode_fills(fills),
    )


def candle_row(symbol: str, interval_s: int, candle: Candle) -> Row:
    """What PUT_CANDLE writes."""
    start_ns, *prices, volume, notional, trades = msgspec.structs.astuple(candle)
    return (symbol, interval_s, start_ns, *prices, str(volume), str(notional), trades)


def candle_of(row: Row) -> Candle:
    """The candle of a row of the columns CANDLE. Raises ValueError."""
    start_ns, open, high, low, close, volume, notional, trades = row
    return Candle(start_ns, open, high, low, close, int(volume), int(notional), trades)
