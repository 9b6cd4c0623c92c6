/** How the page hears of its account's orders when it did not ask: it looks now and then. */

const EVERY_MS = 5_000;

/** @param {import("../orders/own.js").OwnOrders} own */
export function keepAsking(own) {
  setInterval(() => document.hidden || own.refresh(), EVERY_MS);
}
