/** Your orders: open ones with what can be done about them, past ones, and fills. */

import { isOpen } from "../orders/words.js";
import { byId, say } from "./dom.js";
import { confirm } from "./confirm.js";
import { EditDialog } from "./edit.js";
import { paintOpen } from "./open_orders.js";
import { fillsOf, paintFills, paintHistory } from "./past_orders.js";
import { tabs } from "./tabs.js";
import { announceError } from "./toasts.js";

// Rows of a table that anybody reads; older ones are asked for.
const EMPTY = {
  open: "No open orders.",
  history: "No past orders.",
  fills: "No fills.",
};

export class OrdersView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.only = byId("orders-only");
    this.edit = new EditDialog(screen);
    this.actions = {
      edit: (order) => this.edit.open(order),
      cancel: (order) => this.#cancel(order),
    };
    this.shown = "open";
    tabs(byId("tab-open").parentElement, (panel) => {
      this.shown = panel;
      screen.painter.mark("own");
    });
    this.only.addEventListener("change", () => screen.painter.mark("own"));
    byId("cancel-all").addEventListener("click", () => this.cancelAll());
    for (const name of ["history", "fills"]) {
      byId(`${name}-older`).addEventListener("click", () => this.#tryTo(() => screen.own.older()));
    }
    screen.painter.add(["own", "market"], () => this.#paint());
  }

  /** The newest open order of this market, for the shortcuts. */
  get newest() {
    return this.screen.own.open.find(
      (order) => order.symbol === this.screen.market.instrument.symbol,
    );
  }

  editNewest() {
    if (this.newest) this.edit.open(this.newest);
  }

  cancelNewest() {
    if (this.newest) this.#cancel(this.newest);
  }

  /** Cancel all that is in the table of open orders, once that is confirmed. */
  async cancelAll() {
    const orders = this.#wanted(this.screen.own.open);
    if (!orders.length) return;
    const symbol = this.only.checked ? this.screen.market.instrument.symbol : undefined;
    const what = orders.length === 1 ? "1 open order" : `${orders.length} open orders`;
    const where = symbol ?? "all markets";
    const isMeant = await confirm(
      `Cancel ${what}?`,
      `All open orders of ${this.screen.own.account} in ${where}, and what comes until then.`,
      "Cancel all",
    );
    if (isMeant) await this.#tryTo(() => this.screen.own.cancelAll(symbol));
  }

  #cancel(order) {
    return this.#tryTo(() => this.screen.own.cancel(order.order_id));
  }

  async #tryTo(work) {
    try {
      await work();
    } catch (error) {
      announceError(error.message);
      // What we believe about the order was wrong, most likely.
      this.screen.own.refresh();
    }
  }

  #wanted(orders) {
    const { symbol } = this.screen.market.instrument;
    return this.only.checked ? orders.filter((order) => order.symbol === symbol) : orders;
  }

  #paint() {
    const { own } = this.screen;
    const all = this.#wanted(own.all);
    const open = all.filter(isOpen);
    say(byId("open-count"), open.length ? `${open.length}` : "");
    const badge = byId("tabs-open");
    badge.hidden = !open.length;
    say(badge, `${open.length}`);
    byId("cancel-all").hidden = this.shown !== "open" || !open.length;
    const past = all
      .filter((order) => !isOpen(order))
      .sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
    const rows = { open, history: past, fills: [] };
    if (this.shown === "open") paintOpen(open, this.actions);
    if (this.shown === "history") paintHistory(rows.history);
    if (this.shown === "fills") paintFills((rows.fills = fillsOf(all)));
    const note = own.problem ?? (own.isKnown ? EMPTY[this.shown] : "Asking for your orders…");
    say(byId(`${this.shown}-empty`), rows[this.shown].length ? "" : note);
    for (const name of ["history", "fills"]) byId(`${name}-older`).hidden = !own.cursor;
  }
}
