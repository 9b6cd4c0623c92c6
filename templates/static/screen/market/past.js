/** What the history knows of a symbol: the last day, candles, older trades. The tape keeps it up to now. */

import { ApiError, getCandles, getTicker, getTrades } from "../net/api.js";
import { Candles } from "./candles.js";
import { Day } from "./day.js";
import { readTrade } from "./trade.js";

const CANDLES = 500;

// What a tall screen shows. The stream begins with fewer.
const TRADES = 200;

// The window of a day moves on; a history that was behind is asked again.
const DAY_EVERY_MS = 60_000;
const AGAIN_MS = 2_000;

export class Past {
  #timers = new Map();
  #isOpen = true;

  /**
   * @param {import("./instrument.js").Instrument} instrument
   * @param {import("./tape.js").Tape} tape
   * @param {(topic: "day" | "candles" | "tape") => void} tell
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

  /** Ask for trades that are older than `before`, to fill the tape up. */
  askTrades(before) {
    if (before === 1) return;
    const { epoch } = this.tape;
    const { symbol } = this.instrument;
    this.#ask(
      "tape",
      () => getTrades(symbol, { limit: TRADES, before }),
      ({ trades }) => {
        // Meanwhile it may have begun anew.
        if (epoch !== this.tape.epoch) return;
        this.tape.fill(trades.map((trade) => readTrade(this.instrument, trade)));
      },
    );
  }

  #askDay() {
    this.#ask(
      "day",
      () => getTicker(this.instrument.symbol),
      (answer) => {
        // Without a day in it the history is behind.
        if (answer.day) this.day.load(answer.day);
        const isWhole = answer.day !== null && this.#catchUp(this.day);
        this.#later("day", () => this.#askDay(), isWhole ? DAY_EVERY_MS : AGAIN_MS);
      },
    );
  }

  #askCandles() {
    const { candles } = this;
    const query = { interval: candles.interval, limit: CANDLES };
    this.#ask(
      "candles",
      () => getCandles(this.instrument.symbol, query),
      (answer) => {
        if (candles !== this.candles) return;
        candles.load(answer);
        if (!this.#catchUp(candles)) this.#later("candles", () => this.#askCandles(), AGAIN_MS);
      },
    );
  }

  /** Ask until there is an answer. A later question of the same kind takes the place of the wait. */
  async #ask(what, question, take) {
    try {
      const answer = await question();
      if (!this.#isOpen) return;
      this.problem = null;
      take(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
      this.#later(what, () => this.#ask(what, question, take), AGAIN_MS);
    }
    this.tell(what);
  }

  /** Add what came after the answer; false if the tape does not reach back so far. */
  #catchUp(part) {
    const trades = this.tape.since(part.lastId);
    part.add(trades ?? []);
    return trades !== null;
  }

  #later(what, work, ms) {
    clearTimeout(this.#timers.get(what));
    if (this.#isOpen) this.#timers.set(what, setTimeout(work, ms));
  }
}
