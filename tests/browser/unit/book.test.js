import { Book, Gap } from "/static/screen/market/book.js";
import { equal, fails, randomFrom, test } from "./harness.js";
import { instrument, levels } from "./instruments.js";

const shownSide = (ladder) =>
  ladder.levels
    .map(({ price, quantity }) => {
      const { price: prices, quantity: quantities } = instrument();
      return `${prices.format(price)}x${Number(quantities.format(quantity))}`;
    })
    .join(" ");

const shown = (book) => [shownSide(book.bids), shownSide(book.asks), book.sequence];

const snapshot = (sequence, bids, asks) => ({
  type: "snapshot",
  sequence,
  bids: levels(bids),
  asks: levels(asks),
});

const update = (prev_sequence, sequence, bids, asks) => ({
  type: "update",
  prev_sequence,
  sequence,
  bids: levels(bids),
  asks: levels(asks),
});

function bookOf(...events) {
  const book = new Book(instrument());
  for (const event of events) book.apply(event);
  return book;
}

test("a snapshot is the book", () => {
  const book = bookOf(snapshot(7, "100.00x1 99.50x2", "100.50x3"));
  equal(shown(book), ["100.00x1 99.50x2", "100.50x3", 7]);
  equal([book.spread, book.twiceMid], [50n, 20_050n]);
});

test("an update opens, changes and closes levels", () => {
  const book = bookOf(
    snapshot(7, "100.00x1 99.50x2", "100.50x3"),
    update(7, 9, "100.10x4 99.50x0", "100.50x2 101.00x1"),
  );
  equal(shown(book), ["100.10x4 100.00x1", "100.50x2 101.00x1", 9]);
});

test("a level that closes and is not there is none", () => {
  equal(shown(bookOf(snapshot(1, "", ""), update(1, 2, "99.00x0", ""))), ["", "", 2]);
});

test("a snapshot replaces everything", () => {
  const book = bookOf(snapshot(7, "100.00x1", "101.00x1"), snapshot(3, "50.00x1", ""));
  equal(shown(book), ["50.00x1", "", 3]);
});

test("what comes twice is left out", () => {
  const book = bookOf(
    snapshot(7, "100.00x1", ""),
    update(7, 9, "100.00x2", ""),
    update(7, 9, "100.00x5", ""),
    update(3, 6, "1.00x5", ""),
  );
  equal(shown(book), ["100.00x2", "", 9]);
});

test("a gap is noticed, and then the book is unknown", () => {
  const book = bookOf(snapshot(7, "100.00x1", ""), update(7, 9, "100.00x2", ""));
  const message = fails(() => book.apply(update(10, 11, "100.00x3", "")), Gap);
  equal(message, "an update follows 10, the book is at 9");
  equal([book.isKnown, book.bids.best, book.bestAgainst("sell")], [false, null, null]);
  fails(() => book.apply(update(11, 12, "100.00x3", "")), Gap);
  book.apply(snapshot(12, "99.00x1", ""));
  equal(shown(book), ["99.00x1", "", 12]);
});

test("an update before any snapshot is a gap", () => {
  fails(() => bookOf(update(1, 2, "100.00x1", "")), Gap);
});

test("a heartbeat tells of an event that did not come", () => {
  const book = bookOf(snapshot(7, "100.00x1", ""));
  book.expect(7);
  fails(() => book.expect(8), Gap);
  equal(book.isKnown, false);
  book.expect(8);
});

test("a book that crosses or is out of order is never shown", () => {
  fails(() => bookOf(snapshot(1, "100.00x1", "100.00x1")), Gap);
  fails(() => bookOf(snapshot(1, "", "100.00x1 99.00x1")), Gap);
  const book = bookOf(snapshot(1, "99.00x1", "100.00x1"));
  fails(() => book.apply(update(1, 2, "100.00x1", "")), Gap);
  equal(book.isKnown, false);
});

test("thousands of updates end where a plain map ends", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = randomFrom(seed);
    const model = { bids: new Map(), asks: new Map() };
    const book = bookOf(snapshot(0, "", ""));
    for (let sequence = 1; sequence <= 300; sequence += 1) {
      const change = { bids: [], asks: [] };
      for (const side of ["bids", "asks"]) {
        for (let count = Math.floor(random() * 4); count > 0; count -= 1) {
          const cents = Math.floor(random() * 40) + (side === "bids" ? 10_000 : 10_040);
          const [price, quantity] = [
            (cents / 100).toFixed(2),
            random() < 0.4 ? "0" : `${1 + Math.floor(random() * 9)}`,
          ];
          change[side].push([price, quantity, 1]);
          if (quantity === "0") model[side].delete(cents);
          else model[side].set(cents, quantity);
        }
      }
      book.apply({ type: "update", prev_sequence: sequence - 1, sequence, ...change });
    }
    const expected = (side, sign) =>
      [...model[side]]
        .sort((a, b) => sign * (a[0] - b[0]))
        .map(([cents, quantity]) => `${(cents / 100).toFixed(2)}x${quantity}`)
        .join(" ");
    equal([seed, shown(book)], [seed, [expected("bids", -1), expected("asks", 1), 300]]);
  }
});
