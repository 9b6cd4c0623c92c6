/**
 * The orders of one account, as this page knows them: open ones, past ones, and their fills.
 *
 * They come from the answers to what the page does, from asking `GET /orders`, and from the reports
 * that `net/own_news.js` hears.
 */

import {
  ApiError,
  cancelAll,
  cancelOrder,
  getOrder,
  getOrders,
  placeOrder,
  replaceOrder,
} from "../net/api.js";
import { withNews } from "./merge.js";
import { isOpen } from "./words.js";

const PAGE = 200;

// One account has at most this many pages of open orders that the screen asks for.
const OPEN_PAGES_MAX = 10;

const asNews = (orders) => orders.map((order) => ({ order }));

export class OwnOrders {
  #orders = new Map();
  #generation = 0;
  #asking = null;
  #again = false;
  // Made when somebody asks, and anew after a change.
  #sorted = null;
  #prices = new Map();

  /**
   * @param {() => void} onChange orders are others than before
   * @param {(order: object, fills: object[]) => void} onFills an order was filled while we looked
   */
  constructor(onChange, onFills) {
    this.onChange = onChange;
    this.onFills = onFills;
    this.account = "";
    /** Why they could not be asked for; null if they could. */
    this.problem = null;
    this.isKnown = false;
    /** Where older ones follow; null when there are none. */
    this.cursor = null;
  }

  /** All, newest first. */
  get all() {
    this.#sorted ??= [...this.#orders.values()].sort((a, b) =>
      a.created_at < b.created_at ? 1 : -1,
    );
    return this.#sorted;
  }

  get open() {
    return this.all.filter(isOpen);
  }

  get(id) {
    return this.#orders.get(id);
  }

  /** Whether one of the ids is that of an order of this account. */
  has(ids) {
    return ids.some((id) => this.#orders.has(id));
  }

  /** The limit prices of the resting orders of a market, by side. The book asks for them at every paint. */
  pricesIn(instrument) {
    const { symbol, price } = instrument;
    if (!this.#prices.has(symbol)) {
      const resting = this.open.filter(
        (order) => order.symbol === symbol && order.price && order.status !== "armed",
      );
      const of = (side) =>
        resting.filter((order) => order.side === side).map((order) => price.parse(order.price));
      this.#prices.set(symbol, { buy: of("buy"), sell: of("sell") });
    }
    return this.#prices.get(symbol);
  }

  /** Be about another account, or begin anew with this one. */
  async use(account) {
    this.#generation += 1;
    this.#orders.clear();
    this.account = account;
    this.isKnown = false;
    this.cursor = null;
    this.#changed();
    await this.refresh();
  }

  /** Ask for all open and the newest past orders; who asks meanwhile has it asked once more. */
  async refresh() {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#ask(this.#generation);
    await this.#asking;
    this.#asking = null;
    if (!this.#again) return;
    this.#again = false;
    await this.refresh();
  }

  /** Ask for a page of orders that are older than those here. */
  async older() {
    const generation = this.#generation;
    const page = await getOrders({ account: this.account, limit: PAGE, cursor: this.cursor });
    if (generation !== this.#generation) return;
    this.cursor = page.next;
    this.#take(asNews(page.orders), false);
  }

  async place(body) {
    return this.#absorbed(await placeOrder(body));
  }

  async replace(id, body) {
    return this.#absorbed(await replaceOrder(id, body));
  }

  async cancel(id) {
    return this.#absorbed(await cancelOrder(id));
  }

  /** Cancel all of the account, in one market or, without a symbol, in all. */
  async cancelAll(symbol) {
    const { orders } = await cancelAll({ account: this.account, symbol });
    this.#take(asNews(orders), true);
    return orders;
  }

  /** Take reports of `/ws/orders`. */
  hear(reports) {
    this.#take(reports, true);
  }

  #absorbed(order) {
    // One that names another account, or none, is not ours to show.
    if (order.account === this.account) this.#take([{ order }], true);
    return order;
  }

  async #ask(generation) {
    try {
      const [newest, open] = await Promise.all([
        getOrders({ account: this.account, limit: PAGE }),
        this.#allOpen(),
      ]);
      const gone = await this.#finished(open);
      if (generation !== this.#generation) return;
      if (!this.isKnown) this.cursor = newest.next;
      this.#take(asNews([...newest.orders, ...open, ...gone]), this.isKnown);
      this.isKnown = true;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
    }
    this.#changed();
  }

  #changed() {
    this.#sorted = null;
    this.#prices.clear();
    this.onChange();
  }

  async #allOpen() {
    const orders = [];
    let cursor = null;
    for (let page = 0; page < OPEN_PAGES_MAX; page += 1) {
      const answer = await getOrders({
        account: this.account,
        status: "open",
        limit: PAGE,
        cursor,
      });
      orders.push(...answer.orders);
      cursor = answer.next;
      if (!cursor) break;
    }
    return orders;
  }

  /** What became of orders that we believe to be open and the exchange does not. */
  async #finished(open) {
    const still = new Set(open.map((order) => order.order_id));
    const gone = this.open.filter((order) => !still.has(order.order_id));
    const found = await Promise.all(gone.map((order) => this.#find(order.order_id)));
    return found.filter(Boolean);
  }

  /** An order; one that the exchange does not know, as when it began anew, is forgotten here too. */
  async #find(id) {
    try {
      return await getOrder(id);
    } catch (error) {
      if (error.code !== "order_not_found") throw error;
      this.#orders.delete(id);
      return null;
    }
  }

  /** @param {{order: object, fill?: object}[]} news @param {boolean} tell of fills, also those of orders that are new here */
  #take(news, tell) {
    const fills = new Map();
    for (const { order, fill } of news) {
      const before = this.#orders.get(order.order_id);
      const after = withNews(before, order, fill);
      this.#orders.set(order.order_id, after);
      const known = new Set(before?.fills.map((each) => each.trade_id));
      const fresh = after.fills.filter((each) => !known.has(each.trade_id));
      // What fills an order that we had already is news, even if the first answer to our asking brings it.
      if (!fresh.length || !(tell || before)) continue;
      fills.set(after.order_id, [...(fills.get(after.order_id) ?? []), ...fresh]);
    }
    this.#changed();
    for (const [id, fresh] of fills) this.onFills(this.#orders.get(id), fresh);
  }
}
