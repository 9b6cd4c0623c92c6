/** The candles and the volume below them. */

import { INTERVALS } from "../market/candles.js";
import { fullText } from "./axis.js";
import { CandleChart } from "./candle_chart.js";
import { byId, el, mark, say, sideClass } from "./dom.js";
import { atMost } from "./pace.js";
import { priceText, briefQuantity } from "./format.js";

// Several canvases are drawn each time, and nobody sees more of them in a second.
const CHART_MS = 100;

export class CandlesView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.hovered = null;
    this.chart = new CandleChart(byId("candles-plot"), (time) => {
      this.hovered = time;
      screen.painter.mark("legend");
    });
    this.#offerIntervals();
    screen.painter.add(["theme"], () => this.chart.restyle());
    const paint = () => this.#paint();
    screen.painter.add(["market", "candles", "theme"], paint);
    screen.painter.add(["trades"], atMost(CHART_MS, paint));
    screen.painter.add(["market", "own", "theme"], () => this.#paintOwn());
    screen.painter.add(["market", "candles", "trades", "legend"], () => this.#paintLegend());
    screen.painter.add(["market", "candles", "clock"], () => this.#label());
  }

  /** The next longer (1) or shorter (-1) interval. */
  stepInterval(by) {
    const names = Object.keys(INTERVALS);
    const next = names[names.indexOf(this.screen.market.past.candles.interval) + by];
    if (next) this.screen.chooseInterval(next);
  }

  #offerIntervals() {
    const buttons = Object.keys(INTERVALS).map((name) => {
      const button = el("button", { type: "button", textContent: name, role: "radio" });
      button.addEventListener("click", () => this.screen.chooseInterval(name));
      return button;
    });
    byId("intervals").append(...buttons);
    byId("intervals").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      this.stepInterval(by);
      buttons
        .find((button) => button.textContent === this.screen.market.past.candles.interval)
        .focus();
    });
  }

  #paint() {
    const { past, instrument } = this.screen.market;
    const { candles, problem } = past;
    for (const button of byId("intervals").children) {
      const isChosen = button.textContent === candles.interval;
      button.ariaChecked = `${isChosen}`;
      button.tabIndex = isChosen ? 0 : -1;
    }
    this.chart.show(candles, instrument);
    const note = byId("candles-empty");
    note.hidden = candles.bars.length > 0;
    say(
      note,
      problem ??
        (candles.isKnown
          ? "Nothing has traded yet. Candles begin with the first trade."
          : "Asking for candles…"),
    );
  }

  #paintOwn() {
    const { own, market } = this.screen;
    this.chart.showOwn(own.pricesIn(market.instrument), market.instrument);
  }

  #paintLegend() {
    const { past, instrument } = this.screen.market;
    const { candles } = past;
    const bar = candles.bars.find(({ time }) => time === this.hovered) ?? candles.bars.at(-1);
    const legend = byId("legend");
    if (!bar) {
      say(legend, "");
      legend.parts = null;
      return;
    }
    legend.parts ??= this.#legendParts(legend);
    const { time, open, high, low, close, volume } = legend.parts;
    say(time, this.hovered ? fullText(bar.time + this.chart.shift, candles.seconds) : candles.interval);
    for (const [part, units] of [
      [open, bar.open],
      [high, bar.high],
      [low, bar.low],
      [close, bar.close],
    ]) {
      say(part, priceText(instrument, units));
    }
    mark(close, ["buy", "sell"], sideClass(Number(bar.close - bar.open)));
    say(volume, briefQuantity(instrument, bar.volume));
  }

  #label() {
    const { past, instrument } = this.screen.market;
    const { interval, bars } = past.candles;
    const close = priceText(instrument, bars.at(-1)?.close ?? null);
    byId("candles-plot").ariaLabel =
      `Candles of ${instrument.symbol}, ${interval}: last close ${close}`;
  }

  #legendParts(legend) {
    const parts = Object.fromEntries(
      ["time", "open", "high", "low", "close", "volume"].map((name) => [name, el("b")]),
    );
    legend.said = null;
    legend.replaceChildren(
      parts.time,
      " O ",
      parts.open,
      " H ",
      parts.high,
      " L ",
      parts.low,
      " C ",
      parts.close,
      // The bars below show it where the line is too short.
      el("span", { className: "legend__wide" }, " Vol ", parts.volume),
    );
    return parts;
  }
}
