/** What an order would do to the book as it stands: how much it takes, at which prices. */

import { divideHalfEven } from "./decimal.js";

/**
 * @param {import("./ladder.js").Level[]} levels the other side, best first
 * @param {bigint} quantity how much is wanted
 * @param {1n | -1n} sign that of the other side: 1n when it is the asks
 * @param {bigint | null} bound the worst price that may be paid
 * @returns {{quantity: bigint, notional: bigint, best: bigint | null, worst: bigint | null}}
 */
export function takes(levels, quantity, sign, bound) {
  let left = quantity;
  let notional = 0n;
  let worst = null;
  for (const level of levels) {
    if (left === 0n || (bound !== null && level.price * sign > bound * sign)) break;
    const taken = level.quantity < left ? level.quantity : left;
    notional += taken * level.price;
    left -= taken;
    worst = level.price;
  }
  const best = worst === null ? null : levels[0].price;
  return { quantity: quantity - left, notional, best, worst };
}

/** The average price of a take, with the decimals of an instrument's averages; null for none. */
export function averagePrice(instrument, take) {
  if (take.quantity === 0n) return null;
  const more = 10n ** BigInt(instrument.averageDigits - instrument.price.digits);
  return divideHalfEven(take.notional * more, take.quantity);
}

/** How far the average is from the best price, in hundredths of a basis point, rounded. */
export function slippage(instrument, take) {
  if (take.quantity === 0n) return null;
  const ideal = take.best * take.quantity;
  const paid = take.notional > ideal ? take.notional - ideal : ideal - take.notional;
  return divideHalfEven(paid * 1_000_000n, ideal);
}
