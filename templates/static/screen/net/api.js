/** The REST routes, as functions that return their JSON or throw an `ApiError`. */

// Longer than any answer takes that still comes: a body has 5 s to arrive, a question to the history 1 s.
const PATIENCE_MS = 10_000;

/** What the exchange said is wrong, or that it said nothing. */
export class ApiError extends Error {
  /** @param {{code: string, message: string, field?: string | null, request_id?: string}} error */
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.field = error.field ?? null;
    this.requestId = error.request_id ?? null;
  }

  /** Whether nobody knows what became of a command. */
  get isOutcomeUnknown() {
    return this.code === "unreachable" || this.code === "outcome_unknown";
  }
}

export const getSymbols = () => send("GET", "/symbols");
export const getReadiness = () => send("GET", "/readyz");
export const getLiveness = () => send("GET", "/livez");
export const getTicker = (symbol) => send("GET", `/ticker/${encodeURIComponent(symbol)}`);
export const getTrades = (symbol, query) =>
  send("GET", `/trades/${encodeURIComponent(symbol)}`, { query });
export const getCandles = (symbol, query) =>
  send("GET", `/candles/${encodeURIComponent(symbol)}`, { query });
export const getOrders = (query) => send("GET", "/orders", { query });
export const getOrder = (id) => send("GET", `/orders/${encodeURIComponent(id)}`);
export const placeOrder = (body) => send("POST", "/orders", { body });
export const replaceOrder = (id, body) =>
  send("PATCH", `/orders/${encodeURIComponent(id)}`, { body });
export const cancelOrder = (id) => send("DELETE", `/orders/${encodeURIComponent(id)}`);
export const cancelAll = (query) => send("DELETE", "/orders", { query });

async function send(method, path, { query, body } = {}) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value != null && value !== "");
  const search = new URLSearchParams(given).toString();
  const response = await reach(search ? `${path}?${search}` : path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.ok) return response.json;
  throw new ApiError(response.status, response.json.error);
}

async function reach(path, options) {
  try {
    const response = await fetch(path, options);
    return { ok: response.ok, status: response.status, json: await response.json() };
  } catch {
    throw new ApiError(0, { code: "unreachable", message: "The exchange does not answer" });
  }
}
