/**
 * All that the screen knows of one symbol, kept right by its feed.
 *
 * Topics that it tells of: book, trades, tape (changed elsewhere than on top), candles, day, link.
 */

import { Feed } from "../net/feed.js";
import { Book, Gap } from "./book.js";
import { Past } from "./past.js";
import { Tape } from "./tape.js";
import { readTrade } from "./trade.js";

export class Market {
  /**
   * @param {import("./instrument.js").Instrument} instrument
   * @param {{interval: string, transports: object[], tell: (topic: string) => void,
   *   onTrades: (trades: object[]) => void, isReachable: () => Promise<boolean>}} options
   */
  constructor(instrument, { interval, transports, tell, onTrades, isReachable }) {
    this.instrument = instrument;
    this.tell = tell;
    this.onTrades = onTrades;
    this.book = new Book(instrument);
    this.tape = new Tape();
    this.past = new Past(instrument, interval, this.tape, tell);
    this.feed = new Feed({
      symbol: instrument.symbol,
      transports,
      isReachable,
      onEvents: (channel, events) => this.#take[channel](events),
      onChange: () => tell("link"),
    });
  }

  open() {
    this.feed.start();
    this.past.open();
  }

  close() {
    this.feed.stop();
    this.past.close();
  }

  /** The last price, null before the first trade. */
  get last() {
    return this.tape.newest?.price ?? this.past.day.candle?.close ?? null;
  }

  bestAgainst(side) {
    return this.book.bestAgainst(side);
  }

  #take = {
    marketdata: (events) => {
      for (const event of events) {
        if (event.type === "heartbeat") this.book.expect(event.sequence);
        else if (event.type === "reset") this.book.clear();
        else this.book.apply(event);
      }
      if (events.length) this.tell("book");
    },

    trades: (events) => {
      const read = (trades) => trades.map((trade) => readTrade(this.instrument, trade));
      const snapshot = events.findLast((event) => event.type === "snapshot");
      if (snapshot) this.#begin(read(snapshot.trades), snapshot.last_trade_id);
      this.#add(read(events.filter((event) => event.type === "trade")));
      this.#reach(events);
      if (events.length) this.tell("trades");
    },
  };

  /** Take the newest trades; unless they follow from those here, some are missing here. */
  #begin(trades, lastId) {
    if (this.tape.continues(trades, lastId)) {
      this.#add(trades);
      return;
    }
    this.tape.load(trades);
    this.past.restart();
    // After a restart the exchange has none in memory, but the history has.
    this.past.askTrades(this.tape.oldest?.id ?? lastId + 1);
  }

  #add(trades) {
    if (this.tape.misses(trades)) throw new Gap("a trade is missing");
    const fresh = this.tape.add(trades);
    if (!fresh.length) return;
    this.past.add(fresh);
    this.onTrades(fresh);
  }

  /** A heartbeat says which event was the last one: it must be here. */
  #reach(events) {
    for (const { type, sequence } of events) {
      const isMissed = type === "heartbeat" && sequence > this.tape.sequence;
      if (isMissed) throw new Gap(`trades are known up to ${this.tape.sequence}, not ${sequence}`);
      this.tape.sequence = sequence;
    }
  }
}
