/** What each box says of the running exchange: name of the figure -> a line, "" where there is nothing to say. */

export function number(value) {
  if (value === undefined) return "–";
  if (value >= 100000) return `${Math.round(value / 1000)}k`;
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(1);
}

export function duration(seconds) {
  if (seconds === undefined) return "–";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toFixed(1)} ms`;
  return `${seconds.toFixed(1)} s`;
}

function percentiles(now, before, name, labels) {
  const [half, most] = [0.5, 0.99].map((share) => now.quantile(share, name, before, labels));
  return half === undefined ? "" : `p50 ${duration(half)}, p99 ${duration(most)}`;
}

function join(...parts) {
  return parts.filter((part) => part).join(" · ");
}

/** @typedef {(now: import("./prometheus.js").Scrape, before: import("./prometheus.js").Scrape) => string} Figure */

/** @type {Record<string, Figure>} */
export const FIGURES = {
  server: (now, before) =>
    join(
      `${number(now.sum("goquant_connections"))} connections`,
      `${number(now.rate("goquant_http_requests_total", before))} requests/s`,
      `${number(now.sum("goquant_connections_refused_total"))} refused`,
      `${number(now.sum("goquant_connections_stalled_total"))} stalled`,
    ),
  orders: (now, before) => routes(now, before, (route) => route.startsWith("/orders")),
  trading: (now, before) => routes(now, before, (route) => route === "/ws/orders"),
  market: (now, before) =>
    routes(now, before, (route) => /^\/(orderbook|trades|candles|ticker|symbols)\b/.test(route)),
  streams: (now) => `${number(now.sum("goquant_feed_readers"))} subscriptions`,
  supervisor: (now) =>
    join(
      `${number(now.sum("goquant_symbol_running"))} running`,
      `${number(now.sum("goquant_restarts_total"))} restarts`,
    ),
  actor: (now, before) =>
    join(
      `${number(now.rate("goquant_commands_total", before))} commands/s`,
      `inbox ${number(now.sum("goquant_inbox_depth"))}`,
      percentiles(now, before, "goquant_command_seconds"),
    ),
  snapshotter: (now) => {
    const age = now.max("goquant_snapshot_age_seconds");
    return age === undefined ? "" : `oldest ${duration(age)} ago`;
  },
  feed: (now) =>
    join(
      `${number(now.sum("goquant_feed_events"))} events held`,
      `${number(now.sum("goquant_feed_readers"))} readers`,
      `${number(now.sum("goquant_feed_resets_total"))} resets`,
    ),
  historian: (now) => {
    const restarts = now.sum("goquant_history_restarts_total");
    return restarts === undefined ? "" : `${number(restarts)} restarts`;
  },
  engine: (now, before) => percentiles(now, before, "goquant_match_seconds"),
  matching: (now, before) => `${number(now.rate("goquant_trades_total", before))} trades/s`,
  ladders: (now) => `${number(now.sum("goquant_open_orders"))} open orders`,
  writer: (now, before) => percentiles(now, before, "goquant_commit_seconds"),
  journal: (now) => {
    const position = now.sum("goquant_journal_position");
    return position === undefined ? "" : `position ${position.toLocaleString("en")}`;
  },
  history: (now) => {
    const [all, has] = [now.sum("goquant_journal_position"), now.sum("goquant_history_position")];
    return all === undefined || has === undefined ? "" : `${number(Math.max(0, all - has))} behind`;
  },
  process: (now) =>
    join(
      `${number((now.sum("process_resident_memory_bytes") ?? 0) / 2 ** 20)} MiB`,
      `${number(now.sum("process_open_fds"))} descriptors`,
    ),
};

/** The requests of some routes in a second. */
function routes(now, before, isOurs) {
  const all = now.samples.get("goquant_http_requests_total") ?? [];
  const names = new Set(all.map((each) => each.labels.route).filter(isOurs));
  let sum = 0;
  for (const route of names) sum += now.rate("goquant_http_requests_total", before, { route });
  return `${number(sum)} requests/s`;
}
