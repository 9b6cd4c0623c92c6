/** The open orders, each with what one can do about it. */

import { parse } from "../market/decimal.js";
import { TIFS, TYPES } from "../orders/types.js";
import { STATUS } from "../orders/words.js";
import { fill, row } from "./cells.js";
import { byId, el, keyed, say } from "./dom.js";

/** @param {{edit: (order: object) => void, cancel: (order: object) => void}} actions */
export function paintOpen(orders, actions) {
  const body = byId("open-rows");
  keyed(
    body,
    orders,
    (order) => order.order_id,
    () => createRow(body, actions),
    fillRow,
  );
}

function createRow(body, actions) {
  const element = row(body);
  const act = (name, label) => {
    const button = el("button", { type: "button", textContent: label });
    button.addEventListener("click", () => actions[name](element.order));
    return button;
  };
  element.acts = [act("edit", "Edit"), act("cancel", "Cancel")];
  element.lastElementChild.append(...element.acts);
  element.cells[6].classList.add("filled");
  return element;
}

function fillRow(element, order) {
  if (element.order === order) return;
  element.order = order;
  const [time, symbol, side, type, price, trigger, filled, tif, status] = element.cells;
  fill.moment(time, order.created_at);
  fill.text(symbol, order.symbol);
  fill.side(side, order.side);
  fill.text(type, TYPES[order.type].label + (order.post_only ? ", post-only" : ""));
  fill.decimal(price, order.price);
  fill.decimal(trigger, order.trigger_price);
  fill.progress(filled, order);
  filled.style.setProperty("--share", `${share(order)}%`);
  say(tif, TIFS[order.time_in_force].label);
  tif.title = order.expires_at ?? "";
  fill.text(status, STATUS[order.status]);
  const what = `${order.side} order ${order.order_id}`;
  element.acts.forEach((button) => (button.ariaLabel = `${button.textContent} the ${what}`));
}

/** How many per cent of an order are filled. */
function share({ quantity, filled_quantity }) {
  const digits = quantity.length;
  return Number((parse(filled_quantity, digits) * 100n) / parse(quantity, digits));
}
