/** One side of a book: price levels in whole units, best first. */

/** @typedef {{price: bigint, quantity: bigint, count: number}} Level */

export class Ladder {
  /** @param {1n | -1n} sign -1n for bids, whose best price is the highest */
  constructor(sign) {
    this.sign = sign;
    /** @type {Level[]} */
    this.levels = [];
  }

  get best() {
    return this.levels[0] ?? null;
  }

  /** Replace everything by the levels of a snapshot, which come best first. */
  load(levels) {
    this.levels = levels;
  }

  /** Put a level in its place; without quantity it goes away. O(log n) to find, O(n) to move. */
  set(level) {
    const at = this.#find(level.price);
    const found = this.levels[at]?.price === level.price;
    if (level.quantity > 0n) this.levels.splice(at, found ? 1 : 0, level);
    else if (found) this.levels.splice(at, 1);
  }

  /** Whether the levels stand in order, which a snapshot has to be in. */
  get isSorted() {
    return this.levels.every(
      (level, at) => at === 0 || (level.price - this.levels[at - 1].price) * this.sign > 0n,
    );
  }

  #find(price) {
    const key = price * this.sign;
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.levels[middle].price * this.sign < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
