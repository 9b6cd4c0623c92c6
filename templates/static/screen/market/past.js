/** What the history knows of a symbol, the last day and candles, kept up to now by the tape. */

import { ApiError, getCandles, getTicker } from "../net/api.js";
import { Candles } from "./candles.js";
import { Day } from "./day.js";

const CANDLES = 500;

// The window of a day moves on; a history that was behind is asked again.
const DAY_EVERY_MS = 60_000;
const AGAIN_MS = 2_000;

export class Past {
  #timers = new Map();
  #isOpen = true;

  /**
   * @param {import("./instrument.js").Instrument} instrument
   * @param {import("./tape.js").Tape} tape
   * @param {(topic: "day" | "candles") => void} tell
   */
  constructor(instrument, interval, tape, tell) {
    this.instrument = instrument;
    this.tape = tape;
    this.tell = tell;
    this.day = new Day(instrument);
    this.candles = new Candles(instrument, interval);
    /** Why the last question was not answered; null if it was. */
    this.problem = null;
  }

  open() {
    this.#askDay();
    this.#askCandles();
  }

  close() {
    this.#isOpen = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Show candles of another interval. */
  choose(interval) {
    this.candles = new Candles(this.instrument, interval);
    this.tell("candles");
    this.#askCandles();
  }

  /** Take trades that are new to the tape. */
  add(trades) {
    if (this.day.isKnown) this.day.add(trades);
    if (this.candles.isKnown) this.candles.add(trades);
  }

  /** The tape began anew: trades may be missing between it and what is here. */
  restart() {
    if (this.day.isKnown) this.#askDay();
    if (this.candles.isKnown) this.#askCandles();
  }

  #askDay() {
    const question = () => getTicker(this.instrument.symbol);
    this.#ask("day", question, () => this.#askDay()).then(() =>
      this.#later("day", () => this.#askDay(), DAY_EVERY_MS),
    );
  }

  #askCandles() {
    const { symbol } = this.instrument;
    const question = () => getCandles(symbol, { interval: this.candles.interval, limit: CANDLES });
    this.#ask("candles", question, () => this.#askCandles());
  }

  async #ask(what, question, again) {
    const part = this[what];
    try {
      const answer = await question();
      if (part !== this[what]) return;
      part.load(answer);
      this.problem = null;
      this.#catchUp(what, again);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
      this.#later(what, again, AGAIN_MS);
    }
    this.tell(what);
  }

  /** Add what came after the history; if the tape does not reach back so far, ask again in a while. */
  #catchUp(what, again) {
    const { sequence } = this[what];
    // Without a history there is only the tape.
    const trades = sequence === null ? this.tape.all : this.tape.since(sequence);
    if (trades) this[what].add(trades);
    else this.#later(what, again, AGAIN_MS);
  }

  #later(what, work, ms) {
    clearTimeout(this.#timers.get(what));
    if (this.#isOpen) this.#timers.set(what, setTimeout(work, ms));
  }
}
