/**
 * The rules that an order has to keep, asked while it is typed. They are those of the exchange, in
 * its words; it asks them again, and it alone decides.
 *
 * `errors` are rules of the instrument: breaking one is always refused. `warnings` depend on the
 * market of this moment, which may be another when the order arrives. `missing` is what is yet empty.
 */

import { isDecimal, tidy } from "../market/decimal.js";
import { fieldsOf } from "./draft.js";
import { isDue } from "./types.js";

const NOT_DECIMAL =
  "must be a positive number such as 100.25, at most 15 digits before the point and 12 after it";

// What docs/api.md says of names: printable ASCII.
const PRINTABLE = /^[ -~]*$/;
const CLIENT_ORDER_ID_MAX = 36;
export const ACCOUNT_MAX = 64;

/**
 * @param {object} draft see `EMPTY` of draft.js
 * @param {{instrument: object, last: bigint | null, bestAgainst: (side: string) => bigint | null}} market
 * @param {number} nowMs
 */
export function check(draft, market, nowMs) {
  const found = new Findings(fieldsOf(draft));
  const { instrument } = market;
  const price = found.number(draft, "price", instrument.price, "tick", instrument.rules.tick_size);
  const trigger = found.number(
    draft,
    "trigger_price",
    instrument.price,
    "tick",
    instrument.rules.tick_size,
  );
  const quantity = found.number(
    draft,
    "quantity",
    instrument.quantity,
    "lot",
    instrument.rules.lot_size,
  );
  checkLimits(found, instrument, { price, trigger, quantity });
  checkTime(found, draft, nowMs);
  checkName(found, draft.client_order_id);
  checkMarket(found, draft, market, { price, trigger });
  return { ...found, values: { price, trigger, quantity } };
}

/** What an account may be called; null if this is fine. */
export function problemWithAccount(name) {
  const isFine = name.length > 0 && name.length <= ACCOUNT_MAX && PRINTABLE.test(name);
  return isFine ? null : `account must be 1 to ${ACCOUNT_MAX} printable ASCII characters`;
}

class Findings {
  #fields;

  constructor(fields) {
    this.#fields = fields;
    /** @type {Record<string, string>} */
    this.errors = {};
    /** @type {Record<string, string>} */
    this.warnings = {};
    /** @type {string[]} */
    this.missing = [];
  }

  has(field) {
    return this.#fields.has(field);
  }

  /** Note a broken rule, unless the field has one already. */
  refuse(field, message) {
    this.errors[field] ??= message;
  }

  warn(field, message) {
    this.warnings[field] ??= message;
  }

  /** A field in whole units, or null when it is not there, empty, or breaks a rule. */
  number(draft, field, scale, step, size) {
    if (!this.has(field)) return null;
    const text = tidy(draft[field]);
    const units = isDecimal(text) ? scale.parse(text) : null;
    if (!text) this.missing.push(field);
    else if (!isDecimal(text)) this.refuse(field, `${field} ${NOT_DECIMAL}`);
    else if (!scale.fits(units)) {
      this.refuse(field, `${field} ${text} is not a multiple of the ${step} size ${size}`);
    } else if (units === 0n) this.refuse(field, `${field} must be more than zero`);
    return this.errors[field] || !text ? null : units;
  }
}

function checkLimits(found, instrument, { price, trigger, quantity }) {
  const { rules } = instrument;
  const size = (units) => instrument.quantity.format(units);
  if (quantity !== null && quantity < instrument.quantityMin) {
    found.refuse(
      "quantity",
      `quantity ${size(quantity)} is below the minimum ${rules.quantity_min}`,
    );
  }
  if (quantity !== null && quantity > instrument.quantityMax) {
    found.refuse(
      "quantity",
      `quantity ${size(quantity)} is above the maximum ${rules.quantity_max}`,
    );
  }
  for (const [field, units] of [
    ["price", price],
    ["trigger_price", trigger],
  ]) {
    if (units !== null && units > instrument.priceMax) {
      const text = instrument.price.format(units);
      found.refuse(field, `${field} ${text} is above the maximum ${rules.price_max}`);
    }
  }
  if (price === null || quantity === null) return;
  const notional = price * quantity;
  const text = `price x quantity = ${instrument.formatNotional(notional)}`;
  if (notional < instrument.notionalMin) {
    found.refuse("quantity", `${text} is below the minimum notional ${rules.notional_min}`);
  }
  if (notional > instrument.notionalMax) {
    found.refuse("quantity", `${text} is above the maximum notional ${rules.notional_max}`);
  }
}

function checkTime(found, { expires_at }, nowMs) {
  if (!found.has("expires_at")) return;
  if (!expires_at) found.missing.push("expires_at");
  else if (!(new Date(expires_at) > nowMs)) {
    found.refuse("expires_at", "expires_at must be in the future");
  }
}

function checkName(found, id) {
  if (id.length <= CLIENT_ORDER_ID_MAX && PRINTABLE.test(id)) return;
  const rule = `1 to ${CLIENT_ORDER_ID_MAX} printable ASCII characters`;
  found.refuse("client_order_id", `client_order_id must be ${rule}`);
}

/** What would be refused, or act at once, if the order arrived at this moment. */
function checkMarket(found, { side, type, post_only }, market, { price, trigger }) {
  const { instrument, last } = market;
  if (trigger !== null) {
    if (last === null) found.warn("trigger_price", "waits for the first trade: there was none yet");
    else if (isDue(type, side, trigger, last)) {
      const text = instrument.price.format(last);
      found.warn("trigger_price", `acts at once: the last price ${text} has met it already`);
    } else return;
  }
  if (price === null || (trigger !== null && last === null)) return;
  const band = instrument.band(last);
  if (band && (price < band.low || price > band.high)) {
    const [low, high] = [instrument.price.format(band.low), instrument.price.format(band.high)];
    const rule = `${instrument.bandBps} basis points around the last trade`;
    found.warn("price", `price is outside ${low} to ${high}, ${rule}: it would be refused now`);
  }
  const best = market.bestAgainst(side);
  if (found.has("post_only") && post_only && crosses(side, price, best)) {
    found.warn("post_only", `would take at ${instrument.price.format(best)} now, and be refused`);
  }
}

function crosses(side, price, best) {
  return best !== null && (side === "buy" ? price >= best : price <= best);
}
