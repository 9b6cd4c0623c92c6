import { check, problemWithAccount } from "/static/screen/orders/check.js";
import { changeOf } from "/static/screen/orders/change.js";
import { bodyOf, EMPTY, fieldsOf } from "/static/screen/orders/draft.js";
import { isDue, TYPES, waitsForRise } from "/static/screen/orders/types.js";
import { equal, test } from "./harness.js";
import { instrument } from "./instruments.js";

const NOW = Date.parse("2026-05-02T10:00:00Z");

const draft = (changes = {}) => ({ ...EMPTY, price: "100", quantity: "1", ...changes });

function market({ rules = {}, last = null, bid = null, ask = null } = {}) {
  return {
    instrument: instrument(rules),
    last,
    bestAgainst: (side) => (side === "buy" ? ask : bid),
  };
}

const errors = (changes, given) => check(draft(changes), market(given), NOW).errors;
const warnings = (changes, given) => check(draft(changes), market(given), NOW).warnings;

test("each type has its fields and no others", () => {
  const fields = (type, time_in_force) => [...fieldsOf({ type, time_in_force })].sort().join(" ");
  equal(fields("limit", "gtc"), "post_only price quantity");
  equal(fields("limit", "ioc"), "price quantity");
  equal(fields("limit", "gtd"), "expires_at post_only price quantity");
  equal(fields("market", "ioc"), "quantity");
  equal(fields("stop", "fok"), "quantity trigger_price");
  equal(fields("stop_limit", "gtc"), "post_only price quantity trigger_price");
  equal(fields("take_profit", "ioc"), "quantity trigger_price");
  equal(fields("take_profit_limit", "gtd"), "expires_at post_only price quantity trigger_price");
});

test("a body has only what its type has", () => {
  const all = draft({
    trigger_price: "90",
    expires_at: "2026-05-03T10:00",
    post_only: true,
    client_order_id: "c",
  });
  equal(bodyOf({ ...all, type: "market", time_in_force: "ioc" }, "BTC-USD", "a"), {
    symbol: "BTC-USD",
    side: "buy",
    type: "market",
    time_in_force: "ioc",
    self_trade_prevention: "cancel_taker",
    quantity: "1",
    account: "a",
    client_order_id: "c",
  });
  const gtd = bodyOf({ ...all, type: "stop_limit", time_in_force: "gtd" }, "BTC-USD", "a");
  equal([gtd.price, gtd.trigger_price, gtd.post_only], ["100", "90", true]);
  equal(Date.parse(gtd.expires_at), new Date("2026-05-03T10:00").getTime());
});

test("numbers go out tidied", () => {
  const body = bodyOf(draft({ price: " 0100.50", quantity: ".5" }), "BTC-USD", "a");
  equal([body.price, body.quantity], ["100.50", "0.5"]);
});

test("the tick and the lot are named with the value", () => {
  equal(errors({ price: "100.005" }), {
    price: "price 100.005 is not a multiple of the tick size 0.01",
  });
  equal(errors({ quantity: "0.000000001" }), {
    quantity: "quantity 0.000000001 is not a multiple of the lot size 0.00000001",
  });
  equal(errors({ type: "stop", trigger_price: "1.001" }), {
    trigger_price: "trigger_price 1.001 is not a multiple of the tick size 0.01",
  });
});

test("bounds are named with the value", () => {
  equal(
    errors({ quantity: "0.00001" }).quantity,
    "quantity 0.00001000 is below the minimum 0.00010000",
  );
  equal(
    errors({ quantity: "10001" }).quantity,
    "quantity 10001.00000000 is above the maximum 10000.00000000",
  );
  equal(
    errors({ price: "1000000.01", quantity: "0.001" }).price,
    "price 1000000.01 is above the maximum 1000000.00",
  );
  equal(
    errors({ price: "0.01" }).quantity,
    "price x quantity = 0.01 is below the minimum notional 1.00",
  );
  equal(
    errors({ price: "1000000", quantity: "1000" }).quantity,
    "price x quantity = 1000000000.00 is above the maximum notional 922337203.6854775807",
  );
});

test("bounds are inclusive", () => {
  equal(errors({ quantity: "0.0001", price: "10000" }), {});
  equal(errors({ price: "1000000", quantity: "0.0001" }), {});
  equal(errors({ price: "1" }), {});
});

test("what is no number is said to be none", () => {
  for (const price of ["x", "1,5", "-1", "1e3", "1.2.3", "<img src=x onerror=alert(1)>"]) {
    equal(errors({ price }).price.startsWith("price must be a positive number"), true);
  }
  equal(errors({ price: "0" }), { price: "price must be more than zero" });
  equal(errors({ price: "0.00" }), { price: "price must be more than zero" });
});

test("what is empty is missing and no error", () => {
  const { errors: found, missing } = check(draft({ price: "", quantity: " " }), market(), NOW);
  equal([found, missing], [{}, ["price", "quantity"]]);
});

test("a type without a price is not asked for its price", () => {
  equal(errors({ type: "market", time_in_force: "ioc", price: "x", trigger_price: "y" }), {});
});

test("an expiry must be in the future", () => {
  const at = (expires_at) => errors({ time_in_force: "gtd", expires_at }).expires_at;
  equal(at("2026-05-02T09:59:59Z"), "expires_at must be in the future");
  equal(at("2026-05-02T10:00:01Z"), undefined);
  equal(at("x"), "expires_at must be in the future");
});

test("a price outside the band is a warning that names the band", () => {
  const given = { rules: { price_band_bps: 500 }, last: 10_000n };
  equal(warnings({ price: "105" }, given), {});
  equal(
    warnings({ price: "105.01" }, given).price,
    "price is outside 95.00 to 105.00, 500 basis points around the last trade: it would be refused now",
  );
});

test("post-only is warned of when it would take", () => {
  const post = { post_only: true };
  equal(warnings({ ...post, price: "99.99" }, { ask: 10_000n }), {});
  equal(
    warnings({ ...post, price: "100" }, { ask: 10_000n }).post_only,
    "would take at 100.00 now, and be refused",
  );
  equal(
    warnings({ ...post, price: "100", side: "sell" }, { bid: 10_000n }).post_only,
    "would take at 100.00 now, and be refused",
  );
  equal(warnings({ ...post, price: "100", time_in_force: "ioc" }, { ask: 10_000n }), {});
});

test("triggers wait for a rise or a fall as their type and side have it", () => {
  const rises = Object.keys(TYPES)
    .filter((type) => TYPES[type].trigger)
    .map((type) => [type, waitsForRise(type, "buy"), waitsForRise(type, "sell")]);
  equal(rises, [
    ["stop", true, false],
    ["stop_limit", true, false],
    ["take_profit", false, true],
    ["take_profit_limit", false, true],
  ]);
  equal(
    [
      isDue("stop", "buy", 100n, 100n),
      isDue("stop", "buy", 101n, 100n),
      isDue("stop", "buy", 100n, null),
    ],
    [true, false, false],
  );
});

test("a trigger that is met already is warned of", () => {
  const stop = { type: "stop", time_in_force: "ioc", trigger_price: "100" };
  equal(
    warnings(stop, { last: 10_000n }).trigger_price,
    "acts at once: the last price 100.00 has met it already",
  );
  equal(warnings(stop, { last: 9_999n }), {});
  equal(warnings(stop, {}).trigger_price, "waits for the first trade: there was none yet");
});

test("an account is 1 to 64 printable characters", () => {
  equal(["a", "<img src=x onerror=alert(1)>", "x".repeat(64)].map(problemWithAccount), [
    null,
    null,
    null,
  ]);
  equal(
    ["", "x".repeat(65), "ü"].map((name) => problemWithAccount(name) !== null),
    [true, true, true],
  );
});

const OPEN = {
  order_id: "BTC-USD-1",
  side: "buy",
  type: "limit",
  price: "100.00",
  trigger_price: null,
  quantity: "2.00000000",
  filled_quantity: "0.50000000",
  post_only: false,
};

test("a change is only what is another", () => {
  const body = (price, quantity) => changeOf(OPEN, { price, quantity }, market()).body;
  equal(body("100", "2"), {});
  equal(body("100.000", "2.0"), {});
  equal(body("101", "2"), { price: "101" });
  equal(body("101", "3"), { price: "101", quantity: "3" });
});

test("a change tells whether the place in the queue is kept", () => {
  const keeps = (price, quantity) => changeOf(OPEN, { price, quantity }, market()).keepsPlace;
  equal([keeps("100", "1"), keeps("100", "3"), keeps("99", "1")], [true, false, false]);
});

test("a change below what is filled is refused", () => {
  equal(
    changeOf(OPEN, { price: "100", quantity: "0.5" }, market()).errors.quantity,
    "quantity 0.5 is not more than the filled quantity 0.50000000",
  );
});

test("a change of an order without a price asks for none", () => {
  const stop = { ...OPEN, type: "stop", price: null, trigger_price: "90.00" };
  const { errors: found, missing, body } = changeOf(stop, { price: "", quantity: "1" }, market());
  equal([found, missing, body], [{}, [], { quantity: "1" }]);
});
