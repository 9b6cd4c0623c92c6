/** The list of markets, with what each does, to switch between them. */

import { grouped } from "../market/decimal.js";
import { Day } from "../market/day.js";
import { getTicker } from "../net/api.js";
import { byId, el, mark, say, sideClass } from "./dom.js";
import { NONE, signed } from "./format.js";

export class MarketsPanel {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.panel = byId("markets");
    this.rows = [...screen.instruments.values()].map((instrument) => this.#row(instrument));
    byId("markets-rows").append(...this.rows);
    this.panel.addEventListener("toggle", (event) => event.newState === "open" && this.#open());
    this.panel.addEventListener("keydown", (event) => this.#move(event));
  }

  open() {
    this.panel.showPopover();
  }

  #row(instrument) {
    const button = el("button", { type: "button", textContent: instrument.symbol });
    button.addEventListener("click", () => {
      this.panel.hidePopover();
      this.screen.chooseSymbol(instrument.symbol);
    });
    const row = el(
      "tr",
      {},
      el("td", {}, button),
      el("td", { className: "num", textContent: NONE }),
      el("td", { className: "num", textContent: NONE }),
    );
    return Object.assign(row, { instrument, button });
  }

  #open() {
    const { symbol } = this.screen.market.instrument;
    for (const row of this.rows) {
      const isCurrent = row.instrument.symbol === symbol;
      row.button.ariaCurrent = isCurrent ? "true" : null;
      if (isCurrent) row.button.focus();
      this.#ask(row);
    }
  }

  async #ask({ instrument, cells }) {
    const ticker = await getTicker(instrument.symbol).catch(() => null);
    if (!ticker) return;
    const day = new Day(instrument);
    if (ticker.day) day.load(ticker.day);
    say(cells[1], ticker.last === null ? NONE : grouped(ticker.last));
    say(cells[2], day.change ? `${signed(day.change.ratio)} %` : NONE);
    mark(cells[2], ["buy", "sell"], day.change ? sideClass(Number(day.change.by)) : "");
  }

  #move(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = this.rows.findIndex(({ button }) => button === document.activeElement);
    this.rows[(at + by + this.rows.length) % this.rows.length].button.focus();
  }
}
