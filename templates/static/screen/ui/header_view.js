/** The line at the top: the last price and the last 24 hours. */

import { byId, mark, say, sideClass } from "./dom.js";
import { NONE, priceText, briefQuantity, signed } from "./format.js";

export class HeaderView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    screen.painter.add(["market"], () => this.#begin());
    screen.painter.add(["market", "trades", "day"], () => this.#paint());
    // The title is for other tabs to be seen from: now and then is enough.
    screen.painter.add(["market", "clock"], () => this.#paintTitle());
  }

  #begin() {
    const { instrument } = this.screen.market;
    say(byId("symbol"), instrument.symbol);
    say(byId("last-quote"), instrument.quote);
  }

  #paintTitle() {
    const { instrument, last } = this.screen.market;
    const price = last === null ? "" : `${priceText(instrument, last)} `;
    document.title = `${price}${instrument.symbol} · GoQuant`;
  }

  #paint() {
    const { instrument, last, tape, past } = this.screen.market;
    const price = byId("last");
    say(price, priceText(instrument, last));
    mark(price, ["buy", "sell"], sideClass(tape.tick));
    const { candle, change } = past.day;
    say(byId("day-change-by"), change ? signedPrice(instrument, change.by) : NONE);
    say(byId("day-change-ratio"), change ? `${signed(change.ratio)} %` : "");
    mark(byId("day-change"), ["buy", "sell"], change ? sideClass(Number(change.by)) : "");
    say(byId("day-high"), candle ? priceText(instrument, candle.high) : NONE);
    say(byId("day-low"), candle ? priceText(instrument, candle.low) : NONE);
    say(
      byId("day-volume"),
      candle ? `${briefQuantity(instrument, candle.volume)} ${instrument.base}` : NONE,
    );
  }
}

function signedPrice(instrument, units) {
  const sign = units > 0n ? "+" : units < 0n ? "−" : "";
  return sign + priceText(instrument, units < 0n ? -units : units);
}
