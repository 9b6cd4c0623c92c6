import { Ladder } from "/static/screen/market/ladder.js";
import { rowsOf, stepsFor } from "/static/screen/market/grouping.js";
import { equal, test } from "./harness.js";
import { coarse, instrument } from "./instruments.js";

function ladder(sign, ...pairs) {
  const found = new Ladder(sign);
  found.load(
    pairs.map(([price, quantity]) => ({
      price: BigInt(price),
      quantity: BigInt(quantity),
      count: 1,
    })),
  );
  return found;
}

const scale = instrument().price;
const shown = (rows) =>
  rows.map(({ price, quantity, total, count }) => [
    Number(price),
    Number(quantity),
    Number(total),
    count,
  ]);

test("by a tick every level is a row, with a running total", () => {
  const bids = ladder(-1n, [10000, 3], [9990, 2], [9980, 5]);
  equal(shown(rowsOf(bids, scale, 1n, 2)), [
    [10000, 3, 3, 1],
    [9990, 2, 5, 1],
  ]);
});

test("a coarser step adds levels up, away from the middle", () => {
  const bids = ladder(-1n, [10009, 1], [10001, 2], [10000, 4], [9999, 8]);
  equal(shown(rowsOf(bids, scale, 10n, 9)), [
    [10000, 7, 7, 3],
    [9990, 8, 15, 1],
  ]);
  const asks = ladder(1n, [10010, 1], [10011, 2], [10020, 4], [10021, 8]);
  equal(shown(rowsOf(asks, scale, 10n, 9)), [
    [10010, 1, 1, 1],
    [10020, 6, 7, 2],
    [10030, 8, 15, 1],
  ]);
});

test("the last row has all of its levels", () => {
  const asks = ladder(1n, [1, 1], [2, 1], [3, 1], [11, 1]);
  equal(shown(rowsOf(asks, scale, 10n, 1)), [[10, 3, 3, 3]]);
});

test("no row is better than the book", () => {
  const [bid] = rowsOf(ladder(-1n, [10009, 1]), scale, 500n, 1);
  const [ask] = rowsOf(ladder(1n, [10011, 1]), scale, 500n, 1);
  equal([bid.price <= 10009n, ask.price >= 10011n], [true, true]);
});

test("steps are offered up to a hundredth of the price", () => {
  equal(
    stepsFor(scale, 6_400_000n).map(Number),
    [1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 50000],
  );
  equal(stepsFor(scale, 50n).map(Number), [1]);
  equal(stepsFor(coarse().price, 10_000n).map(Number), [5, 25, 50]);
});
