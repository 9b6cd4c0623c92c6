/** The order book: asks above, bids below, and between them a line that never moves. */

import { format, grouped } from "../market/decimal.js";
import { stepsFor } from "../market/grouping.js";
import { byId, el, mark, say, sideClass } from "./dom.js";
import { clockText, priceText } from "./format.js";
import { LadderSide } from "./ladder.js";
import { ensureStop, roveThrough } from "./ladder_focus.js";
import { rowHeight } from "./rows.js";

// The middle line is so much higher than a row, its two hairlines included.
const MIDDLE_EXTRA_PX = 14;

export class BookView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.step = null;
    this.asks = new LadderSide(byId("asks"), true);
    this.bids = new LadderSide(byId("bids"), false);
    this.body = byId("book-body");
    this.grouping = byId("grouping");
    this.#listen(byId("ladder"));
    new ResizeObserver(() => screen.painter.mark("book")).observe(this.body);
    screen.painter.add(["market"], () => this.#begin());
    screen.painter.add(["market", "book", "trades", "own", "link"], () => this.#paint());
  }

  /** Group by the next coarser (1) or finer (-1) step. */
  regroup(by) {
    const at = this.grouping.selectedIndex + by;
    if (at < 0 || at >= this.grouping.length) return;
    this.grouping.selectedIndex = at;
    this.#group();
  }

  #begin() {
    const { instrument } = this.screen.market;
    say(byId("book-quote"), instrument.quote);
    say(byId("book-base"), instrument.base);
    this.step = instrument.price.step;
    this.grouping.replaceChildren();
  }

  #group() {
    this.step = BigInt(this.grouping.value);
    this.screen.painter.mark("book");
  }

  #paint() {
    const { market, own } = this.screen;
    const { instrument, book } = market;
    this.#offerSteps(market);
    const count = this.#rowCount();
    const asks = this.asks.levels(book.asks, instrument.price, this.step, Math.ceil(count / 2));
    const bids = this.bids.levels(book.bids, instrument.price, this.step, Math.floor(count / 2));
    const totals = [asks.at(-1)?.total ?? 1n, bids.at(-1)?.total ?? 1n];
    const most = totals[0] > totals[1] ? totals[0] : totals[1];
    const prices = own.pricesIn(instrument);
    this.asks.show(instrument, asks, this.step, most, prices.sell);
    this.bids.show(instrument, bids, this.step, most, prices.buy);
    const [first] = [...this.bids.rows, ...this.asks.rows].filter((row) => row.price !== null);
    ensureStop(byId("ladder"), first?.button);
    this.#paintMiddle(market);
    this.#paintNotes(market);
  }

  /** How many rows there is room for on both sides. */
  #rowCount() {
    const head = byId("ladder").tHead.offsetHeight;
    const space = this.body.clientHeight - head - rowHeight() - MIDDLE_EXTRA_PX;
    return Math.max(2, Math.floor(space / rowHeight()));
  }

  #paintMiddle({ instrument, book, tape, last }) {
    const middle = byId("spread-last");
    say(middle, priceText(instrument, last));
    mark(middle, ["buy", "sell"], sideClass(tape.tick));
    const { spread, twiceMid } = book;
    const hundredths = spread === null ? 0n : (spread * 2_000_000n) / twiceMid;
    const text = `${priceText(instrument, spread)} · ${format(hundredths, 2)} bps`;
    say(byId("spread"), spread === null ? "no spread" : `Spread ${text}`);
  }

  #paintNotes({ book, feed }) {
    const isEmpty = book.isKnown && !book.bids.best && !book.asks.best;
    const note = isEmpty ? "No orders yet. A limit order that finds no partner rests here." : "";
    say(byId("book-empty"), book.isKnown ? note : "Waiting for the book…");
    const isOld = book.isKnown && feed.isOld;
    byId("book-panel").classList.toggle("is-old", isOld);
    byId("book-strip").hidden = !isOld;
    if (isOld) say(byId("book-strip"), oldText(feed));
  }

  /** The steps depend on the price, which is known with the first book. */
  #offerSteps({ instrument, book }) {
    const best = book.bids.best ?? book.asks.best;
    if (!best || this.grouping.length) return;
    const options = stepsFor(instrument.price, best.price).map((step) =>
      el("option", { value: `${step}`, textContent: grouped(instrument.price.format(step)) }),
    );
    this.grouping.replaceChildren(...options);
  }

  #listen(table) {
    this.grouping.addEventListener("change", () => this.#group());
    roveThrough(table);
    let pressed = null;
    const priceOf = (event) => event.target.closest("tr")?.row?.price ?? null;
    // The row under the pointer may get another price between press and release.
    table.addEventListener("pointerdown", (event) => (pressed = priceOf(event)));
    table.addEventListener("click", (event) => {
      const price = pressed ?? priceOf(event);
      pressed = null;
      if (price !== null) this.screen.ticket.putPrice(price);
    });
  }
}

function oldText({ isStale, lastMs }) {
  const when = clockText(lastMs);
  return isStale
    ? `Stale: nothing has come since ${when}`
    : `Not connected: the book as of ${when}`;
}
