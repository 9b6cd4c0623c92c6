/** The depth chart: on each side of the middle, how much is offered up to a price. */

import { curvesOf, SHARES, shareAtFirst } from "../market/depth.js";
import { byId, say } from "./dom.js";
import { drawDepth } from "./depth_drawing.js";
import { grouped } from "../market/decimal.js";

const SIZE = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export class DepthView {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.canvas = byId("depth-plot");
    /** A place in SHARES; null until the chart is first seen. */
    this.zoom = null;
    this.pointer = null;
    new ResizeObserver(() => screen.painter.mark("depth")).observe(byId("depth"));
    byId("depth-in").addEventListener("click", () => this.#zoom(-1));
    byId("depth-out").addEventListener("click", () => this.#zoom(1));
    this.canvas.addEventListener("pointermove", (event) => this.#point(event.offsetX));
    this.canvas.addEventListener("pointerleave", () => this.#point(null));
    screen.painter.add(["market"], () => (this.zoom = null));
    screen.painter.add(["market", "book", "depth", "theme"], () => this.#paint());
  }

  #zoom(by) {
    this.zoom = Math.min(SHARES.length - 1, Math.max(0, this.zoom + by));
    this.screen.painter.mark("depth");
  }

  #point(x) {
    this.pointer = x;
    this.screen.painter.mark("depth");
  }

  #paint() {
    if (byId("depth").hidden) return;
    const { instrument, book } = this.screen.market;
    if (book.isKnown) this.zoom ??= shareAtFirst(book);
    const curves = book.isKnown ? curvesOf(book, SHARES[this.zoom]) : null;
    const note = byId("depth-empty");
    note.hidden = curves !== null;
    say(note, book.isKnown ? "Depth needs orders on both sides." : "Waiting for the book…");
    const text = {
      price: (number) => grouped(number.toFixed(instrument.price.digits)),
      size: (number) => `${SIZE.format(number)} ${instrument.base}`,
    };
    drawDepth(this.canvas, curves, text, this.pointer);
    if (curves) this.canvas.ariaLabel = this.#label(curves, text);
  }

  #label({ bids, asks }, text) {
    const within = `within ${SHARES[this.zoom] * 100} % of the middle`;
    const [bid, ask] = [bids, asks].map((points) => text.size(points.at(-1)?.[1] ?? 0));
    return `Depth ${within}: ${bid} bid, ${ask} asked`;
  }
}
