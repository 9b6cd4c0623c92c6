/** Orders that are over, and why; and the fills of all. */

import { TYPES } from "../orders/types.js";
import { REASON, STATUS } from "../orders/words.js";
import { fill, row } from "./cells.js";
import { byId, el, keyed, say } from "./dom.js";

export function paintHistory(orders) {
  const body = byId("history-rows");
  keyed(
    body,
    orders,
    (order) => order.order_id,
    () => row(body),
    fillOrder,
  );
}

/** @param {object[]} fills see `fillsOf` */
export function paintFills(fills) {
  const body = byId("fills-rows");
  keyed(
    body,
    fills,
    (each) => each.key,
    () => row(body),
    fillFill,
  );
}

/** The fills of orders, newest first, each with its order. */
export function fillsOf(orders) {
  const all = orders.flatMap((order) =>
    order.fills.map((each) => ({ ...each, order, key: `${order.order_id} ${each.trade_id}` })),
  );
  return all.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.trade_id - a.trade_id));
}

function fillOrder(element, order) {
  if (element.order === order) return;
  element.order = order;
  const [time, symbol, side, type, price, filled, average, fee, status, name] = element.cells;
  fill.moment(time, order.updated_at);
  fill.text(symbol, order.symbol);
  fill.side(side, order.side);
  fill.text(type, TYPES[order.type].label);
  fill.decimal(price, order.price);
  fill.progress(filled, order);
  fill.decimal(average, order.average_price);
  fill.fee(fee, order.fee, order);
  const why = REASON[order.reason];
  status.replaceChildren(
    STATUS[order.status],
    el("span", { className: "why", textContent: why ? ` · ${why}` : "" }),
  );
  say(name, order.client_order_id ?? "");
  name.classList.add("id");
  name.title = order.client_order_id ?? "";
}

function fillFill(element, each) {
  if (element.order === each.order) return;
  element.order = each.order;
  const [time, symbol, side, price, quantity, fee, liquidity, order] = element.cells;
  fill.moment(time, each.time);
  fill.text(symbol, each.order.symbol);
  fill.side(side, each.order.side);
  fill.decimal(price, each.price);
  fill.decimal(quantity, each.quantity);
  fill.fee(fee, each.fee, each.order);
  fill.text(liquidity, each.liquidity === "maker" ? "Maker" : "Taker");
  fill.text(order, each.order.order_id);
}
