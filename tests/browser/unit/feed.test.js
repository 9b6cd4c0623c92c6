import { Backoff } from "/static/screen/net/backoff.js";
import { Feed, STALE_MS } from "/static/screen/net/feed.js";
import { equal, FakeTimers, settled, test } from "./harness.js";

/** A transport in the hands of the test. */
class Fake {
  constructor(name) {
    this.name = name;
    this.opened = [];
    this.closed = 0;
  }

  open(symbol, since, sink) {
    this.opened.push(since);
    this.sink = sink;
    return () => (this.closed += 1);
  }
}

function feedOf({ isReachable = true, onEvents = () => {} } = {}) {
  const timers = new FakeTimers();
  const transports = [new Fake("ws"), new Fake("sse"), new Fake("poll")];
  const seen = [];
  const state = { isReachable };
  const feed = new Feed({
    symbol: "BTC-USD",
    transports,
    timers,
    backoff: new Backoff(() => 1),
    onEvents: (channel, events) => (seen.push([channel, events.length]), onEvents(channel, events)),
    onChange: () => {},
    isReachable: () => Promise.resolve(state.isReachable),
  });
  feed.start();
  return { feed, timers, seen, state, ws: transports[0], sse: transports[1], poll: transports[2] };
}

test("it is live with the first message", () => {
  const { feed, ws, seen } = feedOf();
  equal(
    [feed.status, ws.opened, feed.ageMs],
    ["connecting", [{ marketdata: null, trades: null }], null],
  );
  ws.sink.events("trades", [{ sequence: 5 }]);
  equal([feed.status, feed.transport, seen], ["live", "ws", [["trades", 1]]]);
});

test("it resumes each channel after its last sequence", async () => {
  const { timers, ws } = feedOf();
  ws.sink.events("trades", [{ sequence: 5 }, { sequence: 7 }]);
  ws.sink.events("marketdata", [{ sequence: 9 }]);
  ws.sink.lost();
  equal(ws.closed, 1);
  await timers.pass(250);
  equal(ws.opened.at(-1), { marketdata: 9, trades: 7 });
});

test("it resumes where the transport says that everything is known", async () => {
  const { timers, ws } = feedOf();
  ws.sink.events("trades", [{ sequence: 5 }], 5);
  ws.sink.events("trades", [{ sequence: 7 }], 5);
  ws.sink.lost();
  await timers.pass(250);
  equal(ws.opened.at(-1).trades, 5);
});

test("it falls back only where the exchange answers otherwise", async () => {
  const { feed, ws, sse, poll } = feedOf();
  ws.sink.lost();
  await settled();
  sse.sink.lost();
  await settled();
  equal([feed.transport, sse.opened.length, poll.opened.length], ["poll", 1, 1]);
  poll.sink.events("trades", []);
  equal([feed.status, feed.isBest], ["live", false]);
});

test("an exchange that does not answer is waited for, longer each time, with the best transport", async () => {
  const { feed, timers, ws, sse } = feedOf({ isReachable: false });
  const waits = [];
  for (let turn = 0; turn < 8; turn += 1) {
    ws.sink.lost();
    await settled();
    waits.push(feed.nextMs - timers.now());
    await timers.pass(waits.at(-1));
  }
  equal([waits, sse.opened.length], [[250, 500, 1000, 2000, 4000, 8000, 10000, 10000], 0]);
});

test("after all have failed it begins anew with the first", async () => {
  const { timers, ws, sse, poll } = feedOf();
  for (const transport of [ws, sse, poll]) {
    transport.sink.lost();
    await settled();
  }
  await timers.pass(250);
  equal([ws.opened.length, sse.opened.length, poll.opened.length], [2, 1, 1]);
});

test("a connection that lasts resets the backoff, one that does not does not", async () => {
  const { feed, timers, ws } = feedOf();
  const waits = [];
  for (const lasting of [0, 0, 0, 5_001, 0]) {
    ws.sink.events("trades", []);
    await timers.pass(lasting);
    ws.sink.events("trades", []);
    ws.sink.lost();
    waits.push(feed.nextMs - timers.now());
    await timers.pass(waits.at(-1));
  }
  equal(waits, [250, 500, 1000, 250, 500]);
});

test("a transport that says nothing is given up", async () => {
  const { timers, ws, sse } = feedOf();
  await timers.pass(5_000);
  equal([ws.closed, sse.opened.length], [1, 1]);
});

test("after two heartbeats of silence it is stale, and tries again", async () => {
  const { feed, timers, ws } = feedOf();
  ws.sink.events("trades", [{ sequence: 1 }]);
  await timers.pass(STALE_MS - 1);
  equal([feed.isStale, feed.isOld, feed.status], [false, false, "live"]);
  await timers.pass(1);
  equal([feed.isStale, feed.isOld, feed.status], [true, true, "waiting"]);
  await timers.pass(250);
  equal([feed.isStale, ws.opened.length], [true, 2]);
  ws.sink.events("trades", []);
  equal([feed.isStale, feed.status], [false, "live"]);
});

test("a short reconnection makes nothing old", async () => {
  const { feed, timers, ws } = feedOf();
  ws.sink.events("trades", [{ sequence: 1 }]);
  ws.sink.lost();
  await timers.pass(250);
  equal([feed.status, feed.isOld], ["connecting", false]);
  await timers.pass(1_000);
  equal(feed.isOld, true);
});

test("a gap in one channel takes a snapshot of that one only", async () => {
  const { feed, timers, ws } = feedOf({
    onEvents: (channel, events) => {
      if (events.some((event) => event.isGap)) throw new Error("a gap");
    },
  });
  ws.sink.events("trades", [{ sequence: 4 }]);
  ws.sink.events("marketdata", [{ sequence: 5 }]);
  ws.sink.events("marketdata", [{ sequence: 9, isGap: true }]);
  equal([ws.closed, feed.status], [1, "waiting"]);
  await timers.pass(250);
  equal(ws.opened.at(-1), { marketdata: null, trades: 4 });
});

test("what an old connection says later is not heard", async () => {
  const { timers, ws, seen } = feedOf();
  const { sink } = ws;
  sink.events("trades", []);
  sink.lost();
  await timers.pass(250);
  sink.events("trades", [{ sequence: 99 }]);
  sink.lost();
  equal([seen.length, ws.opened.length], [1, 2]);
});

test("a worse transport is left for the best one after a while, without loss", async () => {
  const { feed, timers, ws, sse } = feedOf();
  ws.sink.lost();
  await settled();
  sse.sink.events("trades", [{ sequence: 3 }]);
  for (let turn = 0; turn < 7; turn += 1) {
    await timers.pass(10_000);
    sse.sink.events("trades", [{ sequence: 4 + turn }]);
  }
  equal([ws.opened.length, ws.opened.at(-1).trades, feed.transport], [2, 10, "ws"]);
});

test("once stopped it does nothing more", async () => {
  const { feed, timers, ws, seen } = feedOf();
  feed.stop();
  ws.sink.events("trades", []);
  ws.sink.lost();
  await timers.pass(60_000);
  equal([ws.opened.length, ws.closed, seen.length, timers.waiting.size], [1, 1, 0, 0]);
});
