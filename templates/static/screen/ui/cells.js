/** Cells of the tables of orders and fills. */

import { grouped, splitZeros } from "../market/decimal.js";
import { el, mark, say, sayDecimal } from "./dom.js";
import { momentText, NONE, roundedFee } from "./format.js";
import { SIDE } from "../orders/words.js";

/**
 * A row for a table body, with a cell below each head. On a small screen it is laid out as a card,
 * where each cell has its head beside it; the roles say that it is a row of a table still.
 */
export function row(body) {
  const heads = [...body.parentElement.tHead.rows[0].cells];
  const cells = heads.map((head) =>
    el("td", { className: head.className, role: "cell", "data-label": head.textContent }),
  );
  return el("tr", { role: "row" }, ...cells);
}

export const fill = {
  text(cell, text) {
    say(cell, text ?? NONE);
  },

  /** A decimal of the API, or nothing. */
  decimal(cell, text) {
    if (text === null) say(cell, NONE);
    else sayDecimal(cell, grouped(text));
  },

  /** What is filled of how much. */
  progress(cell, order) {
    say(cell, `${trimmed(order.filled_quantity)} / ${trimmed(order.quantity)}`);
  },

  /** A fee, rounded; the exact one is its title. */
  fee(cell, fee, order) {
    say(cell, `${roundedFee(fee)} ${order.fee_currency}`);
    cell.title = `${fee} ${order.fee_currency}`;
  },

  moment(cell, time) {
    say(cell, momentText(Date.parse(time)));
    cell.title = time;
  },

  side(cell, side) {
    say(cell, SIDE[side]);
    mark(cell, ["buy", "sell"], side);
  },
};

const trimmed = (text) => grouped(splitZeros(text)[0]);
