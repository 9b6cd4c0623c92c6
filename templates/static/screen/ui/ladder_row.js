/** One price of the order book, as a row that is filled again and again. */

import { el, say, sayDecimal } from "./dom.js";
import { priceText, quantityText } from "./format.js";

export class LadderRow {
  constructor() {
    this.button = el("button", { className: "price", type: "button", tabIndex: -1 });
    this.size = el("td", { className: "num" });
    this.total = el("td", { className: "num" });
    this.element = el("tr", {}, el("td", {}, this.button), this.size, this.total);
    // The listeners of the book find the row by its element.
    this.element.row = this;
    this.clear();
  }

  /** Be a row without a price. */
  clear() {
    this.price = null;
    this.element.ariaHidden = "true";
    this.button.hidden = true;
    this.button.tabIndex = -1;
    say(this.button, "");
    sayDecimal(this.size, "");
    sayDecimal(this.total, "");
    this.#share("0%");
    this.#own(false);
  }

  /**
   * @param {{price: bigint, quantity: bigint, total: bigint}} level see grouping.js
   * @param {bigint} most the total that fills the bar
   */
  show(instrument, level, most, isOwn) {
    this.price = level.price;
    this.element.ariaHidden = null;
    this.button.hidden = false;
    say(this.button, priceText(instrument, level.price));
    sayDecimal(this.size, quantityText(instrument, level.quantity));
    sayDecimal(this.total, quantityText(instrument, level.total));
    this.#share(`${Number((level.total * 1000n) / most) / 10}%`);
    this.#own(isOwn);
  }

  #share(share) {
    if (this.share === share) return;
    this.share = share;
    this.element.style.setProperty("--share", share);
  }

  #own(isOwn) {
    this.element.classList.toggle("is-own", isOwn);
    this.button.ariaLabel = isOwn ? `${this.button.textContent}, with an order of yours` : null;
  }
}
