import { fullText, markText, shiftOf } from "/static/screen/ui/axis.js";
import { el, keyed, say, sayDecimal } from "/static/screen/ui/dom.js";
import { fillText } from "/static/screen/ui/fills.js";
import {
  ageText,
  briefQuantity,
  roundedFee,
  shortQuantity,
  signed,
} from "/static/screen/ui/format.js";
import { atMost } from "/static/screen/ui/pace.js";
import { Painter } from "/static/screen/ui/painter.js";
import { equal, FakeTimers, test } from "./harness.js";
import { instrument } from "./instruments.js";

const EVIL = "<img src=x onerror=\"document.title='broken'\">";

test("any number of changes is one paint of the parts that show them", () => {
  const frames = [];
  const painter = new Painter((work) => frames.push(work));
  const painted = [];
  painter.add(["book"], () => painted.push("book"));
  painter.add(["book", "trades"], () => painted.push("both"));
  painter.add(["own"], () => painted.push("own"));
  frames.shift()();
  painted.length = 0;
  for (let turn = 0; turn < 1000; turn += 1) painter.mark("trades");
  equal(frames.length, 1);
  frames.shift()();
  equal(painted, ["both"]);
});

test("what is marked while it paints is painted in the next frame", () => {
  const frames = [];
  const painter = new Painter((work) => frames.push(work));
  let paints = 0;
  painter.add(["a"], () => (paints += 1) < 3 && painter.mark("a"));
  while (frames.length) frames.shift()();
  equal(paints, 3);
});

test("work is done at once, then at most so often, and in the end", async () => {
  const timers = new FakeTimers();
  let done = 0;
  const ask = atMost(100, () => (done += 1), timers);
  ask();
  equal(done, 1);
  for (let turn = 0; turn < 10; turn += 1) ask();
  await timers.pass(99);
  equal(done, 1);
  await timers.pass(1);
  equal(done, 2);
  await timers.pass(500);
  equal(done, 2);
  ask();
  equal(done, 3);
});

test("text stays text", () => {
  const cell = el("td", { textContent: EVIL }, EVIL);
  say(cell, EVIL);
  equal([cell.children.length, cell.textContent], [0, EVIL]);
  sayDecimal(cell, `${EVIL}.500`);
  equal(
    [cell.children.length, cell.querySelector("img"), cell.textContent],
    [1, null, `${EVIL}.500`],
  );
});

test("children stay with their items", () => {
  const parent = el("ul");
  const show = (...keys) => {
    keyed(
      parent,
      keys,
      (key) => key,
      (key) => el("li", { textContent: key }),
      () => {},
    );
    return parent.textContent;
  };
  equal(show("a", "b", "c"), "abc");
  const [a, b] = parent.children;
  equal([show("c", "x", "a"), parent.children[2] === a, b.isConnected], ["cxa", true, false]);
  equal(show(), "");
});

test("numbers are as short as one reads them", () => {
  const btc = instrument();
  equal(shortQuantity(btc, 150_000_000n), "1.5");
  equal(shortQuantity(btc, 123_456_700_000_000n), "1,234,567");
  equal(briefQuantity(btc, 1_234_567_891_234n), "12,345.68");
  equal(briefQuantity(btc, 1n), "0");
  equal([signed(125n), signed(-5n), signed(0n)], ["+1.25", "−0.05", "0.00"]);
  equal(
    [roundedFee("23.998885836"), roundedFee("-1.6"), roundedFee("5")],
    ["23.9989", "−1.6000", "5.0000"],
  );
  equal([999, 1000, 59_999, 60_000, 3_600_000].map(ageText), [
    "now",
    "1 s ago",
    "59 s ago",
    "1 min ago",
    "1 h ago",
  ]);
});

test("fills that come together are told together", () => {
  const order = { side: "buy", symbol: "BTC-USD" };
  const fill = (price, quantity, liquidity) => ({ price, quantity, liquidity });
  equal(
    fillText(order, [fill("100.00", "0.50000000", "taker")], instrument()),
    "Bought 0.5 BTC-USD at 100.00, taker",
  );
  equal(
    fillText(order, [fill("100.00", "1", "taker"), fill("101.00", "1", "maker")], instrument()),
    "Bought 2 BTC-USD at 100.500000 on average, taker and maker",
  );
});

test("the axis of the candles is in the zone of who looks, and days are days of UTC", () => {
  const inZone = (minutes) => ({ getTimezoneOffset: () => minutes });
  equal(shiftOf(60, inZone(-330)), 19_800);
  equal(shiftOf(3600, inZone(300)), -18_000);
  equal(shiftOf(86_400, inZone(-330)), 0);
  const utc = Date.parse("2026-05-02T20:15:30Z") / 1000;
  const there = utc + shiftOf(1, inZone(-330));
  equal(markText(there, 4), "01:45:30");
  equal(markText(there, 3), "01:45");
  equal(markText(there, 2), "May 3");
  equal(fullText(there, 1), "May 3 01:45:30");
  equal(fullText(utc, 86_400), "May 2");
});
