/** The book of one symbol, merged from a snapshot and what changed since. It is right, or says so. */

import { Ladder } from "./ladder.js";

/** Events do not follow from what the book holds: only a new snapshot helps. */
export class Gap extends Error {}

export class Book {
  /** @param {import("./instrument.js").Instrument} instrument */
  constructor(instrument) {
    this.instrument = instrument;
    this.bids = new Ladder(-1n);
    this.asks = new Ladder(1n);
    /** The last command that the book has seen, null before the first snapshot. */
    this.sequence = null;
  }

  get isKnown() {
    return this.sequence !== null;
  }

  /** Be unknown again. */
  clear() {
    this.sequence = null;
    this.bids.load([]);
    this.asks.load([]);
  }

  /**
   * Take a `snapshot` or an `update` of the stream, as it is in docs/api.md.
   *
   * What is older than the book, as after a reconnection, is left out.
   * @throws {Gap} the event does not follow, or makes no sense; the book is unknown then
   */
  apply(event) {
    if (event.type === "snapshot") this.#load(event);
    else if (this.isKnown && event.sequence <= this.sequence) return;
    else this.#merge(event);
    this.sequence = event.sequence;
    this.#check();
  }

  /** Hear which event was the last one. @throws {Gap} it is not here */
  expect(sequence) {
    if (this.isKnown && sequence > this.sequence)
      this.#fail(`the book is at ${this.sequence}, not at ${sequence}`);
  }

  /** The best price of the side that an order of this side trades with. */
  bestAgainst(side) {
    return (side === "buy" ? this.asks : this.bids).best?.price ?? null;
  }

  /** Half way between both sides, times two so that it stays whole; null without both. */
  get twiceMid() {
    const [bid, ask] = [this.bids.best, this.asks.best];
    return bid && ask ? bid.price + ask.price : null;
  }

  get spread() {
    const [bid, ask] = [this.bids.best, this.asks.best];
    return bid && ask ? ask.price - bid.price : null;
  }

  #load(event) {
    this.bids.load(event.bids.map((level) => this.#level(level)));
    this.asks.load(event.asks.map((level) => this.#level(level)));
    if (!this.bids.isSorted || !this.asks.isSorted) this.#fail("a snapshot is out of order");
  }

  #merge(event) {
    if (!this.isKnown) this.#fail("an update came before the first snapshot");
    if (event.prev_sequence > this.sequence) {
      this.#fail(`an update follows ${event.prev_sequence}, the book is at ${this.sequence}`);
    }
    for (const level of event.bids) this.bids.set(this.#level(level));
    for (const level of event.asks) this.asks.set(this.#level(level));
  }

  #level([price, quantity, count]) {
    const { price: prices, quantity: quantities } = this.instrument;
    return { price: prices.parse(price), quantity: quantities.parse(quantity), count };
  }

  #check() {
    if (this.spread !== null && this.spread <= 0n) this.#fail("bids and asks cross");
  }

  #fail(why) {
    this.clear();
    throw new Gap(why);
  }
}
