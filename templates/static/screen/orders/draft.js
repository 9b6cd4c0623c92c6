/** What stands in the ticket: texts as they were typed. And the order that they make. */

import { tidy } from "../market/decimal.js";
import { TYPES, mayRest } from "./types.js";

export const EMPTY = Object.freeze({
  side: "buy",
  type: "limit",
  price: "",
  trigger_price: "",
  quantity: "",
  time_in_force: "gtc",
  expires_at: "",
  post_only: false,
  self_trade_prevention: "cancel_taker",
  client_order_id: "",
});

/** The fields that an order of the draft's type and time in force has, of those that vary. */
export function fieldsOf({ type, time_in_force }) {
  const { price, trigger } = TYPES[type];
  const fields = ["quantity"];
  if (trigger) fields.push("trigger_price");
  if (price) fields.push("price");
  if (time_in_force === "gtd") fields.push("expires_at");
  if (mayRest(type, time_in_force)) fields.push("post_only");
  return new Set(fields);
}

/** The body of `POST /orders`, with the fields that the type has and no others. */
export function bodyOf(draft, symbol, account) {
  const fields = fieldsOf(draft);
  const { side, type, time_in_force, self_trade_prevention } = draft;
  const body = { symbol, side, type, time_in_force, self_trade_prevention };
  for (const name of ["quantity", "price", "trigger_price"]) {
    if (fields.has(name)) body[name] = tidy(draft[name]);
  }
  // What the page shows is the local time of the person in front of it.
  if (fields.has("expires_at")) body.expires_at = new Date(draft.expires_at).toISOString();
  if (fields.has("post_only") && draft.post_only) body.post_only = true;
  if (account) body.account = account;
  if (draft.client_order_id) body.client_order_id = draft.client_order_id;
  return body;
}
