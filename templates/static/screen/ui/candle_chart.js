/**
 * Candles drawn by lightweight-charts. It takes floats: they are made here, to be drawn and for
 * nothing else.
 *
 * A rise is hollow and a fall is filled, so that colour is not all that tells them apart.
 */

import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  LineStyle,
} from "../../vendor/lightweight-charts/lightweight-charts.js";
import { grouped } from "../market/decimal.js";
import { fullText, markText, shiftOf } from "./axis.js";
import { colours } from "./theme.js";

const TOKENS = ["panel", "muted", "line", "edge", "buy", "sell", "buy-bar", "sell-bar"];

// The volume stands below the candles, on the lowest fifth.
const CANDLE_MARGINS = { top: 0.08, bottom: 0.24 };
const VOLUME_MARGINS = { top: 0.82, bottom: 0 };

export class CandleChart {
  /** @param {(time: number | null) => void} onHover gets the start of the bar under the pointer */
  constructor(element, onHover) {
    this.chart = createChart(element, { autoSize: true, layout: { attributionLogo: false } });
    this.candles = this.chart.addSeries(CandlestickSeries, {});
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.candles.priceScale().applyOptions({ scaleMargins: CANDLE_MARGINS });
    this.volume.priceScale().applyOptions({ scaleMargins: VOLUME_MARGINS });
    this.chart.subscribeCrosshairMove(({ time }) =>
      onHover(time === undefined ? null : time - this.shift),
    );
    this.shown = { candles: null, epoch: 0, bars: 0 };
    this.shift = 0;
    this.ownLines = [];
    this.restyle();
  }

  /** Take the colours of the theme. */
  restyle() {
    const colour = (this.colour = colours(TOKENS));
    const grid = { color: colour.line };
    const guide = { color: colour.muted, labelBackgroundColor: colour.edge };
    this.chart.applyOptions({
      // The link to its makers stands in the page: the one that it draws itself needs inline style.
      layout: {
        background: { color: colour.panel },
        textColor: colour.muted,
        fontFamily: "Inter, system-ui, sans-serif",
        fontSize: 11,
        attributionLogo: false,
      },
      grid: { vertLines: grid, horzLines: grid },
      crosshair: { mode: 0, vertLine: guide, horzLine: guide },
      rightPriceScale: { borderColor: colour.line },
      timeScale: {
        borderColor: colour.line,
        timeVisible: true,
        rightOffset: 4,
        tickMarkFormatter: markText,
      },
      localization: {
        timeFormatter: (time) => fullText(time, this.shown.candles?.seconds ?? 0),
      },
    });
    this.candles.applyOptions({
      upColor: colour.panel,
      borderUpColor: colour.buy,
      wickUpColor: colour.buy,
      downColor: colour.sell,
      borderDownColor: colour.sell,
      wickDownColor: colour.sell,
      priceLineColor: colour.muted,
    });
    this.shown.candles = null;
  }

  /** Draw candles, from the last one that was drawn if they are the same ones. */
  show(candles, instrument) {
    const { shown } = this;
    const { bars, epoch } = candles;
    const isSame = shown.candles === candles && shown.epoch === epoch;
    const from = isSame ? Math.max(0, shown.bars - 1) : 0;
    if (!isSame) this.shift = shiftOf(candles.seconds);
    const points = bars.slice(from).map((bar) => this.#points(bar, instrument));
    if (isSame) {
      for (const { candle, volume } of points) {
        this.candles.update(candle);
        this.volume.update(volume);
      }
    } else {
      const { rules, price } = instrument;
      const formatter = (number) => grouped(number.toFixed(price.digits));
      this.candles.applyOptions({
        priceFormat: { type: "custom", minMove: Number(rules.tick_size), formatter },
      });
      this.chart.timeScale().applyOptions({ secondsVisible: candles.seconds < 60 });
      this.candles.setData(points.map(({ candle }) => candle));
      this.volume.setData(points.map(({ volume }) => volume));
      if (shown.candles?.interval !== candles.interval) this.chart.timeScale().scrollToRealTime();
    }
    this.shown = { candles, epoch, bars: bars.length };
  }

  /** Draw a line at each price of one's own orders. */
  showOwn(prices, instrument) {
    for (const line of this.ownLines) this.candles.removePriceLine(line);
    this.ownLines = Object.entries(prices).flatMap(([side, own]) =>
      own.map((units) =>
        this.candles.createPriceLine({
          price: Number(instrument.price.format(units)),
          color: this.colour[side],
          lineWidth: 1,
          lineStyle: LineStyle.Dashed,
          axisLabelVisible: false,
          title: side,
        }),
      ),
    );
  }

  #points(bar, { price, quantity }) {
    const at = (units) => Number(price.format(units));
    const time = bar.time + this.shift;
    const isRise = bar.close >= bar.open;
    return {
      candle: {
        time,
        open: at(bar.open),
        high: at(bar.high),
        low: at(bar.low),
        close: at(bar.close),
      },
      volume: {
        time,
        value: Number(quantity.format(bar.volume)),
        color: this.colour[isRise ? "buy-bar" : "sell-bar"],
      },
    };
  }
}
