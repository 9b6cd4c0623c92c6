/** The figures of the running exchange, in the boxes, anew every two seconds while somebody looks. */

import { FIGURES } from "./figures.js";
import { Scrape } from "./prometheus.js";

const EVERY_MS = 2000;

export class Live {
  #before = null;

  /** @param {HTMLElement} link says whether there are figures @param {() => void} onChange after each round */
  constructor(chart, link, onChange) {
    this.places = [...chart.querySelectorAll("[data-live]")];
    this.link = link;
    this.onChange = onChange;
    /** Name of the figure -> the line. */
    this.lines = {};
  }

  start() {
    this.#round();
  }

  async #round() {
    if (!document.hidden) await this.#look();
    setTimeout(() => this.#round(), this.#next());
  }

  /** The second look comes soon, since rates need two. */
  #next() {
    return Object.keys(this.lines).length ? EVERY_MS : 500;
  }

  async #look() {
    try {
      const response = await fetch("/metrics", { cache: "no-store" });
      if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
      this.#take(new Scrape(await response.text(), performance.now() / 1000));
    } catch {
      this.#before = null;
      this.#say("lost", "not connected");
    }
  }

  #take(now) {
    if (this.#before) {
      this.lines = Object.fromEntries(
        Object.entries(FIGURES).map(([name, figure]) => [name, figure(now, this.#before)]),
      );
      for (const place of this.places) place.textContent = this.lines[place.dataset.live];
      this.#say("live", "live");
      this.onChange();
    }
    this.#before = now;
  }

  #say(state, words) {
    this.link.dataset.state = state;
    this.link.textContent = words;
  }
}
