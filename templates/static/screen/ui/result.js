/** What became of an order that was handed in, in a sentence. */

import { grouped } from "../market/decimal.js";
import { REASON } from "../orders/words.js";
import { shortQuantity } from "./format.js";

/** @param {object} order as the exchange answered */
export function resultText(order, instrument) {
  const short = (text) => shortQuantity(instrument, instrument.quantity.parse(text));
  const { status, quantity, filled_quantity: filled, average_price: average } = order;
  const isFilled = /[1-9]/.test(filled);
  const fee = `fee ${order.fee} ${order.fee_currency}`;
  const fills = isFilled
    ? `Filled ${short(filled)} of ${short(quantity)} at ${grouped(average ?? "")} on average, ${fee}.`
    : "";
  const rest = {
    new: `Rests at ${grouped(order.price ?? "")}.`,
    partially_filled: `The rest rests at ${grouped(order.price ?? "")}.`,
    armed: `Waits for ${grouped(order.trigger_price ?? "")}.`,
    canceled: `${isFilled ? "The rest was canceled" : "Canceled"}: ${REASON[order.reason]}.`,
    expired: "Expired.",
    filled: "",
  }[status];
  return [fills, rest].filter(Boolean).join(" ");
}
