import { withNews } from "/static/screen/orders/merge.js";
import { equal, test } from "./harness.js";

const order = (sequence, status, filled, ...ids) => ({
  order_id: "BTC-USD-1",
  sequence,
  status,
  filled_quantity: filled,
  fills: ids.map((trade_id) => ({ trade_id })),
});

const report = (...given) => ({ ...order(...given), fills: undefined });

const shown = ({ sequence, status, filled_quantity, fills }) => [
  sequence,
  status,
  filled_quantity,
  fills.map((fill) => fill.trade_id),
];

test("what is later takes the place of what was", () => {
  const before = order(5, "new", "0.0");
  equal(shown(withNews(before, order(7, "canceled", "0.0"))), [7, "canceled", "0.0", []]);
  equal(withNews(before, order(4, "armed", "0.0")), before);
});

test("what is not new changes nothing", () => {
  const before = order(5, "partially_filled", "1.0", 1);
  equal(withNews(before, order(5, "partially_filled", "1.0", 1)) === before, true);
});

test("fills come one by one and are kept", () => {
  let known = order(5, "new", "0.0");
  known = withNews(known, report(6, "partially_filled", "1.0"), { trade_id: 1 });
  known = withNews(known, report(6, "partially_filled", "2.0"), { trade_id: 2 });
  known = withNews(known, report(7, "canceled", "2.0"));
  equal(shown(known), [7, "canceled", "2.0", [1, 2]]);
});

test("reports that come after the answer of their command add nothing but what it left out", () => {
  const answer = order(6, "canceled", "2.0", 2);
  let known = withNews(answer, report(6, "new", "0.0"));
  equal(known === answer, true);
  known = withNews(known, report(6, "partially_filled", "1.0"), { trade_id: 1 });
  known = withNews(known, report(6, "partially_filled", "2.0"), { trade_id: 2 });
  known = withNews(known, report(6, "canceled", "2.0"));
  equal(shown(known), [6, "canceled", "2.0", [1, 2]]);
});

test("an answer that comes after its reports is taken as it is", () => {
  const known = order(6, "partially_filled", "1.0", 1);
  equal(shown(withNews(known, order(6, "filled", "2.0", 1, 2))), [6, "filled", "2.0", [1, 2]]);
});
