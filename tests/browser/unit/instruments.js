/** Instruments to test with. */

import { Instrument } from "/static/screen/market/instrument.js";

const RULES = {
  symbol: "BTC-USD",
  base: "BTC",
  quote: "USD",
  tick_size: "0.01",
  lot_size: "0.00000001",
  quantity_min: "0.00010000",
  quantity_max: "10000.00000000",
  price_max: "1000000.00",
  notional_min: "1.00",
  notional_max: "922337203.6854775807",
  maker_fee_rate: "-0.0001",
  taker_fee_rate: "0.00025",
  price_band_bps: 0,
  open_orders_max: 1000000,
  account_open_orders_max: 1000,
};

export const instrument = (changes = {}) => new Instrument({ ...RULES, ...changes });

/** Steps that are no powers of ten. */
export const coarse = () =>
  instrument({
    symbol: "BTC-JPY",
    quote: "JPY",
    tick_size: "5",
    lot_size: "10",
    quantity_min: "10",
    quantity_max: "1000000",
    price_max: "1000000",
    notional_min: "0",
  });

/** Levels as the API has them: `[["100.00", "1.50000000", 2], ...]` from "100x1.5 99x2". */
export const levels = (text) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((level) => {
      const [price, quantity] = level.split("x");
      return [price, quantity, 1];
    });
