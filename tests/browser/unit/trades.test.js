import { Candles } from "/static/screen/market/candles.js";
import { Day } from "/static/screen/market/day.js";
import { Tape } from "/static/screen/market/tape.js";
import { readTrade } from "/static/screen/market/trade.js";
import { equal, test } from "./harness.js";
import { instrument } from "./instruments.js";

const START = Date.parse("2026-05-02T10:00:00Z");

function trade(trade_id, price, { seconds = trade_id, quantity = "1" } = {}) {
  return readTrade(instrument(), {
    trade_id,
    price,
    quantity,
    sequence: trade_id,
    aggressor_side: "buy",
    maker_order_id: "m",
    taker_order_id: "t",
    time: new Date(START + seconds * 1000).toISOString(),
  });
}

function tapeOf(...trades) {
  const tape = new Tape();
  tape.load(trades);
  return tape;
}

const ids = (trades) => trades.map(({ id }) => id);

test("a tape has each trade once, newest first", () => {
  const tape = tapeOf(trade(1, "100"), trade(2, "101"));
  equal(ids(tape.add([trade(2, "101"), trade(3, "102")])), [3]);
  equal([ids(tape.trades), tape.added], [[3, 2, 1], 3]);
});

test("a tape keeps the newest", () => {
  const tape = new Tape(3);
  tape.load([]);
  tape.add([1, 2, 3, 4, 5].map((id) => trade(id, "100")));
  equal(ids(tape.trades), [5, 4, 3]);
});

test("a tape knows the last change of price", () => {
  const tape = tapeOf(trade(1, "100"));
  const after = (id, price) => (tape.add([trade(id, price)]), tape.tick);
  equal([tape.tick, after(2, "101"), after(3, "101"), after(4, "99")], [0, 1, 1, -1]);
});

test("a missing trade is noticed", () => {
  const tape = tapeOf(trade(5, "100"));
  equal(
    [tape.misses([trade(6, "100")]), tape.misses([trade(7, "100")]), tape.misses([])],
    [false, true, false],
  );
});

test("newest trades that follow are told from those that do not", () => {
  const tape = tapeOf(trade(4, "100"), trade(5, "100"));
  equal(tape.continues([trade(4, "100"), trade(5, "100"), trade(6, "100")], 6), true);
  equal(tape.continues([trade(6, "100")], 6), true);
  equal(tape.continues([trade(8, "100")], 8), false);
  equal(tape.continues([trade(4, "100", { seconds: 99 })], 4), false);
  equal(
    [tape.continues([], 5), tape.continues([], 6), tape.continues([], 0)],
    [true, false, false],
  );
  equal([new Tape().continues([], 0), tapeOf().continues([], 0)], [false, true]);
});

test("older trades go to the end", () => {
  const tape = tapeOf(trade(5, "100"));
  tape.fill([trade(5, "100"), trade(4, "100"), trade(3, "100")]);
  equal(ids(tape.trades), [5, 4, 3]);
});

test("trades since another are all or none", () => {
  const tape = tapeOf(trade(5, "100"), trade(6, "100"), trade(7, "100"));
  equal(ids(tape.since(6)), [7]);
  equal(ids(tape.since(4)), [5, 6, 7]);
  equal([tape.since(7), tape.since(9)], [[], []]);
  equal(tape.since(3), null);
  equal(ids(tapeOf(trade(1, "100")).since(0)), [1]);
  equal(tapeOf().since(0), []);
});

const bars = (candles) =>
  candles.bars.map(({ time, open, high, low, close, volume }) => [
    time - START / 1000,
    ...[open, high, low, close].map(Number),
    Number(volume) / 1e8,
  ]);

const answer = (last_trade_id, ...candles) => ({ last_trade_id, candles });

const minute = {
  start: "2026-05-02T10:00:00.000000000Z",
  open: "100.00",
  high: "102.00",
  low: "99.00",
  close: "101.00",
  volume: "3.00000000",
  trades: 3,
};

test("trades go into the candle of their time", () => {
  const candles = new Candles(instrument(), "1m");
  candles.load(answer(0));
  candles.add([
    trade(1, "100", { seconds: 5 }),
    trade(2, "98", { seconds: 59 }),
    trade(3, "103", { seconds: 60 }),
  ]);
  equal(bars(candles), [
    [0, 10000, 10000, 9800, 9800, 2],
    [60, 10300, 10300, 10300, 10300, 1],
  ]);
});

test("trades that the candles contain are left out", () => {
  const candles = new Candles(instrument(), "1m");
  candles.load(answer(3, minute));
  candles.add([
    trade(2, "500", { seconds: 6 }),
    trade(3, "500", { seconds: 7 }),
    trade(4, "98", { seconds: 8 }),
  ]);
  equal(bars(candles), [[0, 10000, 10200, 9800, 9800, 4]]);
});

test("a day changes with its trades", () => {
  const day = new Day(instrument());
  day.load({ ...minute, last_trade_id: 3 });
  equal(day.change, { by: 100n, ratio: 100n });
  day.add([trade(3, "1"), trade(4, "97")]);
  equal(
    [day.change, day.candle.low, day.candle.volume],
    [{ by: -300n, ratio: -300n }, 9_700n, 400_000_000n],
  );
});

test("a day without trades has no change, and begins with the first", () => {
  const day = new Day(instrument());
  day.load({ last_trade_id: 0, trades: 0, open: null });
  equal(day.change, null);
  day.add([trade(1, "100")]);
  equal([day.change, day.candle.volume], [{ by: 0n, ratio: 0n }, 100_000_000n]);
});
