/** The newest trades of one symbol, each once, newest first. */

// More than a screen shows, and enough to fill what candles do not know yet.
export const TAPE_MAX = 500;

export class Tape {
  constructor(max = TAPE_MAX) {
    this.max = max;
    /** @type {ReturnType<import("./trade.js").readTrade>[]} */
    this.trades = [];
    /** How many were added on top since the epoch began, so that a reader can tell how many are new to it. */
    this.added = 0;
    /** How often it changed elsewhere than on top. */
    this.epoch = 0;
    /** Whether the last change of price was a rise (1) or a fall (-1); 0 before any. */
    this.tick = 0;
    this.isKnown = false;
    /** The event of the stream up to which they are all here. */
    this.sequence = 0;
  }

  get newest() {
    return this.trades[0] ?? null;
  }

  get oldest() {
    return this.trades.at(-1) ?? null;
  }

  /** Begin with the newest trades there are, oldest first. */
  load(trades) {
    this.trades = [];
    this.isKnown = true;
    this.epoch += 1;
    this.add(trades);
  }

  /** Take trades that are older than those here, newest first. */
  fill(trades) {
    const id = this.oldest?.id ?? Infinity;
    this.trades.push(...trades.filter((trade) => trade.id < id));
    this.epoch += 1;
  }

  /** Whether the newest trades there are, oldest first, follow from those here; `lastId` is that of the last ever. */
  continues(trades, lastId) {
    if (!this.isKnown) return false;
    const here = this.newest?.id ?? 0;
    if (!trades.length) return here === lastId;
    const same = this.trades.find((trade) => trade.id === trades[0].id);
    return same ? same.time === trades[0].time : trades[0].id === here + 1;
  }

  /** Take trades, oldest first; those already there are left out. Returns what was new. */
  add(trades) {
    const known = this.newest?.id ?? 0;
    const fresh = trades.filter((trade) => trade.id > known);
    if (!fresh.length) return fresh;
    let before = this.newest?.price ?? fresh[0].price;
    for (const { price } of fresh) {
      if (price !== before) this.tick = price > before ? 1 : -1;
      before = price;
    }
    this.added += fresh.length;
    this.trades = [...fresh.slice(-this.max).reverse(), ...this.trades].slice(0, this.max);
    return fresh;
  }

  /** Whether a trade between these and the ones before them is missing: ids count one by one. */
  misses(trades) {
    return this.newest !== null && trades.length > 0 && trades[0].id > this.newest.id + 1;
  }

  /** The trades after one of them, oldest first; null if some of those are not here. */
  since(id) {
    const newer = this.trades.filter((trade) => trade.id > id).reverse();
    return !newer.length || newer[0].id === id + 1 ? newer : null;
  }
}
