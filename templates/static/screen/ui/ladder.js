/** One side of the order book on the screen: as many rows as there is room for. */

import { rowsOf } from "../market/grouping.js";
import { LadderRow } from "./ladder_row.js";

export class LadderSide {
  /** @param {HTMLTableSectionElement} section */
  constructor(section, isAsk) {
    this.section = section;
    this.isAsk = isAsk;
    /** @type {LadderRow[]} best first */
    this.rows = [];
  }

  /** The levels that are to be seen. */
  levels(ladder, scale, step, count) {
    this.#resize(count);
    return rowsOf(ladder, scale, step, count);
  }

  /** @param {bigint[]} own the prices of one's own orders on this side */
  show(instrument, levels, step, most, own) {
    const { price: scale } = instrument;
    const ownRows = new Set(
      own.map((price) => (this.isAsk ? scale.ceil(price, step) : scale.floor(price, step))),
    );
    this.rows.forEach((row, at) => {
      const level = levels[at];
      if (level) row.show(instrument, level, most, ownRows.has(level.price));
      else row.clear();
    });
  }

  #resize(count) {
    while (this.rows.length > count) this.rows.pop().element.remove();
    while (this.rows.length < count) {
      const row = new LadderRow();
      this.rows.push(row);
      // The asks stand with the best last, next to the middle.
      if (this.isAsk) this.section.prepend(row.element);
      else this.section.append(row.element);
    }
  }
}
