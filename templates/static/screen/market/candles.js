/** Candles of one interval: those of `GET /candles`, and the trades that came after them. */

/** The intervals that the exchange keeps, and their seconds. */
export const INTERVALS = { "1s": 1, "1m": 60, "5m": 300, "1h": 3600, "1d": 86_400 };

// More than a chart shows; beyond that the older half goes.
export const BARS_MAX = 4_000;

export class Candles {
  /** @param {import("./instrument.js").Instrument} instrument */
  constructor(instrument, interval) {
    this.instrument = instrument;
    this.interval = interval;
    this.seconds = INTERVALS[interval];
    this.bars = [];
    this.isKnown = false;
    /** How often bars other than the last were replaced or dropped. */
    this.epoch = 0;
    /** The last trade that was in the answer. */
    this.lastId = 0;
  }

  /** Start from an answer of `GET /candles`. */
  load({ candles, last_trade_id }) {
    this.epoch += 1;
    this.isKnown = true;
    this.lastId = last_trade_id;
    this.bars = candles.map((candle) => readCandle(this.instrument, candle));
  }

  /** Add each trade once, oldest first. Only the last bar changes, or bars follow. */
  add(trades) {
    for (const trade of trades) {
      if (trade.id > this.lastId) this.#addOne(trade);
    }
    if (this.bars.length <= BARS_MAX) return;
    this.bars.splice(0, BARS_MAX / 2);
    this.epoch += 1;
  }

  #addOne(trade) {
    const start = Math.floor(trade.timeMs / 1000 / this.seconds) * this.seconds;
    const last = this.bars.at(-1);
    if (last && last.time >= start) {
      join(last, trade);
      return;
    }
    const { price, quantity } = trade;
    this.bars.push({
      time: start,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: quantity,
    });
  }
}

/** A candle of the API, with its decimals as whole numbers and its start in seconds. */
export function readCandle(instrument, candle) {
  const { price, quantity } = instrument;
  return {
    time: Date.parse(candle.start) / 1000,
    open: price.parse(candle.open),
    high: price.parse(candle.high),
    low: price.parse(candle.low),
    close: price.parse(candle.close),
    volume: quantity.parse(candle.volume),
  };
}

/** Let a candle contain one more trade. */
export function join(bar, { price, quantity }) {
  if (price > bar.high) bar.high = price;
  if (price < bar.low) bar.low = price;
  bar.close = price;
  bar.volume += quantity;
}
