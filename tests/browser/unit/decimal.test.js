import {
  divideHalfEven,
  format,
  formatExact,
  grouped,
  isDecimal,
  parse,
  rescale,
  splitZeros,
  tidy,
} from "/static/screen/market/decimal.js";
import { equal, randomFrom, test } from "./harness.js";

test("text becomes units and text again", () => {
  equal(parse("64000.50", 2), 6400050n);
  equal(parse("0.00000001", 8), 1n);
  equal(parse("5", 0), 5n);
  equal(parse("-1.5", 3), -1500n);
  equal(format(6400050n, 2), "64000.50");
  equal(format(1n, 8), "0.00000001");
  equal(format(-5n, 2), "-0.05");
  equal(format(5n, 0), "5");
});

test("what is finer than the digits is no number of units", () => {
  equal(parse("100.005", 2), null);
  equal(parse("100.0000", 2), 10000n);
  equal(parse("0.5", 0), null);
});

test("no digit is lost where a float would lose it", () => {
  equal(format(parse("999999999999999.123456789012", 12), 12), "999999999999999.123456789012");
  equal(parse("90071992547409.93", 2), 9007199254740993n);
});

test("any units survive the way there and back", () => {
  const random = randomFrom(5);
  for (let turn = 0; turn < 2000; turn += 1) {
    const digits = Math.floor(random() * 13);
    const units =
      BigInt(Math.floor(random() * 2 ** 53)) * BigInt(Math.floor(random() * 1000) - 500);
    equal(parse(format(units, digits), digits), units);
  }
});

test("it reads what the exchange reads", () => {
  for (const text of ["0", "1", "0.1", "100.000000000001", "999999999999999"])
    equal(isDecimal(text), true);
  for (const text of [
    "",
    "-1",
    "1.",
    ".5",
    "01",
    "1e3",
    "1,5",
    "1 000",
    "1.1234567890123",
    "1000000000000000",
    "NaN",
    "0x10",
    "１",
  ]) {
    equal(isDecimal(text), false);
  }
});

test("what people type is tidied, and nothing is guessed", () => {
  equal(tidy(" 1.50 "), "1.50");
  equal(tidy(".5"), "0.5");
  equal(tidy("5."), "5");
  equal(tidy("007"), "7");
  equal(tidy("0.10"), "0.10");
  equal(tidy("000"), "0");
  equal(tidy("."), ".");
  equal(tidy(""), "");
  for (const text of ["1,5", "1 000", "-1", "1e3", "1.2.3", "x"])
    equal(isDecimal(tidy(text)), false);
});

test("exact amounts keep the digits that they need", () => {
  equal(formatExact(10000000000n, 10, 2), "1.00");
  equal(formatExact(9223372036854775807n, 10, 2), "922337203.6854775807");
  equal(formatExact(15n, 1), "1.5");
  equal(formatExact(10n, 1), "1");
});

test("halves go to the even neighbour", () => {
  equal(
    [5n, 15n, 25n, 26n, 24n].map((units) => divideHalfEven(units, 10n)),
    [0n, 2n, 2n, 3n, 2n],
  );
  equal(rescale(12345n, 4, 2), 123n);
  equal(rescale(-12350n, 4, 2), -124n);
  equal(rescale(5n, 0, 2), 500n);
});

test("thousands are set apart before the point only", () => {
  equal(grouped("64000.50"), "64,000.50");
  equal(grouped("1234567.1234567"), "1,234,567.1234567");
  equal(grouped("999"), "999");
  equal(grouped("-1000"), "-1,000");
});

test("zeros at the end of the decimals are split off, others are not", () => {
  equal(splitZeros("0.50000000"), ["0.5", "0000000"]);
  equal(splitZeros("1.00"), ["1", ".00"]);
  equal(splitZeros("100"), ["100", ""]);
  equal(splitZeros("0.12345678"), ["0.12345678", ""]);
});
