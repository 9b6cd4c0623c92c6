/** What an order in the ticket will do if it arrives now: what it takes, what rests, what that costs. */

import { averagePrice, slippage, takes } from "../market/estimate.js";
import { TYPES, isDue, mayRest } from "./types.js";

/**
 * What takes is reckoned as if all orders of the other side were somebody else's; `meetsOwn` says
 * that some are not, so that self-trade prevention will have its say.
 *
 * @param {object} draft see `EMPTY` of draft.js
 * @param {{price: bigint | null, trigger: bigint | null, quantity: bigint | null}} values of `check`
 * @param {{instrument: object, book: import("../market/book.js").Book, last: bigint | null}} market
 * @param {{buy: bigint[], sell: bigint[]}} own the prices of one's own orders
 * @returns null while there is no quantity, price or book
 */
export function planOf(draft, values, { instrument, book, last }, own) {
  const { side, type, time_in_force } = draft;
  const { price, trigger, quantity } = values;
  const isPriced = TYPES[type].price;
  if (!book.isKnown || quantity === null || (isPriced && price === null)) return null;
  const waits = TYPES[type].trigger && (trigger === null || !isDue(type, side, trigger, last));
  const against = side === "buy" ? book.asks : book.bids;
  const band = instrument.band(last);
  const bound = isPriced ? price : band && (side === "buy" ? band.high : band.low);
  let take = takes(against.levels, quantity, against.sign, bound);
  const isKilled = time_in_force === "fok" && take.quantity < quantity;
  if (isKilled) take = takes([], quantity, against.sign, bound);
  const left = quantity - take.quantity;
  const rests = mayRest(type, time_in_force) ? left : 0n;
  return {
    waits,
    take,
    isKilled,
    meetsOwn: meets(own, side, take.worst),
    rests,
    canceled: left - rests,
    average: averagePrice(instrument, take),
    slippage: slippage(instrument, take),
    takerFee: take.notional * instrument.takerRate,
    makerFee: isPriced ? rests * price * instrument.makerRate : 0n,
    notional: take.notional + (isPriced ? rests * price : 0n),
  };
}

function meets(own, side, worst) {
  if (worst === null) return false;
  return side === "buy" ? own.sell.some((at) => at <= worst) : own.buy.some((at) => at >= worst);
}
