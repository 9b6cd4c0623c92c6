/** The rules of one instrument (`GET /symbols`), with its decimals as whole numbers. */

import { digitsOf, format, formatExact, parse } from "./decimal.js";

// Fee rates are whole millionths, and an average price has four decimals more than the tick size.
const RATE_DIGITS = 6;
const AVERAGE_DIGITS = 4;

const BASIS_POINTS = 10_000n;

/** The multiples of one step, such as a tick size. */
class Scale {
  constructor(step) {
    this.digits = digitsOf(step);
    this.step = parse(step, this.digits);
  }

  /** Units of the last decimal; null when the text is finer than that. */
  parse(text) {
    return parse(text, this.digits);
  }

  format(units) {
    return format(units, this.digits);
  }

  /** Whether so many units are a whole number of steps; null, which is too fine, is not. */
  fits(units) {
    return units !== null && units % this.step === 0n;
  }

  /** The nearest multiple of a step at or below. */
  floor(units, step = this.step) {
    return units - (units % step);
  }

  /** The nearest multiple of a step at or above. */
  ceil(units, step = this.step) {
    return units % step ? this.floor(units, step) + step : units;
  }
}

export class Instrument {
  /** @param {object} rules one of the symbols of `GET /symbols` */
  constructor(rules) {
    this.rules = rules;
    this.symbol = rules.symbol;
    this.base = rules.base;
    this.quote = rules.quote;
    this.price = new Scale(rules.tick_size);
    this.quantity = new Scale(rules.lot_size);
    this.notionalDigits = this.price.digits + this.quantity.digits;
    this.quantityMin = this.quantity.parse(rules.quantity_min);
    this.quantityMax = this.quantity.parse(rules.quantity_max);
    this.priceMax = this.price.parse(rules.price_max);
    this.notionalMin = parse(rules.notional_min, this.notionalDigits);
    this.notionalMax = parse(rules.notional_max, this.notionalDigits);
    this.makerRate = parse(rules.maker_fee_rate, RATE_DIGITS);
    this.takerRate = parse(rules.taker_fee_rate, RATE_DIGITS);
    this.bandBps = BigInt(rules.price_band_bps);
  }

  /** An amount of the quote currency in price x quantity units, exact. */
  formatNotional(units) {
    return formatExact(units, this.notionalDigits, this.price.digits);
  }

  get feeDigits() {
    return this.notionalDigits + RATE_DIGITS;
  }

  get averageDigits() {
    return this.price.digits + AVERAGE_DIGITS;
  }

  /** The lowest and highest price that are allowed around the last one; null without a band. */
  band(last) {
    if (!this.bandBps || last === null) return null;
    // In ticks, as the exchange counts: its bounds are whole ticks.
    const ticks = last / this.price.step;
    const low = ticks * (BASIS_POINTS - this.bandBps);
    const high = ticks * (BASIS_POINTS + this.bandBps);
    return {
      low: ((low + BASIS_POINTS - 1n) / BASIS_POINTS) * this.price.step,
      high: (high / BASIS_POINTS) * this.price.step,
    };
  }
}
