/** News of orders, in whatever order they come: answers and reports of one command overtake each other. */

import { isOpen } from "./words.js";

/**
 * What is known of an order after news of it; `before` itself if there was nothing new in it.
 *
 * @param {object | undefined} before
 * @param {object} order as the API has it; a report has no `fills`
 * @param {object} [fill] the fill that the news is about, if it is
 */
export function withNews(before, order, fill) {
  const news = [...(order.fills ?? []), ...(fill ? [fill] : [])];
  if (!before) return { ...order, fills: news };
  const known = new Set(before.fills.map((each) => each.trade_id));
  const fresh = news.filter((each) => !known.has(each.trade_id));
  if (!isLater(order, before)) {
    return fresh.length ? { ...before, fills: joined(before.fills, fresh) } : before;
  }
  return { ...order, fills: joined(before.fills, fresh) };
}

/** Within one command more is filled as time goes by, and what is over is over. */
function isLater(order, before) {
  if (order.sequence !== before.sequence) return order.sequence > before.sequence;
  const [now, then] = [filled(order), filled(before)];
  if (now !== then) return now > then;
  return isOpen(before) && !isOpen(order);
}

// Both have the same decimals.
const filled = (order) => BigInt(order.filled_quantity.replace(".", ""));

const joined = (some, more) => [...some, ...more].sort((a, b) => a.trade_id - b.trade_id);
