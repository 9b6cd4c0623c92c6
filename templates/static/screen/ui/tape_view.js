/** The trades, newest on top, as many as there is room for. */

import { byId, el, mark, say, sayDecimal } from "./dom.js";
import { clockText, priceText, quantityText } from "./format.js";
import { rowHeight } from "./rows.js";

export class TapeView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.section = byId("tape");
    this.body = byId("tape-body");
    this.painted = { epoch: null, added: 0 };
    new ResizeObserver(() => screen.painter.mark("tape-size")).observe(this.body);
    screen.painter.add(["market", "tape-size"], () => this.#begin());
    screen.painter.add(["market", "tape-size", "trades", "tape", "link"], () => this.#paint());
    // The answer to one's own order may come later than its trade.
    screen.painter.add(["own"], () => this.#markOwn());
  }

  /** Begin with empty rows, for another market or another height. */
  #begin() {
    const { instrument } = this.screen.market;
    say(byId("tape-quote"), instrument.quote);
    say(byId("tape-base"), instrument.base);
    const head = this.section.parentElement.tHead.offsetHeight;
    const count = Math.max(0, Math.floor((this.body.clientHeight - head) / rowHeight()));
    this.section.replaceChildren(...Array.from({ length: count }, createRow));
    this.painted = { epoch: null, added: 0 };
  }

  /** Only what is new is written: its rows are those that fall out below. */
  #paint() {
    const { tape, instrument, feed } = this.screen.market;
    const isSame = this.painted.epoch === tape.epoch;
    const count = isSame ? tape.added - this.painted.added : this.section.rows.length;
    const fresh = Math.min(count, this.section.rows.length, tape.trades.length);
    this.painted = { epoch: tape.epoch, added: tape.added };
    for (const trade of tape.trades.slice(0, fresh).reverse()) {
      const row = this.section.lastElementChild;
      this.#fill(row, instrument, trade);
      this.section.prepend(row);
    }
    byId("tape-panel").classList.toggle("is-old", feed.isOld);
    say(byId("tape-empty"), tape.newest || !tape.isKnown ? "" : "Nothing has traded yet.");
  }

  #fill(row, instrument, trade) {
    const [price, size, time] = row.cells;
    say(row.text, priceText(instrument, trade.price));
    say(row.side, trade.aggressor === "buy" ? ", buyer took" : ", seller took");
    mark(price, ["buy", "sell"], trade.aggressor);
    sayDecimal(size, quantityText(instrument, trade.quantity));
    say(time, clockText(trade.timeMs));
    time.title = trade.time;
    row.ariaHidden = null;
    row.trade = trade;
    row.classList.toggle("is-own", this.screen.own.has(trade.orders));
  }

  #markOwn() {
    for (const row of this.section.rows) {
      row.classList.toggle("is-own", Boolean(row.trade) && this.screen.own.has(row.trade.orders));
    }
  }
}

function createRow() {
  const text = el("span");
  const side = el("span", { className: "sr" });
  const price = el("td", {}, text, side);
  const row = el(
    "tr",
    { ariaHidden: "true" },
    price,
    el("td", { className: "num" }),
    el("td", { className: "num" }),
  );
  return Object.assign(row, { text, side });
}
