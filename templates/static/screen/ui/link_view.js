/** Whether we hear from the exchange: by which way, how fast, and how long ago the last time. */

import { byId, mark, say } from "./dom.js";
import { ageText, NONE } from "./format.js";
import { announceError } from "./toasts.js";

const TICK_MS = 500;

export class LinkView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.wasOld = false;
    setInterval(() => screen.painter.mark("clock"), TICK_MS);
    byId("link-retry").addEventListener("click", () => screen.market.feed.retry());
    screen.painter.add(["market", "link", "health", "clock"], () => this.#paint());
  }

  #paint() {
    const { market, health } = this.screen;
    const { feed, book } = market;
    const [state, kind] = stateOf(feed);
    mark(byId("link"), ["is-waiting", "is-stale"], kind);
    say(byId("link-status"), state);
    const latency = latencyText(health.latencyMs);
    const age = feed.ageMs === null ? NONE : ageText(feed.ageMs);
    const figures = [health.latencyMs === null ? null : latency, feed.ageMs === null ? null : age];
    say(byId("link-figures"), figures.filter(Boolean).join(" · "));
    say(byId("link-state"), nextTry(feed) ?? state);
    say(byId("link-transport"), feed.transport);
    say(byId("link-age"), age);
    say(byId("link-latency"), latency);
    say(byId("link-sequence"), book.isKnown ? `${book.sequence}` : NONE);
    byId("link-retry").disabled = feed.status !== "waiting";
    this.#notice(feed);
  }

  /** What is shown has become old, or is new again: the parts that show it look otherwise then. */
  #notice({ isOld }) {
    if (isOld === this.wasOld) return;
    this.wasOld = isOld;
    this.screen.painter.mark("link");
    if (isOld) announceError("The connection is lost. Trying again.");
    else this.screen.own.refresh();
  }
}

function stateOf(feed) {
  if (feed.isStale) return ["Stale", "is-stale"];
  if (feed.status !== "live")
    return [feed.ageMs === null ? "Connecting" : "Reconnecting", "is-waiting"];
  return [feed.isBest ? "Live" : `Live by ${feed.transport}`, ""];
}

function nextTry({ status, nextMs }) {
  if (status !== "waiting") return null;
  return `Next try in ${Math.max(1, Math.ceil((nextMs - Date.now()) / 1000))} s`;
}

const latencyText = (ms) => (ms === null ? NONE : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);
