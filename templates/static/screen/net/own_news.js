/**
 * How the page hears of its account's orders when it did not ask: it is told over a WebSocket, and
 * where it is not, it looks now and then.
 */

import { Backoff } from "./backoff.js";

const LOOK_MS = 5_000;

export class OwnNews {
  #socket = null;
  #backoff = new Backoff();
  #timer = null;

  /** @param {import("../orders/own.js").OwnOrders} own */
  constructor(own) {
    this.own = own;
    this.isTold = false;
    setInterval(() => this.isTold || document.hidden || own.refresh(), LOOK_MS);
  }

  /** Hear of the orders of this account from now on. */
  follow(account) {
    this.#end();
    this.#connect(account);
  }

  /** One of the account's orders has traded: look, unless it is told anyway. */
  hint() {
    if (!this.isTold) this.own.refresh();
  }

  #connect(account) {
    const url = new URL(`/ws/orders?${new URLSearchParams({ account })}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(url));
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data).events ?? []);
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#end();
      this.#timer = setTimeout(() => this.#connect(account), this.#backoff.next());
    };
  }

  #hear(events) {
    this.isTold = true;
    this.#backoff.reset();
    // A snapshot has open orders only. What became of the others, and their fills, is to be asked for.
    if (events.some((event) => event.type === "snapshot")) this.own.refresh();
    this.own.hear(events.filter((event) => event.order));
  }

  #end() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.isTold = false;
    socket?.close();
  }
}
