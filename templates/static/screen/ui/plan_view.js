/** What the order in the ticket would do now, as lines of figures. */

import { format, grouped } from "../market/decimal.js";
import { SELF_TRADE, waitsForRise } from "../orders/types.js";
import { byId, el } from "./dom.js";
import { amountText, feeText, priceText, shortQuantity } from "./format.js";

/** @param {object | null} plan see plan.js */
export function paintPlan(draft, values, plan, instrument) {
  const lines = plan ? linesOf(draft, values, plan, instrument) : [];
  const list = byId("plan");
  const key = JSON.stringify(lines);
  if (list.key === key) return;
  list.key = key;
  list.replaceChildren(...lines.map(([name, value]) => line(name, value)));
}

function line(name, value) {
  if (value === undefined)
    return el(
      "div",
      { className: "plan__says" },
      el("dt", { className: "sr", textContent: "Then" }),
      el("dd", { textContent: name }),
    );
  return el("div", {}, el("dt", { textContent: name }), el("dd", { textContent: value }));
}

function linesOf(draft, values, plan, instrument) {
  const { take, average, slippage } = plan;
  const size = (units) => `${shortQuantity(instrument, units)} ${instrument.base}`;
  const money = (text) => `${text} ${instrument.quote}`;
  const lines = [];
  if (plan.waits) lines.push([waitingText(draft, values, instrument)]);
  if (plan.meetsOwn)
    lines.push([
      `It meets your own order: ${SELF_TRADE[draft.self_trade_prevention].toLowerCase()}.`,
    ]);
  if (take.quantity > 0n) {
    lines.push([plan.waits ? "Would take now" : "Takes now", size(take.quantity)]);
    lines.push(["Average price", grouped(format(average, instrument.averageDigits))]);
    lines.push(["Worst price", priceText(instrument, take.worst)]);
    lines.push(["Slippage", `${format(slippage, 2)} bps`]);
    lines.push(feeLine(instrument, plan.takerFee, "Taker", ""));
  }
  if (plan.rests > 0n) {
    lines.push(["Rests", size(plan.rests)]);
    lines.push(feeLine(instrument, plan.makerFee, "Maker", " when filled"));
  }
  if (plan.canceled > 0n)
    lines.push([plan.isKilled ? "Cannot be filled whole" : "Canceled", size(plan.canceled)]);
  lines.push(["Value", money(amountText(instrument, plan.notional))]);
  return lines;
}

/** A negative fee is paid to you. */
function feeLine(instrument, fee, who, when) {
  const text = feeText(instrument, fee < 0n ? -fee : fee);
  return [`${who} ${fee < 0n ? "rebate" : "fee"}${when}`, `${text} ${instrument.quote}`];
}

function waitingText({ side, type }, { trigger }, instrument) {
  if (trigger === null) return "It waits for its trigger price.";
  const direction = waitsForRise(type, side) ? "at or above" : "at or below";
  return `It waits until the last price is ${direction} ${priceText(instrument, trigger)}.`;
}
