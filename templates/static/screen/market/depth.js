/** The depth of a book as two curves: how much is offered up to a price. Floats, to be drawn only. */

// How far the curves may go to each side of the middle, as parts of its price.
export const SHARES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** The place in SHARES of the first that holds half of what is offered: there is most to see. */
export function shareAtFirst(book) {
  const whole = curvesOf(book, SHARES.at(-1));
  if (!whole) return SHARES.length - 1;
  const total = (points) => points.at(-1)?.[1] ?? 0;
  const half = (total(whole.bids) + total(whole.asks)) / 2;
  const at = SHARES.findIndex((share) => {
    const { bids, asks } = curvesOf(book, share);
    return total(bids) + total(asks) >= half;
  });
  return Math.max(0, at);
}

/**
 * @param {import("./book.js").Book} book
 * @param {number} share how far to each side of the middle the curves go, as a part of its price
 * @returns {{low: number, high: number, mid: number, most: number,
 *   bids: [number, number][], asks: [number, number][]} | null} points (price, total), from the middle outwards
 */
export function curvesOf(book, share) {
  if (book.twiceMid === null) return null;
  const { price, quantity } = book.instrument;
  const mid = Number(price.format(book.twiceMid)) / 2;
  const [low, high] = [mid * (1 - share), mid * (1 + share)];
  const curve = (ladder, isWithin) => {
    const points = [];
    let total = 0n;
    for (const level of ladder.levels) {
      const at = Number(price.format(level.price));
      if (!isWithin(at)) break;
      total += level.quantity;
      points.push([at, Number(quantity.format(total))]);
    }
    return points;
  };
  const bids = curve(book.bids, (at) => at >= low);
  const asks = curve(book.asks, (at) => at <= high);
  const most = Math.max(bids.at(-1)?.[1] ?? 0, asks.at(-1)?.[1] ?? 0);
  return { low, high, mid, most, bids, asks };
}
