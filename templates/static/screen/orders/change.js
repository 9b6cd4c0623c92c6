/** The change of an open order: what of it is new, what it breaks, and whether it costs the place in the queue. */

import { tidy } from "../market/decimal.js";
import { check } from "./check.js";
import { EMPTY } from "./draft.js";
import { TYPES } from "./types.js";

/**
 * @param {object} order as the API has it
 * @param {{price: string, quantity: string}} wanted as typed
 * @param {object} market see `check`
 * @returns {{errors: object, warnings: object, missing: string[], body: object, keepsPlace: boolean}}
 */
export function changeOf(order, wanted, market) {
  const { instrument } = market;
  const draft = {
    ...EMPTY,
    side: order.side,
    type: order.type,
    post_only: order.post_only,
    trigger_price: order.trigger_price ?? "",
    ...wanted,
  };
  const { errors, warnings, missing, values } = check(draft, market, Date.now());
  const filled = instrument.quantity.parse(order.filled_quantity);
  if (values.quantity !== null && values.quantity <= filled) {
    errors.quantity ??= `quantity ${tidy(wanted.quantity)} is not more than the filled quantity ${order.filled_quantity}`;
  }
  // The trigger price cannot be changed, so nothing about it is news.
  delete warnings.trigger_price;
  const isPriced = TYPES[order.type].price;
  const before = {
    price: isPriced ? instrument.price.parse(order.price) : null,
    quantity: instrument.quantity.parse(order.quantity),
  };
  const body = {};
  for (const field of ["price", "quantity"]) {
    if (values[field] !== null && values[field] !== before[field])
      body[field] = tidy(wanted[field]);
  }
  const keepsPlace = values.price === before.price && values.quantity <= before.quantity;
  return { errors, warnings, missing, body, keepsPlace };
}
