/** The order types: which fields each has, and how long it may stay. */

const LIMIT_TIFS = ["gtc", "ioc", "fok", "gtd"];
const MARKET_TIFS = ["ioc", "fok"];

/** @type {Record<string, {label: string, price: boolean, trigger: boolean, tifs: string[], waitsFor?: Record<string, string>}>} */
export const TYPES = {
  limit: { label: "Limit", price: true, trigger: false, tifs: LIMIT_TIFS },
  market: { label: "Market", price: false, trigger: false, tifs: MARKET_TIFS },
  stop: { label: "Stop", price: false, trigger: true, tifs: MARKET_TIFS },
  stop_limit: { label: "Stop limit", price: true, trigger: true, tifs: LIMIT_TIFS },
  take_profit: { label: "Take profit", price: false, trigger: true, tifs: MARKET_TIFS },
  take_profit_limit: { label: "Profit limit", price: true, trigger: true, tifs: LIMIT_TIFS },
};

export const TIFS = {
  gtc: { label: "GTC", says: "Good till canceled: what does not trade rests until you cancel it." },
  ioc: { label: "IOC", says: "Immediate or cancel: trades what it can, the rest is canceled." },
  fok: { label: "FOK", says: "Fill or kill: trades whole at once, or not at all." },
  gtd: { label: "GTD", says: "Good till date: what does not trade rests until it expires." },
};

export const SELF_TRADE = {
  cancel_taker: "Cancel the newer order",
  cancel_maker: "Cancel the resting order",
  cancel_both: "Cancel both",
  none: "Let them trade",
};

/** Whether an order of this type and time in force may rest, and so may be post-only. */
export const mayRest = (type, tif) => TYPES[type].price && (tif === "gtc" || tif === "gtd");

/** Whether a trigger waits for the price to rise; otherwise it waits for a fall. */
export const waitsForRise = (type, side) => type.startsWith("stop") === (side === "buy");

/** Whether a trigger order would act at once, given the last price. */
export function isDue(type, side, trigger, last) {
  if (last === null) return false;
  return waitsForRise(type, side) ? last >= trigger : last <= trigger;
}
