/** Tells of fills of one's own: one message for all of an order that came together. */

import { divideHalfEven, format, grouped } from "../market/decimal.js";
import { shortQuantity } from "./format.js";
import { announceFill } from "./toasts.js";

const DONE = { buy: "Bought", sell: "Sold" };

/** @param {Map<string, object>} instruments */
export const announceFills = (instruments) => (order, fills) => {
  announceFill(fillText(order, fills, instruments.get(order.symbol)), order.side);
};

/** "Bought 0.5 BTC-USD at 64,000.00, taker". */
export function fillText(order, fills, instrument) {
  const { price, quantity, averageDigits } = instrument;
  const lots = fills.map((fill) => quantity.parse(fill.quantity));
  const total = lots.reduce((sum, each) => sum + each, 0n);
  const prices = new Set(fills.map((fill) => fill.price));
  const notional = fills.reduce((sum, fill, at) => sum + price.parse(fill.price) * lots[at], 0n);
  const more = 10n ** BigInt(averageDigits - price.digits);
  const average = format(divideHalfEven(notional * more, total), averageDigits);
  const at = prices.size === 1 ? grouped(fills[0].price) : `${grouped(average)} on average`;
  const kinds = [...new Set(fills.map((fill) => fill.liquidity))].join(" and ");
  return `${DONE[order.side]} ${shortQuantity(instrument, total)} ${order.symbol} at ${at}, ${kinds}`;
}
