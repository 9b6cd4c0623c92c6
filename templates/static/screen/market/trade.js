/** A trade of the stream or of `GET /trades`, with its decimals as whole numbers. */

/** @param {import("./instrument.js").Instrument} instrument */
export function readTrade(instrument, trade) {
  return {
    id: trade.trade_id,
    sequence: trade.sequence,
    price: instrument.price.parse(trade.price),
    quantity: instrument.quantity.parse(trade.quantity),
    aggressor: trade.aggressor_side,
    orders: [trade.maker_order_id, trade.taker_order_id],
    time: trade.time,
    timeMs: Date.parse(trade.time),
  };
}
