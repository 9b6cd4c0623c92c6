import { duration, FIGURES, number } from "/static/architecture/figures.js";
import { parse, Scrape } from "/static/architecture/prometheus.js";
import { equal, test } from "./harness.js";

const TEXT = `# HELP goquant_trades_total Trades, ever
# TYPE goquant_trades_total counter
goquant_trades_total{symbol="A-USD"} 10.0
goquant_trades_total{symbol="B \\"}{,-USD"} 5.0
goquant_running 1.0
goquant_x_bucket{le="0.001"} 0.0
goquant_x_bucket{le="0.01"} 50.0
goquant_x_bucket{le="0.1"} 100.0
goquant_x_bucket{le="+Inf"} 100.0
nonsense
`;

const NOTHING = new Scrape("", 0);

test("a sample has its name, its labels and its value", () => {
  const samples = parse(TEXT);
  equal(samples.get("goquant_running"), [{ labels: {}, value: 1 }]);
  equal(samples.get("goquant_trades_total")[1], {
    labels: { symbol: 'B \\"}{,-USD' },
    value: 5,
  });
  equal(samples.has("nonsense"), false);
});

test("samples of a name add up, those with a label by themselves", () => {
  const now = new Scrape(TEXT, 1);
  equal(now.sum("goquant_trades_total"), 15);
  equal(now.max("goquant_trades_total"), 10);
  equal(now.sum("goquant_trades_total", { symbol: "A-USD" }), 10);
  equal(now.sum("goquant_nothing"), undefined);
  equal(now.max("goquant_nothing"), undefined);
});

test("a rate is by the second, and a process that began anew has grown from nothing", () => {
  const [before, now] = [new Scrape("a_total 10", 4), new Scrape("a_total 30", 8)];
  equal(now.rate("a_total", before), 5);
  equal(new Scrape("a_total 6", 8).rate("a_total", new Scrape("a_total 30", 4)), 1.5);
  equal(now.rate("a_total", new Scrape("", 4)), 7.5);
  equal(now.rate("b_total", before), undefined);
});

test("a quantile lies within its bucket, and counts only what is new", () => {
  const now = new Scrape(TEXT, 1);
  equal(now.quantile(0.25, "goquant_x", NOTHING).toFixed(4), "0.0055");
  equal(now.quantile(0.5, "goquant_x", NOTHING).toFixed(4), "0.0100");
  equal(now.quantile(0.75, "goquant_x", NOTHING).toFixed(4), "0.0550");
  equal(now.quantile(0.99, "goquant_x", now), undefined);
  equal(now.quantile(0.99, "goquant_y", NOTHING), undefined);
  const slow = new Scrape('s_bucket{le="1.0"} 0\ns_bucket{le="+Inf"} 3', 1);
  equal(slow.quantile(0.5, "s", NOTHING), 1);
});

test("numbers and durations are short", () => {
  equal([undefined, 0, 3, 3.14, 1234.5, 123456].map(number), [
    "–",
    "0",
    "3",
    "3.1",
    "1,235",
    "123k",
  ]);
  equal([undefined, 0.000012, 0.0123, 2.34].map(duration), ["–", "12 µs", "12.3 ms", "2.3 s"]);
});

test("an exchange that has nothing to say of a part leaves its line empty, and no figure fails", () => {
  const [before, now] = [new Scrape(TEXT, 1), new Scrape(TEXT, 3)];
  for (const figure of Object.values(FIGURES)) equal(typeof figure(now, before), "string");
  equal(FIGURES.writer(now, before), "");
  equal(FIGURES.journal(now, before), "");
  equal(FIGURES.matching(now, before), "0 trades/s");
});

test("requests are counted by the routes of a box, the same route with other statuses included", () => {
  const line = (route, status, value) =>
    `goquant_http_requests_total{method="GET",route="${route}",status="${status}"} ${value}\n`;
  const before = new Scrape(line("/orders", 200, 10) + line("/metrics", 200, 7), 0);
  const now = new Scrape(
    line("/orders", 200, 14) + line("/orders", 429, 2) + line("/metrics", 200, 9),
    2,
  );
  equal(FIGURES.orders(now, before), "3 requests/s");
  equal(FIGURES.market(now, before), "0 requests/s");
});
