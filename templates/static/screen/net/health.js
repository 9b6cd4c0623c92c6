/** How the exchange is: whether it takes orders, for which symbols, and how long an answer takes. */

import { getReadiness } from "./api.js";

const EVERY_MS = 5_000;

export class Health {
  /** @param {() => void} onChange called after each look */
  constructor(onChange) {
    this.onChange = onChange;
    /** The newest round trip; null when there was no answer. */
    this.latencyMs = null;
    /** Why no order is taken at all; null if some are. */
    this.problem = null;
    /** Symbol -> {state, reason}. */
    this.symbols = new Map();
  }

  start() {
    this.look();
    setInterval(() => document.hidden || this.look(), EVERY_MS);
  }

  async look() {
    const before = performance.now();
    try {
      const { symbols } = await getReadiness();
      this.problem = null;
      this.symbols = new Map(symbols.map((each) => [each.symbol, each]));
      this.latencyMs = performance.now() - before;
    } catch (error) {
      this.problem = error.code === "halted" ? error.message : null;
      this.latencyMs = error.code === "unreachable" ? null : performance.now() - before;
    }
    this.onChange();
  }

  /** Why a symbol takes no orders; null if it does, or if nobody knows. */
  problemWith(symbol) {
    if (this.problem) return this.problem;
    const { state, reason } = this.symbols.get(symbol) ?? { state: "running" };
    return state === "running" ? null : `${symbol} is ${state}${reason ? `: ${reason}` : ""}`;
  }
}
