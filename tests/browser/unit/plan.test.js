import { Book } from "/static/screen/market/book.js";
import { averagePrice, slippage, takes } from "/static/screen/market/estimate.js";
import { EMPTY } from "/static/screen/orders/draft.js";
import { planOf } from "/static/screen/orders/plan.js";
import { equal, test } from "./harness.js";
import { instrument, levels } from "./instruments.js";

function bookOf(bids, asks) {
  const book = new Book(instrument());
  book.apply({ type: "snapshot", sequence: 1, bids: levels(bids), asks: levels(asks) });
  return book;
}

const BOOK = bookOf("99.00x1 98.00x2", "100.00x1 101.00x1 103.00x5");
const lots = (text) => instrument().quantity.parse(text);
const ticks = (text) => instrument().price.parse(text);

function plan(
  changes,
  values,
  { rules = {}, last = null, book = BOOK, own = { buy: [], sell: [] } } = {},
) {
  const given = { price: null, trigger: null, quantity: lots("1"), ...values };
  return planOf(
    { ...EMPTY, ...changes },
    given,
    { instrument: instrument(rules), book, last },
    own,
  );
}

test("a take goes from the best price on, within its bound", () => {
  const { levels: asks } = BOOK.asks;
  const whole = takes(asks, lots("1.5"), 1n, null);
  equal([whole.quantity, whole.worst, whole.best], [lots("1.5"), ticks("101"), ticks("100")]);
  equal(averagePrice(instrument(), whole), 100_333_333n);
  equal(slippage(instrument(), whole), 3333n);
  equal(takes(asks, lots("5"), 1n, ticks("101")).quantity, lots("2"));
  equal(takes(asks, lots("5"), 1n, ticks("99")), {
    quantity: 0n,
    notional: 0n,
    best: null,
    worst: null,
  });
  equal(takes(BOOK.bids.levels, lots("5"), -1n, ticks("98.50")).quantity, lots("1"));
});

test("an average is rounded half to even", () => {
  const third = takes(bookOf("", "0.01x1 0.02x2").asks.levels, lots("3"), 1n, null);
  equal(averagePrice(instrument(), third), 16_667n);
});

test("a limit order takes what crosses and rests with the rest", () => {
  const found = plan({ type: "limit" }, { price: ticks("101"), quantity: lots("3") });
  equal([found.take.quantity, found.rests, found.canceled], [lots("2"), lots("1"), 0n]);
  equal(found.takerFee, (ticks("100") + ticks("101")) * lots("1") * 250n);
  equal(found.makerFee, -(ticks("101") * lots("1") * 100n));
});

test("an ioc order cancels the rest, a fok order all or nothing", () => {
  const ioc = plan(
    { type: "limit", time_in_force: "ioc" },
    { price: ticks("101"), quantity: lots("3") },
  );
  equal([ioc.take.quantity, ioc.rests, ioc.canceled], [lots("2"), 0n, lots("1")]);
  const fok = plan(
    { type: "limit", time_in_force: "fok" },
    { price: ticks("101"), quantity: lots("3") },
  );
  equal([fok.take.quantity, fok.isKilled, fok.canceled], [0n, true, lots("3")]);
});

test("a market order is bound by the band only", () => {
  equal(
    plan({ type: "market", time_in_force: "ioc" }, { quantity: lots("9") }).take.quantity,
    lots("7"),
  );
  const banded = plan(
    { type: "market", time_in_force: "ioc" },
    { quantity: lots("9") },
    { rules: { price_band_bps: 200 }, last: ticks("100") },
  );
  equal(banded.take.quantity, lots("2"));
});

test("a trigger order waits until it is due", () => {
  const stop = { type: "stop", time_in_force: "ioc" };
  equal(plan(stop, { trigger: ticks("105") }, { last: ticks("100") }).waits, true);
  equal(plan(stop, { trigger: ticks("99") }, { last: ticks("100") }).waits, false);
});

test("an order that would meet one of one's own is told", () => {
  const values = { price: ticks("101"), quantity: lots("2") };
  const meets = (sell) => plan({ type: "limit" }, values, { own: { buy: [], sell } }).meetsOwn;
  equal([meets([ticks("101")]), meets([ticks("101.01")]), meets([])], [true, false, false]);
  const market = { type: "market", side: "sell", time_in_force: "ioc" };
  equal(plan(market, {}, { own: { buy: [ticks("99")], sell: [] } }).meetsOwn, true);
});

test("there is no plan without a book, a quantity or a price", () => {
  equal(plan({ type: "limit" }, {}), null);
  equal(plan({ type: "market" }, { quantity: null }), null);
  equal(plan({ type: "market" }, {}, { book: new Book(instrument()) }), null);
});
