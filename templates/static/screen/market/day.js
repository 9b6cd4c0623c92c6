/** The last 24 hours in one candle: that of `GET /ticker`, and the trades that came after it. */

import { divideHalfEven } from "./decimal.js";
import { join, readCandle } from "./candles.js";

export class Day {
  /** @param {import("./instrument.js").Instrument} instrument */
  constructor(instrument) {
    this.instrument = instrument;
    this.candle = null;
    this.isKnown = false;
    /** The last trade that was in the answer. */
    this.lastId = 0;
  }

  /** Start from the `day` of an answer of `GET /ticker`. */
  load(day) {
    this.isKnown = true;
    this.lastId = day.last_trade_id;
    this.candle = day.trades ? readCandle(this.instrument, day) : null;
  }

  /** Add each trade once, oldest first. */
  add(trades) {
    for (const trade of trades.filter(({ id }) => id > this.lastId)) {
      const { price } = trade;
      this.candle ??= { open: price, high: price, low: price, close: price, volume: 0n };
      join(this.candle, trade);
    }
  }

  /** From the first price to the last: in price units, and in hundredths of a per cent. */
  get change() {
    if (!this.candle) return null;
    const { open, close } = this.candle;
    const by = close - open;
    const ratio = divideHalfEven((by < 0n ? -by : by) * 10_000n, open);
    return { by, ratio: by < 0n ? -ratio : ratio };
  }
}
