/** The exchange's codes in words for people. */

export const STATUS = {
  new: "Open",
  partially_filled: "Partly filled",
  filled: "Filled",
  canceled: "Canceled",
  armed: "Waiting for trigger",
  expired: "Expired",
};

export const REASON = {
  requested: "at your request",
  expired: "its time was over",
  ioc_remainder: "immediate or cancel: nothing more to take at its price",
  fok_not_fillable: "fill or kill: the book could not fill it whole",
  no_liquidity: "the other side of the book was empty",
  price_band: "outside the price band around the last trade",
  self_trade: "it would have traded with your own order",
  post_only_would_take: "post-only: it would have taken",
};

export const SIDE = { buy: "Buy", sell: "Sell" };

const OPEN = new Set(["new", "partially_filled", "armed"]);

export const isOpen = (order) => OPEN.has(order.status);
