/**
 * Keeps the streams of one symbol coming, over the best transport that works.
 *
 *     connecting -> live -> waiting -> connecting -> ...        stop() ends it at any moment
 *
 * A transport that fails before it delivers, while the exchange answers otherwise, is skipped for
 * the next one. When the exchange does not answer at all, or all have failed, it waits, longer each
 * time, and begins with the first. It resumes each channel after the last sequence that it has seen;
 * a channel in which something is missing begins anew.
 */

import { TIMERS } from "../timers.js";
import { Backoff } from "./backoff.js";

/** The exchange sends something at least this often (docs/streams.md). */
export const HEARTBEAT_MS = 15_000;

/** Two heartbeats did not come: what is on the screen may be old. */
export const STALE_MS = 2 * HEARTBEAT_MS;

// The first message comes at once where a transport works at all.
const FIRST_MS = 5_000;

// A reconnection that is shorter is nobody's concern.
const MOMENT_MS = 1_000;

// What breaks sooner after a connection breaks again, so that one waits longer each time.
const STEADY_MS = 5_000;

// How long to be content with a transport that is not the best.
const UPGRADE_MS = 60_000;

export const CHANNELS = ["marketdata", "trades"];

/**
 * @typedef {object} Sink what a transport tells
 * @property {(channel: string, events: object[], since?: number) => void} events what came; also
 *   none, as a sign of life. After it everything up to `since` is known, or up to the last of them
 * @property {() => void} lost it has ended or failed, and says nothing more
 *
 * @typedef {object} Transport
 * @property {string} name
 * @property {(symbol: string, since: Record<string, number | null>, sink: Sink) => () => void} open
 *   begins and returns what ends it
 */

export class Feed {
  #attempt = null;
  #timer = null;
  #watch = null;

  /**
   * @param {object} options
   * @param {string} options.symbol
   * @param {Transport[]} options.transports best first
   * @param {(channel: string, events: object[]) => void} options.onEvents may throw: then the
   *   channel begins anew with a snapshot
   * @param {() => void} options.onChange the status is another
   * @param {() => Promise<boolean>} options.isReachable whether the exchange answers at all
   */
  constructor({
    symbol,
    transports,
    onEvents,
    onChange,
    isReachable,
    timers = TIMERS,
    backoff = new Backoff(),
  }) {
    Object.assign(this, { symbol, transports, onEvents, onChange, isReachable, timers, backoff });
    this.at = 0;
    this.status = "connecting";
    this.since = Object.fromEntries(CHANNELS.map((channel) => [channel, null]));
    /** When the last message came; null before the first. */
    this.lastMs = null;
    /** When the next try begins, while waiting. */
    this.nextMs = null;
  }

  get transport() {
    return this.transports[this.at].name;
  }

  get isBest() {
    return this.at === 0;
  }

  /** How long ago the last message came; null before the first. */
  get ageMs() {
    return this.lastMs === null ? null : this.timers.now() - this.lastMs;
  }

  get isStale() {
    return this.lastMs !== null && this.ageMs >= STALE_MS;
  }

  /** Whether what came may not be what is. A moment without a connection is not told. */
  get isOld() {
    return (
      this.isStale || (this.status !== "live" && this.lastMs !== null && this.ageMs > MOMENT_MS)
    );
  }

  start() {
    this.#connect();
  }

  stop() {
    this.#end();
    this.status = "stopped";
  }

  /** Try again now instead of later, with the best transport. */
  retry() {
    if (this.status === "waiting") this.#restart();
  }

  #connect() {
    const attempt = { delivered: false, close: null, beganMs: this.timers.now() };
    this.#attempt = attempt;
    this.#set("connecting");
    this.#guard(attempt, FIRST_MS);
    const isCurrent = () => this.#attempt === attempt;
    attempt.close = this.transports[this.at].open(
      this.symbol,
      { ...this.since },
      {
        events: (channel, events, since) =>
          isCurrent() && this.#receive(attempt, channel, events, since),
        lost: () => isCurrent() && this.#lost(attempt),
      },
    );
  }

  #receive(attempt, channel, events, since = events.at(-1)?.sequence) {
    this.lastMs = this.timers.now();
    attempt.delivered = true;
    this.#guard(attempt, STALE_MS);
    const age = this.lastMs - attempt.beganMs;
    if (age > STEADY_MS) this.backoff.reset();
    if (this.status !== "live") this.#set("live");
    try {
      this.onEvents(channel, events);
    } catch (problem) {
      console.info(`${channel} begins anew: ${problem.message}`);
      this.since[channel] = null;
      this.#end();
      this.#wait();
      return;
    }
    if (since !== undefined) this.since[channel] = since;
    if (this.at > 0 && age > UPGRADE_MS) this.#restart();
  }

  /** Be told if nothing comes for so long. */
  #guard(attempt, ms) {
    this.timers.clear(this.#watch);
    this.#watch = this.timers.set(() => this.#lost(attempt), ms);
  }

  async #lost(attempt) {
    this.#end();
    if (attempt.delivered) {
      this.#wait();
      return;
    }
    const marker = (this.#attempt = {});
    const isReachable = await this.isReachable();
    if (this.#attempt !== marker) return;
    this.at += 1;
    if (isReachable && this.at < this.transports.length) this.#connect();
    else this.#wait();
  }

  #wait() {
    const ms = this.backoff.next();
    this.at = 0;
    this.nextMs = this.timers.now() + ms;
    this.#set("waiting");
    this.#timer = this.timers.set(() => this.#connect(), ms);
  }

  #restart() {
    this.#end();
    this.at = 0;
    this.#connect();
  }

  #end() {
    this.timers.clear(this.#timer);
    this.timers.clear(this.#watch);
    this.#attempt?.close?.();
    this.#attempt = null;
  }

  #set(status) {
    this.status = status;
    this.onChange();
  }
}
