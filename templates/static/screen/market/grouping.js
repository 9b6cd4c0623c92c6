/** Levels as the book shows them: by a coarser step if one likes, with running totals. */

// A book is read by coarser steps of these sizes, in ticks; coarser than a hundredth of the price
// would leave a line or two.
const FACTORS = [1n, 5n, 10n, 50n, 100n, 500n, 1_000n, 5_000n, 10_000n, 50_000n, 100_000n];
const COARSEST = 100n;

/** The steps that make sense around a price, finest first, in price units. */
export function stepsFor(scale, price) {
  const fits = FACTORS.filter((factor) => factor === 1n || factor * scale.step * COARSEST <= price);
  return fits.map((factor) => factor * scale.step);
}

/**
 * The first `count` rows of a side, best first. A bid counts for the step at or below it, an ask
 * for the one at or above, so that no row promises a better price than the book has.
 *
 * @param {import("./ladder.js").Ladder} ladder
 * @returns {{price: bigint, quantity: bigint, count: number, total: bigint}[]}
 */
export function rowsOf(ladder, scale, step, count) {
  const rows = [];
  const isAsk = ladder.sign === 1n;
  let total = 0n;
  for (const level of ladder.levels) {
    const price = isAsk ? scale.ceil(level.price, step) : scale.floor(level.price, step);
    let row = rows.at(-1);
    if (row?.price !== price) {
      if (rows.length === count) break;
      row = { price, quantity: 0n, count: 0, total: 0n };
      rows.push(row);
    }
    total += level.quantity;
    row.quantity += level.quantity;
    row.count += level.count;
    row.total = total;
  }
  return rows;
}
