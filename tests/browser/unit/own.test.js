import { OwnOrders } from "/static/screen/orders/own.js";
import { equal, test } from "./harness.js";

const FILL = { trade_id: 7, price: "100.00", quantity: "1" };

const order = (changes = {}) => ({
  order_id: "A-1",
  account: "ann",
  symbol: "A",
  status: "new",
  sequence: 1,
  filled_quantity: "0",
  created_at: "2026-05-02T10:00:00Z",
  fills: [],
  ...changes,
});

const filled = order({ status: "filled", sequence: 2, filled_quantity: "1", fills: [FILL] });

/** The orders of ann, what was told of their fills, and the answers that she waits for, to be given by the test. */
function ann(work) {
  const told = [];
  const waiting = [];
  const usual = globalThis.fetch;
  globalThis.fetch = (path, { method }) =>
    new Promise((resolve) => {
      waiting.push({ method, path, give: (json) => resolve({ ok: true, json: async () => json }) });
    });
  const own = new OwnOrders(
    () => {},
    (of, fills) => told.push([of.order_id, fills.map((fill) => fill.trade_id)]),
  );
  return work({ own, told, waiting }).finally(() => {
    globalThis.fetch = usual;
  });
}

const page = (...orders) => ({ orders, next: null });

test("fills from before we looked are no news", () =>
  ann(async ({ own, told, waiting }) => {
    const used = own.use("ann");
    for (const asked of waiting) asked.give(page(filled));
    await used;
    equal(own.get("A-1").status, "filled");
    equal(told, []);
  }));

test("a fill of an order that was placed while the first answer was on its way is told, once", () =>
  ann(async ({ own, told, waiting }) => {
    const used = own.use("ann");
    const [newest, open] = waiting;
    const placed = own.place({ symbol: "A" });
    waiting[2].give(order());
    await placed;
    newest.give(page(filled));
    open.give(page());
    await Promise.resolve();
    // It is not open any more, so that it is asked for.
    while (waiting.length < 4) await new Promise((resolve) => setTimeout(resolve));
    waiting[3].give(filled);
    await used;
    own.hear([{ order: { ...filled, fills: undefined }, fill: FILL }]);
    equal(told, [["A-1", [7]]]);
  }));
