/** Shortcuts: one table of keys, for the keyboard and for the help. */

import { byId, el } from "./dom.js";

const STORED = "shortcuts";

/** @param {import("../screen.js").Screen} screen */
const keysOf = ({ ticket, orders, book, candles, theme, markets, tabs, account }) => [
  ["b", "Buy", () => ticket.put("side", "buy")],
  ["s", "Sell", () => ticket.put("side", "sell")],
  ["1", "Limit order", () => ticket.put("type", "limit")],
  ["2", "Market order", () => ticket.put("type", "market")],
  ["3", "Stop", () => ticket.put("type", "stop")],
  ["4", "Stop limit", () => ticket.put("type", "stop_limit")],
  ["5", "Take profit", () => ticket.put("type", "take_profit")],
  ["6", "Take profit, limit", () => ticket.put("type", "take_profit_limit")],
  ["p", "To the price", () => ticket.focus("price")],
  ["t", "To the trigger price", () => ticket.focus("trigger_price")],
  ["q", "To the quantity", () => ticket.focus("quantity")],
  ["o", "Post-only on or off", () => ticket.togglePostOnly()],
  ["e", "Edit the newest open order", () => orders.editNewest()],
  ["c", "Cancel the newest open order", () => orders.cancelNewest()],
  ["x", "Cancel all, after a question", () => orders.cancelAll()],
  ["m", "Switch the market", () => markets.open()],
  ["a", "Switch the account", () => account.open()],
  ["d", "Candles or depth", () => tabs.toggle()],
  ["[", "Shorter candles", () => candles.stepInterval(-1)],
  ["]", "Longer candles", () => candles.stepInterval(1)],
  ["-", "Finer price steps", () => book.regroup(-1)],
  ["+", "Coarser price steps", () => book.regroup(1)],
  ["n", "Next theme", () => theme.next()],
];

// Keys that belong to a control while it has the focus.
const TYPED_IN = "input:not([type=radio], [type=checkbox]), select, textarea";

const IN_FIELDS = [
  ["Enter", "Hand the order in"],
  ["↑ ↓", "A tick or lot up or down; ten with Shift"],
  ["Esc", "Leave a field, a panel, a question"],
];

export class Shortcuts {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    const keys = keysOf(screen);
    const help = byId("help");
    const isOn = byId("keys-on");
    isOn.checked = localStorage.getItem(STORED) !== "off";
    isOn.addEventListener("change", () =>
      localStorage.setItem(STORED, isOn.checked ? "on" : "off"),
    );
    const lines = [["?", "This list"], ...keys, ...IN_FIELDS];
    byId("keys").append(...lines.map(([key, says]) => line(key, says)));
    byId("help-open").addEventListener("click", () => help.showModal());
    const actions = new Map(keys.map(([key, , act]) => [key, act]));
    actions.set("?", () => help.showModal());
    document.addEventListener("keydown", (event) => this.#press(event, isOn.checked, actions));
  }

  #press(event, isOn, actions) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isTyping = event.target.matches(TYPED_IN);
    if (event.key === "Escape" && isTyping) event.target.blur();
    const act = actions.get(event.key);
    if (!act || !isOn || isTyping || document.querySelector("dialog[open], [popover]:popover-open"))
      return;
    event.preventDefault();
    act();
  }
}

function line(key, says) {
  return el(
    "div",
    {},
    el("dt", { textContent: says }),
    el("dd", {}, el("kbd", { textContent: key })),
  );
}
